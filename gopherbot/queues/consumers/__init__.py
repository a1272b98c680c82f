"""How a worker takes messages up and settles them: a consumer for each queue."""
