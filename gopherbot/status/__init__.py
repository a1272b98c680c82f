"""What is read of a running bot: a snapshot, the alerts it gives rise to, and Prometheus's text."""
