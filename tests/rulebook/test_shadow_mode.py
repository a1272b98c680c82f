"""Shadow mode, as `docs/behaviour.md` has it."""

from __future__ import annotations

import pytest

from gopherbot.model import Kind
from gopherbot.rulebook.matching import permitted

ONLY_ADDRESSED = {Kind.REACTION, Kind.CONTAINS, Kind.PREFIX}


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("addressed", [True, False])
def test_shadow_mode_does_only_what_it_is_asked_to(kind: Kind, addressed: bool) -> None:
    acts = kind is Kind.COMMAND or (kind in ONLY_ADDRESSED and addressed)

    assert permitted(kind, addressed=addressed, shadow=True) == acts
    assert permitted(kind, addressed=addressed, shadow=False)
