"""What a process writes down about itself: its counters, and its entry among the living."""
