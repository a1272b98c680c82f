"""Runs the whole bot on one machine, for `gopherbot dev` and for the tests."""
