"""How it is said: texts, help lines, links, the voice."""
