"""The experiments, one file each. Every file has a function `run(sizes)` that returns an `Outcome`.

The first line of each file's docstring says what the experiment measures.
"""
