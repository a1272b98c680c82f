"""What gopherbot is compared with: the same libraries as they come, in a dozen lines each."""
