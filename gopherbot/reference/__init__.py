"""A reference of packages and their symbols: a table, kept as the text it is read from. Pure.

`table` finds lines by name in microseconds, `lookup` understands what members write.
"""
