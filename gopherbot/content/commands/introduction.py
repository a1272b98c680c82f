"""Greets back in a DM, says what the bot is when asked, and points to `help`."""

import re

from gopherbot.model import Ask, Message, Reply
from gopherbot.router import Router, fold
from gopherbot.rulebook.schema import Data

_GREETINGS = """
hi / hi hi / hello / hello hello / hey / hiya / howdy / yo / sup / greetings / hallo / hola / salut
good morning / good afternoon / good evening / good day / morning / hello world
"""
_QUESTIONS = """
who are you / what are you / who is this / what is this / whats this / who r u / introduce yourself
what can you do / what do you do / what else can you do / what do you know / what are you for
how do you work / how does this work / how do i use you / how can i use you / how to use you
how to use this bot / how do i use this bot / how does this bot work / what can this bot do
can you help / can you help me / how can you help / how can you help me / what can you help with
what can you help me with / what can i ask / what can i ask you / what is your name
whats your name / are you a bot / are you a robot / are you human / are you a human / are you real
are you an ai
"""


def _phrases(lines: str) -> frozenset[str]:
    return frozenset(phrase.strip() for line in lines.splitlines() for phrase in line.split("/"))


GREETINGS, QUESTIONS = _phrases(_GREETINGS) - {""}, _phrases(_QUESTIONS) - {""}

_LONGEST = 60
_EMOJI = re.compile(r":[\w+'-]{1,100}:")
_SIGNS = re.compile(r"[^\w ]+")
_TO_WHOM = frozenset({"there", "bot", "friend", "mate", "again", "everyone", "all"})


def routes(data: Data) -> Router:
    """Return a router with the rule."""
    router = Router()
    names = frozenset({data.workspace.bot.casefold(), "gopherbot"}) | _TO_WHOM
    me = f"I'm {{bot}}, the {data.workspace.name} bot." if data.workspace.name else "I'm {bot}."
    introduction = data.template(f"{me} Ask me something in your own words{_a_term(data)}.")

    def wants_to_know_me(message: Message) -> bool:
        if not message.addressed or message.files or len(message.text) > _LONGEST:
            return False
        text = _bare(message.text)
        greeting = " ".join(word for word in text.split() if word not in names)
        return text in QUESTIONS or (message.direct and greeting in GREETINGS)

    @router.dynamic("introduction", when=wants_to_know_me)
    def introduce(ask: Ask) -> Reply:
        """say hello in a DM, and who I am to anyone who asks"""
        hello = "" if _bare(ask.message.text) in QUESTIONS else "Hi there! :wave: "
        how = "Write" if ask.message.direct else "Mention me with"
        return Reply(f"{hello}{introduction.render(ask)} {how} `help` to see everything I can do.")

    return router


def _a_term(data: Data) -> str:
    return (
        f", or have a term explained with `define {data.example_term}`" if data.example_term else ""
    )


def _bare(text: str) -> str:
    """Return a text in lower case, without emoji, punctuation and apostrophes."""
    return " ".join(_SIGNS.sub("", fold(_EMOJI.sub(" ", text))).split())
