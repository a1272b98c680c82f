"""The exception for everything that Slack would reject."""

from typing import Any


class SlackError(Exception):
    """Slack rejects a call. `error` is Slack's error code.

    `facts` are further fields of the API response, such as `needed` and `provided`.
    """

    def __init__(self, error: str, **facts: Any) -> None:
        super().__init__(error)
        self.error = error
        self.facts = facts
