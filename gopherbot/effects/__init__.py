"""Performs the answers of rules, exactly once."""
