"""Everything the bot says: the texts here, and the Python that says them in the rooms below."""
