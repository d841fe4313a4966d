"""Turns a checkpoint into a folder the browser loads, and compares its graphs with PyTorch."""
