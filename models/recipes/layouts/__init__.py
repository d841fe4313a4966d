"""Small model folders of every export layout, for the tests."""
