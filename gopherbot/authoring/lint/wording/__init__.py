"""Checks of the wording: texts, help lines, links, the voice."""
