"""What the bot does unasked: emoji, replies to a word, welcomes, code put into the Playground."""
