"""The gateway: receives Slack's events over HTTP and queues them for the workers.

`server.py` has gunicorn's settings, `app.py` the wiring, `events.py` the handling of a request, and
`http/` the HTTP server below Falcon. The gateway loads neither the actors nor slack-sdk: messages
refer to actors by name.
"""
