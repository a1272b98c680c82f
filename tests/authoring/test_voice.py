"""How a text sounds to lint: stiff turns are told with a remedy, good English is left alone."""

from pathlib import Path

from cases import cases

from gopherbot.commands.lint import lint, wording

FINE = """
It isn't a cache, and you can't assign it.
There is no sum type, and there are no exceptions.
The package is no longer maintained, and it's no different from the other.
not only fast but small
Say who you are and what you tried; they know where they are.
That needs to be so, and it doesn't need to be more.
a variable for it and one for the others, for you to read
`do not edit` is a comment that tools look for, and "I do not know" is a quotation.
```
it is not code of ours
```
Read <https://example.org/what-is-not|what is not there>.
whether or not it compiles
Since Go 1.22 it compiles, all at once, and it's declared and not used.
New here? Take the tour. Ask about Go on Friday. They take an argument, and nobody minds.
"""


@cases("text", "remedy")
def test_a_stiff_turn_is_told_with_what_to_write(text: str, remedy: str) -> None:
    found = list(wording.voice_mistakes(text))
    told = (f'"{remedy}"', f": {remedy}")
    assert any(words in message for message in found for words in told), found


def test_good_english_is_left_alone() -> None:
    assert list(wording.voice_mistakes(FINE)) == []


def test_definitions_begin_with_what_is_done(tmp_path: Path) -> None:
    (tmp_path / "glossary").mkdir()
    (tmp_path / "glossary" / "terms.toml").write_text(
        '["vendoring"]\n'
        'definition = "the keeping of copies of what you depend on, in a directory of your own."\n'
        'links = ["https://go.dev"]\n'
        '["verb"]\n'
        'definition = "a word that says what happens, and by that the meaning of a whole line."\n'
        'links = ["https://go.dev"]\n'
    )
    [problem] = lint(tmp_path)[0]
    assert (problem.file, problem.entry) == ("glossary/terms.toml", "vendoring")
    assert 'begin with "keeping"' in problem.message


def test_help_lines_and_lists_are_heard_too(tmp_path: Path) -> None:
    (tmp_path / "answers.toml").write_text('["a"]\nhelp = "what you cannot do"\ntext = "Wait."\n')
    (tmp_path / "channels.toml").write_text('[b]\nline = "where it does not matter"\n')
    found = {problem.file: problem.message for problem in lint(tmp_path)[0] if not problem.hint}
    assert '"can\'t"' in found["answers.toml"]
    assert '"doesn\'t"' in found["channels.toml"]
