"""Tools for operators: checks, the manifest, dead letters, all processes on one dyno."""
