"""The apps of a workspace: what each has, runs and is asked for."""
