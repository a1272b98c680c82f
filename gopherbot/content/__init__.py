"""Everything the bot says: the texts here, and in the rooms below the Python that says them."""
