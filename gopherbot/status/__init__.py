"""The state of a running bot: a snapshot, its alerts, its Prometheus text, and event histories."""
