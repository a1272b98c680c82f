"""Checks of the entries: their names, order, files, examples and references."""
