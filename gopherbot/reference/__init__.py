"""A reference of packages and their symbols, kept as the text it is read from. Pure.

`table` finds lines by name in microseconds, `lookup` interprets what members write.
"""
