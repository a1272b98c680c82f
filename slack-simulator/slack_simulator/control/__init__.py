"""The control API, which the page and other processes use to drive the simulator."""
