"""Everything the bot says. One file a thing, found by itself: see CONTRIBUTING.md."""
