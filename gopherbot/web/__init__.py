"""The gateway: takes Slack's events over HTTP and puts them into their queues.

`server.py` is gunicorn's settings, `app.py` the wiring, `events.py` the way of a request, and
`http/` what carries it below Falcon. Neither the actors nor slack-sdk are loaded here: events are
sent by an actor's name.
"""
