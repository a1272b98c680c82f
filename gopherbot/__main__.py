"""Runs `gopherbot` as `python -m gopherbot`, for when the project is not installed."""

from gopherbot.cli import main

main()
