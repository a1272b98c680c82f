"""Recognizes Go code in messages. Pure."""
