"""The control API: what tests and the page ask of the simulator."""
