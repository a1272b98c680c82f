"""Links to xkcd comics."""

from gopherbot.model import Ask, Reply
from gopherbot.router import Example, Router

router = Router()

FAMOUS = {"compiling": 303, "ballmer": 323, "standards": 927, "optimization": 1691}


@router.prefix("xkcd:", example=Example("xkcd:standards", "https://xkcd.com/927"))
def xkcd(ask: Ask) -> Reply:
    """link a comic by its number or nickname, as in `xkcd:1053` or `xkcd:standards`"""
    asked = next(iter(ask.argument.split()), "").lower()
    number = str(FAMOUS.get(asked, asked))
    if not (number.isascii() and number.isdigit() and int(number[:6]) > 0 and len(number) <= 5):
        names = ", ".join(f"`xkcd:{name}`" for name in FAMOUS)
        return Reply(f"Give me a comic's number, as in `xkcd:1053`, or one of these: {names}")
    return Reply(f"https://xkcd.com/{int(number)}", unfurl=True, mentions=True)
