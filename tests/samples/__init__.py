"""What each release leaves in Redis for other processes, and whether today's code can read it."""
