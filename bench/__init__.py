"""Measures gopherbot against its peers: `python -m bench`. README.md says how to read the results.

`experiments/` holds one file per group of rows and `baselines/` what they are compared with. The
other modules are shared by the experiments. Most targets are ratios of things measured in turn, in
the same run.
"""
