"""Checks of what `npm run evaluate` writes, with the packages that read it."""
