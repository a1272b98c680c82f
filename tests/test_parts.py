"""Where a program is missing, its tests are skipped; but CI skips nothing."""

import pytest
from parts import Part


@pytest.mark.parametrize(
    ("ci", "ends"), [("", pytest.skip.Exception), ("1", pytest.fail.Exception)]
)
def test_a_missing_program_is_named_and_fails_its_tests_in_ci_alone(
    monkeypatch: pytest.MonkeyPatch, ci: str, ends: type[BaseException]
) -> None:
    monkeypatch.setenv("CI", ci)
    both = (pytest.skip.Exception, pytest.fail.Exception)
    with pytest.raises(both, match="a sieve is missing: install sieve") as ended:
        Part("a sieve", "install sieve", lambda: None).need()
    assert ended.type is ends, "else this test would be skipped"
