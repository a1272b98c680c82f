"""slack-simulator: run the simulator, or a test command against one."""

import os
import pkgutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click
import msgspec
from click.core import ParameterSource

from slack_simulator import trace_file
from slack_simulator.simulator import Simulator
from slack_simulator.workspace.setup import WorkspaceSetup, manifest, setup_file

Command = TypeVar("Command", bound=Callable[..., Any])


def _in_a_folder(context: click.Context, option: click.Parameter, file: str | None) -> str | None:
    """Return `file`, which is written at the end. Raise `click.BadParameter` without its folder."""
    if file and not Path(file).absolute().parent.is_dir():
        raise click.BadParameter(f"there is no folder {Path(file).parent}")
    return file


def _options(command: Command) -> Command:
    """Add the options that both commands share."""
    options = (
        click.option("--app", "--gateway", multiple=True, metavar="URL",
                     help="Your app's Request URL. Repeatable; none for Socket Mode."),
        click.option("--setup", "setup_name", metavar="FILE|MODULE:NAME",
                     help="The workspace: a JSON or TOML file, or a WorkspaceSetup."),
        click.option("--manifest", type=click.Path(exists=True, dir_okay=False),
                     help="Your app's manifest in JSON: it gets those scopes and events only."),
        click.option("--fault", multiple=True, metavar="LINE",
                     help="A fault, as in `chat.* 503 twice`, or a set, as in `worst day`."),
        click.option("--seed", type=int, help="Make IDs and times the same in each run."),
        click.option("--signing-secret", default="simulated-signing-secret", show_default=True,
                     help="Secret to sign requests with."),
        click.option("--token", multiple=True, help="Bot token to accept. Default: any xoxb-…."),
        click.option("--team", "team_name", help="Name of the workspace."),
        click.option("--bot", "bot_name", help="Name of your bot."),
        click.option("--team-id", help="ID of the workspace."),
        click.option("--app-id", help="ID of your app."),
        click.option("--verification-token", help="Legacy verification token sent with events."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


@click.group(invoke_without_command=True)
@click.version_option(package_name="slack-simulator", prog_name="slack-simulator")
@_options
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback address.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8065,
    show_default=True,
    help="Port; 0 picks a free one.",
)
@click.option(
    "--record",
    type=click.Path(dir_okay=False, writable=True),
    callback=_in_a_folder,
    help="Write what members did to this file at the end, to be played again.",
)
@click.pass_context
def main(
    context: click.Context, /, *, host: str, port: int, record: str | None, **options: Any
) -> None:
    """Run a simulated Slack until SIGTERM or SIGINT: a page, and the Web API, on one port.

    All configuration comes from these options, none from the environment.
    """
    if context.invoked_subcommand is not None:
        for option in context.command.params:
            if context.get_parameter_source(option.name or "") is ParameterSource.COMMANDLINE:
                subcommand = context.invoked_subcommand
                raise click.UsageError(
                    f"{option.opts[0]} goes after `{subcommand}`: {subcommand} {option.opts[0]} …"
                )
        return
    told: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: told.append(number))
    simulator = _started(options, host, port)
    click.echo(f"Slack simulator at {simulator.url}, Web API at {simulator.api_url}")
    # Poll: a signal delivered to another thread would not interrupt a wait.
    while not told:
        time.sleep(0.2)
    if record:
        simulator.scenario().save(record)
    simulator.stop()


# Whatever follows COMMAND belongs to it, even if it looks like an option of ours.
@main.command(context_settings={"allow_interspersed_args": False})
@_options
@click.option(
    "--trace",
    default="slack-trace.html",
    show_default=True,
    type=click.Path(dir_okay=False, writable=True),
    callback=_in_a_folder,
    help="File that a failure leaves: everything that happened, as a web page.",
)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def test(*, command: tuple[str, ...], trace: str, **options: Any) -> None:
    """Run COMMAND against a simulated Slack, and exit with its status.

    The environment has the address, tokens and secret for your app, and SLACK_SIMULATOR_URL for
    tests that talk to the simulator's control API.
    """
    simulator = _started(options, "127.0.0.1", 0)
    try:
        ended = subprocess.run(
            command, env={**os.environ, **simulator.environment()}, check=False
        ).returncode
    except OSError as problem:
        raise click.ClickException(f"{command[0]}: {problem.strerror}") from None
    finally:
        simulator.stop()
    if ended:
        trace_file.save(simulator, trace, " ".join(command))
        click.echo(f"{command[0]} {_end(ended)}. Slack's side of it: {trace}", err=True)
    sys.exit(ended if ended >= 0 else 128 - ended)


def _end(status: int) -> str:
    """Return how a command ended, by its status as `subprocess` has it."""
    if status >= 0:
        return f"failed with status {status}"
    return f"was ended by signal {-status} ({signal.strsignal(-status)})"


def _started(options: dict[str, Any], host: str, port: int) -> Simulator:
    """Return a running simulator. Raise `click.ClickException` if it can't start."""
    names = ("team_name", "bot_name", "team_id", "app_id", "verification_token")
    identity = {name: options[name] for name in names if options[name]}
    setup = _setup(options["setup_name"], options["manifest"], identity)
    for url in options["app"]:
        if not _is_deliverable(url):
            raise click.BadParameter(
                f"--app {url}: a Request URL is like http://127.0.0.1:3000/slack/events"
            )
    try:
        simulator = Simulator(
            options["app"],
            setup=setup,
            signing_secret=options["signing_secret"],
            host=host,
            port=port,
            seed=options["seed"],
        )
        for line in options["fault"]:
            simulator.fault(line)
        simulator.start()
    except OSError as problem:
        where = f"{host}:{port}"
        raise click.ClickException(
            f"the simulator can't listen on {where} ({problem.strerror}): choose another --port"
        ) from None
    except ValueError as problem:
        raise click.ClickException(f"the simulator can't start: {problem}") from None
    if options["token"]:
        simulator.web_api.tokens = set(options["token"])
    return simulator


def _is_deliverable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _setup(name: str | None, manifest_path: str | None, identity: dict[str, str]) -> WorkspaceSetup:
    setup = WorkspaceSetup()
    if name:
        if name.endswith((".json", ".toml")) and not Path(name).is_file():
            raise click.BadParameter(f"--setup {name}: there is no such file")
        try:
            found = setup_file.read(name) if Path(name).is_file() else pkgutil.resolve_name(name)
        except (ImportError, AttributeError, ValueError) as problem:
            raise click.BadParameter(f"--setup {name}: {problem}") from None
        if not isinstance(found, WorkspaceSetup):
            raise click.BadParameter(f"--setup {name} isn't a WorkspaceSetup")
        setup = found
    if manifest_path:
        try:
            setup = msgspec.structs.replace(setup, app=manifest.read(manifest_path))
        except ValueError as problem:
            raise click.BadParameter(f"--manifest: {problem}") from None
    changed = msgspec.structs.replace(setup.identity, **identity)
    return msgspec.structs.replace(setup, identity=changed)


if __name__ == "__main__":
    sys.exit(main())
