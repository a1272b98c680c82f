"""Turns content files into rules, and decides which of them fire for a message. Pure."""
