"""Performing what rules answer, exactly once."""
