"""The experiments, one file each; every one has a function `run(sizes)` that gives an `Outcome`.

The first line of a file's docstring says in the list of experiments what it measures.
"""
