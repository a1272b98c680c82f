"""How the messages of dead workers are recovered, and what nobody will answer is dropped."""
