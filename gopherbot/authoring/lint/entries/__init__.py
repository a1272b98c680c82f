"""What the entries are: their names, order, files, examples, and what they name elsewhere."""
