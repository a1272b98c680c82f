"""What the bot does unasked: emoji, replies to a word, welcomes, code shared to the Playground."""
