"""Measures gopherbot against its peers: `python -m bench`. How to read it stands in README.md.

`experiments/` holds one file per group of rows, `baselines/` what they are compared with; the
other modules are what experiments share. No absolute time is asserted anywhere: what counts are
ratios of things that were measured in turn, in the same run.
"""
