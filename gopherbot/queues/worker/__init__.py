"""The worker's end of the queues, on Dramatiq: it fetches messages and judges attempts."""
