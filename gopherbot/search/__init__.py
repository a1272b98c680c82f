"""Finds commands and terms by words that their names may lack: "copy a slice", "limit a request".

`words` turns a text into comparable words, `catalogue` ranks what has them, `questions` tells
questions from talk, and `slips` recognises mistyped names. Pure.
"""
