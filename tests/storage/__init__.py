"""Tests of gopherbot.storage."""
