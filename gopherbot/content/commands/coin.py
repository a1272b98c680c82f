"""Flips a coin."""

from gopherbot.model import Ask, Reply
from gopherbot.router import Example, Router

router = Router()


@router.command(
    "flip a coin",
    aliases=["flip coin", "coin flip"],
    example=Example("flip a coin", answer_contains="a"),
)
def flip(ask: Ask) -> Reply:
    """heads or tails, fair and square"""
    return Reply(ask.random.choice(["heads", "tails"]))
