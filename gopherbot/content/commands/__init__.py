"""What the bot answers when it is asked. One file a thing, found by itself: see CONTRIBUTING.md."""
