"""Events as Slack sends them: payloads, envelopes, signatures, deliveries."""
