"""`python -m gopherbot` is `gopherbot`, where the project is not installed as a package."""

from gopherbot.cli import main

main()
