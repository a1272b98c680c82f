"""Finds what the bot knows by words that its names may not hold: "copy a slice", "limit a request".

`words` makes comparable words of a text, `index` ranks documents by them, `questions` tells a
question to the bot from talk. Pure: `content/commands/search.py` says which documents there are.
"""
