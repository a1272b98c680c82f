"""python -m slack_simulator: run the simulator until a signal stops it."""

import pkgutil
import signal
import sys
import time

import click
import msgspec

from slack_simulator.simulator import Simulator
from slack_simulator.workspace.setup import WorkspaceSetup


@click.command("slack_simulator")
@click.option("--gateway", multiple=True, metavar="URL", help="Your app's Request URL. Repeatable.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback address.")
@click.option("--port", default=8065, show_default=True, help="Port; 0 picks a free one.")
@click.option(
    "--signing-secret",
    default="simulated-signing-secret",
    show_default=True,
    help="Secret to sign requests with.",
)
@click.option("--token", multiple=True, help="Bot token to accept. Default: any xoxb-….")
@click.option("--setup", "setup_name", metavar="MODULE:NAME", help="Initial WorkspaceSetup.")
@click.option("--team", "team_name", help="Name of the workspace.")
@click.option("--bot", "bot_name", help="Name of your bot.")
@click.option("--team-id", help="ID of the workspace.")
@click.option("--app-id", help="ID of your app.")
@click.option("--verification-token", help="Legacy verification token sent with events.")
def main(
    *,
    gateway: tuple[str, ...],
    host: str,
    port: int,
    signing_secret: str,
    token: tuple[str, ...],
    setup_name: str | None,
    **identity: str | None,
) -> None:
    """Run a simulated Slack until SIGTERM or SIGINT.

    All configuration comes from these options, none from the environment.
    """
    told: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: told.append(number))
    setup = _setup(setup_name, {name: value for name, value in identity.items() if value})
    try:
        simulator = Simulator(
            gateway, setup=setup, signing_secret=signing_secret, host=host, port=port
        )
        simulator.start()
    except (OSError, ValueError) as problem:
        raise click.ClickException(f"the simulator can't start: {problem}") from None
    if token:
        simulator.web_api.tokens = set(token)
    click.echo(f"Slack simulator at {simulator.url}, Web API at {simulator.api_url}")
    # Poll: a signal delivered to another thread would not interrupt a wait.
    while not told:
        time.sleep(0.2)
    simulator.stop()


def _setup(name: str | None, identity: dict[str, str]) -> WorkspaceSetup:
    setup = WorkspaceSetup()
    if name:
        try:
            setup = pkgutil.resolve_name(name)
        except (ImportError, AttributeError, ValueError) as problem:
            raise click.BadParameter(f"--setup {name}: {problem}") from None
        if not isinstance(setup, WorkspaceSetup):
            raise click.BadParameter(f"--setup {name} isn't a WorkspaceSetup")
    changed = msgspec.structs.replace(setup.identity, **identity)
    return msgspec.structs.replace(setup, identity=changed)


if __name__ == "__main__":
    sys.exit(main())
