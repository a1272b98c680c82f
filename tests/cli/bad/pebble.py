from gopherbot.model import Ask, Reply
from gopherbot.router import Router

router = Router()


@router.command("toss a pebble", example=("toss a pebble", "slow"))
def toss(ask: Ask) -> Reply:
    """how far it flew, for it is a stone"""
    return Reply("It flew 6 & more.")


@router.command("skip a pebble", example=("skip a pebble", "x"))
def skip(ask: Ask) -> None:
    """nothing"""


@router.command("lose a pebble", example=("lose a pebble", "x"))
def lose(ask: Ask) -> Reply:
    """fail"""
    raise LookupError("it's gone")


@router.command("find a pebble", example=("seek a pebble", "x"))
def find(ask: Ask) -> Reply:
    """never fire"""
    return Reply("x")


@router.reaction("pebble")
def react(ask: Ask) -> None:
    """Not listed, so it may look like this."""


@router.command("hide a pebble", example=("never hide a pebble", "x"))
def hide(ask: Ask) -> Reply:
    """not for this"""
    return Reply("x")
