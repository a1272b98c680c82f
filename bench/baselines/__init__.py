"""What gopherbot is compared with: the same libraries unmodified, in a dozen lines each."""
