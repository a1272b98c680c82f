"""Reading feeds: Atom, RSS and JSON Feed, from hosts that nobody vouches for.

`fetcher.py` gets a document, `reader.py` hands it to a process of its own, where `parser.py` makes
items of it.
"""
