"""python -m slack_simulator: Slack on this machine, until it is told to stop.

Everything comes from options; the environment is not read.
"""

import argparse
import signal
import sys
import threading

from slack_simulator.simulator import Simulator


def main(arguments: list[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT. 0, or 1 if it cannot listen where it was told to."""
    options = _parser().parse_args(arguments)
    stopped = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopped.set())
    try:
        simulator = Simulator(
            gateway=options.gateway,
            signing_secret=options.signing_secret,
            app_id=options.app_id,
            team_id=options.team_id,
            verification_token=options.verification_token,
            host=options.host,
            port=options.port,
        )
        if options.token:
            simulator.web_api.tokens = set(options.token)
        simulator.start()
    except (OSError, ValueError) as problem:
        sys.stderr.write(f"the simulator cannot start: {problem}\n")
        return 1
    sys.stdout.write(f"Slack simulator at {simulator.url}, Web API at {simulator.api_url}\n")
    sys.stdout.flush()
    stopped.wait()
    simulator.stop()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="slack_simulator", description=__doc__)
    option = parser.add_argument
    option("--host", default="127.0.0.1", help="a loopback address (default: %(default)s)")
    option("--port", type=int, default=8065, help="0 takes a free one (default: %(default)s)")
    option("--gateway", action="append", metavar="URL", help="where events go; repeatable")
    option("--signing-secret", default="simulated-signing-secret")
    option("--app-id", default="A0GOPHERBOT")
    option("--team-id", default="T0GOPHERS")
    option("--verification-token", help="the legacy token that events carry")
    option("--token", action="append", help="a bot token to accept (default: any xoxb-…)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
