"""What each process reports: its counters, its journal, and its entry in the registry."""
