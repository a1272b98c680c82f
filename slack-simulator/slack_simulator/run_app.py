"""python -m slack_simulator.run_app SCRIPT [ARGUMENT …]: run an app against a simulator.

The script runs unmodified, in Python or JavaScript: the clients of Slack's SDKs, which Bolt uses
too, send their calls to SLACK_API_URL instead of slack.com.
"""

import contextlib
import functools
import os
import pkgutil
import runpy
import sys
import warnings
from pathlib import Path
from typing import Any

SLACK = "https://slack.com/api/"
JAVASCRIPT = (".js", ".cjs", ".mjs")
_DEFAULTS = {SLACK, "https://www.slack.com/api/"}
_CLIENTS = (
    "slack_sdk.web.base_client:BaseClient",
    "slack_sdk.web.async_base_client:AsyncBaseClient",
    "slack_sdk.web.legacy_base_client:LegacyBaseClient",
    "slack.web.base_client:BaseClient",
)


def main() -> None:
    """Run the script named on the command line. Exit with status 1 if it or the URL is missing."""
    api_url = os.environ.get("SLACK_API_URL", "")
    if not api_url or len(sys.argv) < 2:
        sys.exit(f"{__doc__}\nSet SLACK_API_URL, for example to http://127.0.0.1:8065/api/.")
    if _is_javascript(sys.argv[1]):
        preloaded = str(Path(__file__).parent / "apps" / "slack_address.cjs")
        os.execvp("node", ["node", "--require", preloaded, *sys.argv[1:]])  # noqa: S606
    for name in _CLIENTS:
        _redirect(name, api_url)
    del sys.argv[0]
    sys.path.insert(0, str(Path(sys.argv[0]).resolve().parent))
    runpy.run_path(sys.argv[0], run_name="__main__")


def _is_javascript(script: str) -> bool:
    """Tell by the name, or by the first line: npm installs commands without a suffix."""
    if script.endswith(JAVASCRIPT):
        return True
    with contextlib.suppress(OSError), Path(script).open("rb") as file:
        return file.readline().rstrip().endswith(b"node")
    return False


def _redirect(name: str, api_url: str) -> None:
    """Make the simulator the default address of a client class."""
    with warnings.catch_warnings():
        # slack_sdk still brings the package `slack`, and warns of it.
        warnings.simplefilter("ignore")
        try:
            client: Any = pkgutil.resolve_name(name)
        except (ImportError, AttributeError):
            return
    original = client.__init__

    @functools.wraps(original)
    def init(
        self: Any, token: str | None = None, base_url: str = SLACK, *more: Any, **named: Any
    ) -> None:
        original(self, token, api_url if base_url in _DEFAULTS else base_url, *more, **named)

    client.__init__ = init


if __name__ == "__main__":
    main()
