"""Scenarios: recordings of what members did, to play against a changed bot or in a test."""
