"""Slack's protocol: markup, events and signatures, which are pure, and the Web API's client."""
