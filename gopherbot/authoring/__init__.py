"""Tools for contributors: lint, explain, the page of commands."""
