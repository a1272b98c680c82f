"""The one way anything in the simulator says no."""

from typing import Any


class SlackError(Exception):
    """A refusal in Slack's own words: `error` is the code an API answer carries.

    `facts` are further fields of that answer, such as `needed` and `provided`.
    """

    def __init__(self, error: str, **facts: Any) -> None:
        super().__init__(error)
        self.error = error
        self.facts = facts
