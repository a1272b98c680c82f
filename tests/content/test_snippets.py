"""The Go in the answers: it compiles, `go vet` has nothing to say, and it prints what it says.

A block of code is Go unless it begins like one of `_NO_GO`. A line such as
`fmt.Println(6 * 7) // 42` says what it prints; a block with such a line is run.
"""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from parts import GO

from gopherbot.settings import CONTENT_FOLDER
from gopherbot.slack import markup
from gopherbot.testing import bot

_BLOCK = re.compile(r"^```\n(.*?)\n```$", re.DOTALL | re.MULTILINE)
_NO_GO = ("FROM ", "git ", "go env ", "go mod ", "name: ")
_DECLARATION = re.compile(r"^(?:func|type) .*?^}$\n*", re.DOTALL | re.MULTILINE)
_SAYS = re.compile(r"^\s*fmt\.Print.*\) +// (.*)$", re.MULTILINE)
_QUALIFIER = re.compile(r"\b([a-z][a-z0-9]*)\.[A-Z]")


def _packages() -> dict[str, str]:
    """Return the paths of the standard library's packages by name; of two, the shorter path."""
    lines = (CONTENT_FOLDER / "reference" / "reference.tsv").read_text("utf-8").splitlines()
    paths = [line.partition("\t")[0] for line in lines if line[:1].isalpha()]
    return {path.rpartition("/")[2]: path for path in sorted(paths, key=lambda p: (-len(p), p))}


def snippets() -> dict[str, str]:
    """Return every block of Go in the answers, by the answer's name and its number there."""
    found: dict[str, str] = {}
    for name, answer in bot.content.data.answers.items():
        text = markup.unescape(answer.text)
        blocks = [block for block in _BLOCK.findall(text) if not block.startswith(_NO_GO)]
        found |= {f"{name} {number}": block for number, block in enumerate(blocks, 1)}
    return found


def faults(code: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Build, vet, format and run each block in a folder; return what is wrong, by its name."""
    go = GO.need()
    (folder / "go.mod").write_text("module snippets\n\ngo 1.27\n")
    places = {f"p{number}": name for number, name in enumerate(code)}
    for place, name in places.items():
        (folder / place).mkdir()
        (folder / place / "main.go").write_text(_program(code[name]))

    def run(*command: str | Path, text: str = "", at: Path = folder) -> tuple[str, str]:
        done = subprocess.run(
            command, cwd=at, input=text, capture_output=True, text=True, check=False, timeout=240
        )
        return done.stdout, done.stderr

    said = run(go, "vet", "./...")[1]
    found = {
        name: "\n".join(line for line in said.splitlines() if f"{place}/main.go" in line)
        for place, name in places.items()
    }
    run(go, "build", "-o", "bin/", "./...")
    gofmt = Path(run(go, "env", "GOROOT")[0].strip()) / "bin" / "gofmt"
    for place, name in places.items():
        for part in _parts(code[name]):
            formatted, wrong = run(gofmt, text=part)
            found[name] += wrong or ("" if formatted == part else f"gofmt: {formatted}")
        if (says := _SAYS.findall(code[name])) and (folder / "bin" / place).exists():
            prints, failed = run(folder / "bin" / place, at=folder / place)
            found[name] += failed
            if prints.splitlines() != says:
                found[name] += f"it says {says}, but prints {prints.splitlines()}"
    return {name: wrong for name, wrong in found.items() if wrong}


def _parts(block: str) -> list[str]:
    """Return the declarations of a block, and its statements, each as gofmt wants them."""
    declarations = "".join(_DECLARATION.findall(f"{block}\n")).rstrip("\n")
    statements = _DECLARATION.sub("", f"{block}\n").strip("\n")
    return [f"{part}\n" for part in (declarations, statements) if part]


def _program(block: str) -> str:
    """Return a program that declares what a block declares, and runs its statements."""
    packages, code = _packages(), re.sub(r'"[^"\n]*"|//.*', "", block)
    used = sorted({packages[name] for name in _QUALIFIER.findall(code) if name in packages})
    imports = "\n".join(f'import "{path}"' for path in used)
    declarations = "".join(_DECLARATION.findall(f"{block}\n"))
    statements = _DECLARATION.sub("", f"{block}\n")
    return f"package main\n\n{imports}\n\n{declarations}\nfunc main() {{\n{statements}\n}}\n"


WRONG = {
    "unused": ("x := 1", "declared and not used: x"),
    "vet": ('fmt.Printf("%d\\n", "seven")', "wrong type string"),
    "prints": ("fmt.Println(6 * 7) // 43", "it says ['43'], but prints ['42']"),
    "format": ("fmt.Println( 42 ) // 42", "gofmt: "),
}


@pytest.mark.slow
@pytest.mark.process
def test_every_snippet_compiles_passes_vet_and_prints_what_it_says(tmp_path: Path) -> None:
    code = snippets()
    assert len(code) >= 25
    found = faults(code | {name: block for name, (block, _) in WRONG.items()}, tmp_path)
    assert [name for name, (_, words) in WRONG.items() if words not in found.pop(name, "")] == []
    assert found == {}
