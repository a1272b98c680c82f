"""Reads feeds (Atom, RSS and JSON Feed) from untrusted hosts.

`fetcher.py` downloads a document. `reader.py` passes it to a separate process, in which `parser.py`
extracts the items.
"""
