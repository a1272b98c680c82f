"""The HTTP server below Falcon: the gunicorn worker, its connections, and request parsing."""
