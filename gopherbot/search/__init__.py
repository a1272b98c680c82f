"""Finds commands and terms by words that their names may lack: "copy a slice", "limit a request".

`finder` says what answers a text. `words` turns it into comparable words, `catalogue` ranks what
has them, `questions` tells questions from talk, and `slips` recognises mistyped names.
`error_messages` finds pasted errors. Pure.
"""
