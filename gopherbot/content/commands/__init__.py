"""What the bot answers when asked. One file per feature, loaded automatically: CONTRIBUTING.md."""
