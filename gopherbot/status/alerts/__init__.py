"""Alerts: the problems in a snapshot of a running bot, and where to look. Pure.

One file per subject.
"""

from __future__ import annotations

from gopherbot.settings import Platform
from gopherbot.status.alerts import processes, queues, redis_server, slack
from gopherbot.status.alerts.alert import Alert as Alert
from gopherbot.status.snapshot import StatusSnapshot


def find_alerts(snapshot: StatusSnapshot, platform: Platform = Platform.MACHINE) -> list[Alert]:
    """Return all alerts, critical ones first, with the commands of this platform."""
    found = [
        *redis_server.find(snapshot, platform),
        *processes.find(snapshot, platform),
        *queues.find(snapshot),
        *slack.find(snapshot),
    ]
    return sorted(found, key=lambda alert: not alert.critical)
