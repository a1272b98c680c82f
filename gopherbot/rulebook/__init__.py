"""From content files to the rules, and which of them fire for a message. Pure."""
