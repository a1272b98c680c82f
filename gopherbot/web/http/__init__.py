"""HTTP under Falcon: the gunicorn worker, its connections, and how requests are read."""
