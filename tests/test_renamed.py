"""Old names in a contributor's file still work, and a warning at that line says what to write."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from gopherbot import errors, model, testing
from gopherbot.model import Ask, Audience, Message, Persona
from gopherbot.router import Router

ASK = Ask(Message("Ev1", "C1", "U1", "1.0", ""))
Reply: Any = model.Reply
Old = Callable[[], object]
hi = partial(testing.bot.say, "hi")


def also() -> object:
    router: Any = Router()
    router.command("zoo", also=["zoos"])(lambda ask: None)
    return router.rules[0].hidden_aliases


@pytest.mark.parametrize(
    ("old", "same", "says"),
    [
        (lambda: Reply("a", ephemeral=True), Reply("a", to=Audience.ASKER_ONLY), "ASKER_ONLY"),
        (lambda: Reply("a", dm=True), Reply("a", to=Audience.DM), "to=Audience.DM"),
        (lambda: Reply("a", icon=":owl:"), Reply("a", persona=Persona("", ":owl:")), "Persona("),
        (lambda: Reply("a", to_asker=True), Reply("a", mention_asker=True), "mention_asker"),
        (also, ("zoos",), "hidden_aliases"),
        (lambda: ASK.web, ASK.playground, "ask.playground and ask.files"),
        (lambda: hi(chance="7"), lambda: hi(seed=7), "seed="),
        (testing.bot.join, testing.bot.join_workspace, "join_workspace()"),
        (lambda: testing.Answer, testing.BotResponse, "BotResponse"),
        (lambda: errors.ServiceAway, errors.ServiceUnreachable, "ServiceUnreachable"),
    ],
)
def test_an_old_name_works_and_warns_where_it_is_used(old: Old, same: object, says: str) -> None:
    # What loads the content is asked when it is wanted.
    expected = same() if callable(same) and not isinstance(same, type) else same
    with pytest.warns(FutureWarning) as warned:
        assert old() == expected
    # Garbage of other tests may be collected meanwhile, and warn of what was left open.
    [warning] = [each for each in warned if each.category is FutureWarning]
    assert says in str(warning.message)
    assert warning.filename == __file__


def test_an_old_flag_that_contradicts_the_audience_is_refused() -> None:
    with pytest.warns(FutureWarning), pytest.raises(ValueError, match="ephemeral"):
        Reply("a", to=Audience.DM, ephemeral=True)
