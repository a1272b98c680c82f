"""Is this text Go? Pure."""
