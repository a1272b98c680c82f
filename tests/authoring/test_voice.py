"""How a text sounds to lint: stiff turns are told with a remedy, good English is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from gopherbot.commands.lint import lint, wording

STIFF = {
    "I do not know that one.": "don't",
    "You cannot assign it.": "can't",
    "Cannot be used twice.": "Can't",
    "It will not compile.": "won't",
    "I am the bot.": "I'm",
    "In a channel I will tell you.": "I'll",
    "Done. It is easy.": "It's",
    "When you are done, close it.": "you're",
    "You need not read all of this.": "don't have to",
    "It is no cache.": "isn't a",
    "a function, by custom named `New`": "conventionally",
    "two lists, of which each has one": "each of which",
    "Suggest what was meant, to who asks.": "anyone who",
    "Use the Playground, for others can run it.": "because",
    "The test writes it anew.": "again",
    'gopls, said like "go please"': "pronounced",
    "Its line bears no comment.": "has",
    "the command that tells about packages": "lists",
    "the package, since Go 1.22, for random numbers": ", added in Go 1.x,",
    "It's composition and not inheritance.": ", not",
    "None of them can go on.": "continue",
    "For anything larger, take a mutex.": "use",
    "It records that beside the wall clock.": "alongside",
    "It ends the program at once.": "immediately",
    "Somebody moved it.": "someone",
    "Please be advised that it moved.": "leave it out",
    "Users should utilise the list.": "use",
    "Look at the aforementioned page.": "this",
    "in order to see it": "to",
    "You obtain a report.": "get",
    "without a full stop at the end": "period",
    "It keeps the old behaviours.": "behaviors",
}

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


@pytest.mark.parametrize(("text", "remedy"), STIFF.items())
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
