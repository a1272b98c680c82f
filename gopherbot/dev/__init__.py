"""What runs the whole bot on one machine: `gopherbot dev`, and the servers that tests start."""
