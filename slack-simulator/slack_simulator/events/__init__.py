"""Events as Slack sends them: payloads, envelopes, signatures and deliveries."""
