"""The checks of `gopherbot check`: one file per subject, each yielding results."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping

from gopherbot.operations.checks import client_msg_id
from gopherbot.operations.checks.configuration import read
from gopherbot.operations.checks.redis_server import check as check_redis
from gopherbot.operations.checks.result import CheckResult as CheckResult
from gopherbot.operations.checks.result import State as State
from gopherbot.operations.checks.services import check as check_services
from gopherbot.operations.checks.slack_app import check as check_slack
from gopherbot.settings import Role


def check(
    environ: MutableMapping[str, str], *, try_client_msg_id: bool = False
) -> Iterator[CheckResult]:
    """Run all checks in turn, and remove the secrets from `environ`.

    `try_client_msg_id` posts twice in the probe channel, and deletes that.
    """
    installation, results = read(environ)
    yield from results
    tool = installation.settings.get(Role.TOOL)
    if tool:
        yield from check_redis(tool, installation.platform)
    worker = installation.settings.get(Role.WORKER)
    if worker:
        yield from check_slack(worker, installation)
        if try_client_msg_id:
            yield client_msg_id.check(worker, installation.platform)
        yield from check_services(worker, installation)
