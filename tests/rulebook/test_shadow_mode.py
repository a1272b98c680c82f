"""Shadow mode, as `docs/behaviour.md` has it."""

from __future__ import annotations

import pytest

from gopherbot.model import Kind
from gopherbot.rulebook.matching import permitted

ONLY_ADDRESSED = {Kind.REACTION, Kind.CONTAINS, Kind.PREFIX}


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("addressed", [True, False])
@pytest.mark.parametrize("edited", [True, False])
def test_shadow_mode_does_only_what_it_is_asked_to(
    kind: Kind, addressed: bool, edited: bool
) -> None:
    asked_to = kind in ONLY_ADDRESSED and addressed and not edited

    acts = permitted(kind, addressed=addressed, shadow=True, edited=edited)
    assert acts == (kind is Kind.COMMAND or asked_to)
    assert permitted(kind, addressed=addressed, shadow=False, edited=edited)
