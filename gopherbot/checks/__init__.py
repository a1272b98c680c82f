"""What `gopherbot check` looks at: a file for each thing, each giving findings."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping

from gopherbot.checks import configuration, redis_server, services, slack_app
from gopherbot.checks.finding import Finding, State
from gopherbot.settings import Role

__all__ = ["Finding", "State", "check"]


def check(environ: MutableMapping[str, str]) -> Iterator[Finding]:
    """Check everything, one thing after the other; the secrets are taken out of `environ`."""
    installation, findings = configuration.read(environ)
    yield from findings
    if installation.redis:
        yield from redis_server.check(installation.redis, installation.jobs)
    worker = installation.settings.get(Role.WORKER)
    if worker:
        yield from slack_app.check(worker, installation)
        yield from services.check(worker, installation)
