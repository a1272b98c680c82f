"""The table of the reference, held against lines of Go's own lists, and what is looked up in it."""

import hashlib
import re
from functools import cache
from pathlib import Path

import pytest
from cases import cases
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.reference import Symbol, Table
from gopherbot.reference.lookup import look_up
from gopherbot.settings import CONTENT_FOLDER

FILE = CONTENT_FOLDER / "reference" / "reference.tsv"
LINES = (Path(__file__).parent / "api_lines.tsv").read_text("utf-8").splitlines()

SMALL = b"""\
# A comment.
a/knead\t1.0\t
\tDough\t1.0\t\t\ttype Dough struct{ ... }
\tDough.Rest\t1.2\t\t\tfunc (d *Dough) Rest(for time.Duration)
b/knead\t1.1\tdeprecated
\tDough\t1.1\tdeprecated\t\ttype Dough = knead.Dough
\tDough.Rest\t1.2\tdeprecated stone\ta/knead#Dough.Rest\tfunc (d *Dough) Rest(for time.Duration)
c/knead/v2\t1.3\t
d/stone/v10\t1.4\t"""


@cache
def shipped() -> Table:
    """Return the table that comes with the bot."""
    return Table.read(FILE)


def named(name: str) -> list[str]:
    table = Table(SMALL)
    found = [*table.packages(name), *table.symbols(name), *table.members(name)]
    return [entry.full_name for entry in found]


def test_a_symbol_is_found_by_its_name_whatever_its_case() -> None:
    assert named("dough") == ["a/knead.Dough", "b/knead.Dough"]
    assert named("DOUGH.rest") == ["a/knead.Dough.Rest", "b/knead.Dough.Rest"]


def test_a_member_is_found_by_its_name_alone() -> None:
    assert named("Rest") == ["a/knead.Dough.Rest", "b/knead.Dough.Rest"]


@cases("name", "packages")
def test_a_package_is_found_by_any_end_of_its_path(name: str, packages: list[str]) -> None:
    assert named(name) == packages


def test_an_entry_has_all_that_its_line_says() -> None:
    [_, old] = Table(SMALL).symbols("Dough.Rest")
    signature = "func (d *Dough) Rest(for time.Duration)"
    page = "a/knead#Dough.Rest"
    assert old == Symbol("b/knead", "Dough.Rest", "1.2", True, "stone", page, signature)
    assert Table(SMALL).packages("b/knead") == [Symbol("b/knead", version="1.1", deprecated=True)]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"a\t1.0\t\n\tA\t1.0\t\t\n", 2),
        (b"a\t1.0\n", 1),
        (b"\tA\t1.0\t\t\ttype A int\n", 1),
        (b"a b c\n", 1),
    ],
)
def test_a_line_that_is_no_line_is_named(text: bytes, line: int) -> None:
    with pytest.raises(ValueError, match=f"line {line} is neither"):
        Table(text)


def test_entries_come_in_the_order_of_the_file_to_its_last_character() -> None:
    assert [entry.full_name for entry in Table(SMALL)] == [
        *("a/knead", "a/knead.Dough", "a/knead.Dough.Rest"),
        *("b/knead", "b/knead.Dough", "b/knead.Dough.Rest", "c/knead/v2", "d/stone/v10"),
    ]
    assert Table(b"a\t\t\n\tA\t\t\t\ttype A").symbols("A")[0].signature == "type A"


def test_what_all_platforms_have_comes_before_what_one_has_and_that_before_the_deprecated() -> None:
    lines = (b"a\t\t\n\tX\t\tdeprecated\t\t", b"bb\t\t\n\tX\t\tstone\t\t", b"ccc\t\t\n\tX\t\t\t\t")
    found = look_up(Table(b"\n".join(lines)), "X").entries
    assert [entry.package for entry in found] == ["ccc", "bb", "a"]


@pytest.mark.parametrize(("other", "is_major"), [(b"a/v2", True), (b"a/vat", False)])
def test_the_first_major_version_is_meant(other: bytes, is_major: bool) -> None:
    table = Table(b"a\t\t\n\tX\t\t\t\t\n" + other + b"\t\t\n\tX\t\t\t\t\n")
    only = look_up(table, "X").only
    assert (only is not None and only.package == "a") is is_major


def test_an_empty_table_has_nothing() -> None:
    assert not len(Table(b""))
    assert not Table(b"").symbols("A")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"gone\.tsv cannot be read \(No such file"):
        Table.read(tmp_path / "gone.tsv")
    (tmp_path / "bad.tsv").write_text("a b c\n")
    with pytest.raises(ValueError, match=r"bad\.tsv: line 1 is neither"):
        Table.read(tmp_path / "bad.tsv")


def test_every_line_of_the_file_is_found_by_its_name() -> None:
    for entry in shipped():
        among = shipped().symbols(entry.name) if entry.name else shipped().packages(entry.package)
        assert entry in among, entry


def test_nobody_edited_the_file_by_hand() -> None:
    head, _, table = FILE.read_bytes().partition(b"\n")
    assert head.decode().endswith(f"sha256 {hashlib.sha256(table).hexdigest()}")


def test_the_file_fits_in_a_megabyte_and_has_all_the_standard_library() -> None:
    assert FILE.stat().st_size < 1_000_000
    assert len(shipped()) > 17_000
    for package in ("builtin", "unsafe", "fmt", "net/http", "encoding/json/v2", "uuid", "syscall"):
        assert shipped().packages(package), package
    assert not [e for e in shipped() if re.search(r"(^|/)(internal|vendor|cmd)(/|$)", e.package)]


def test_no_comment_of_the_source_got_into_a_signature() -> None:
    assert not [e for e in shipped() if "//" in e.signature or "/*" in e.signature]


def test_a_symbol_has_the_version_that_go_s_own_list_has() -> None:
    """Each of these lines is the first of its symbol, without the version's number in it."""
    assert len(LINES) > 300
    assert {line: found for line in LINES if (found := _versions(line)) != [_version(line)]} == {}


def _version(line: str) -> str:
    return line.partition("\t")[0]


def _versions(line: str) -> list[str]:
    """Return the versions that the table has for the symbol of a line."""
    package, _, what = line.partition("\tpkg ")[2].partition(", ")
    return [e.version for e in shipped().symbols(_symbol(what)) if e.package == package]


def _symbol(what: str) -> str:
    """Return what a line of the lists is about."""
    kind, _, rest = what.partition(" ")
    if kind == "method":
        receiver, method = re.findall(r"\w+", re.sub(r"\[[^]]*\]", "", rest))[:2]
        return f"{receiver}.{method}"
    member = re.match(r"(\w+)(?:\[.*\])? (?:struct|interface), (\w+)", rest)
    if kind == "type" and member:
        return f"{member[1]}.{member[2]}"
    return re.split(r"\W", rest)[0]


# What members write, and what is found for it.


def looked_up(text: str) -> list[str]:
    looked = look_up(shipped(), text)
    assert looked.exact
    return [entry.full_name for entry in looked.entries]


@cases("text", "name")
def test_one_thing_is_found_by_what_it_may_be_called(text: str, name: str) -> None:
    assert looked_up(text) == [name]


def test_several_of_a_name_come_with_the_one_asked_for_most_in_front() -> None:
    assert looked_up("Reader")[:3] == ["io.Reader", "bufio.Reader", "bytes.Reader"]
    assert looked_up("json") == ["encoding/json", "encoding/json/v2"]
    assert "io.EOF" in looked_up("eof")
    assert looked_up("ReadAll") == ["io.ReadAll", "io/ioutil.ReadAll"]


def test_the_case_that_is_asked_for_hides_the_others() -> None:
    assert looked_up("rand.Intn") == ["math/rand.Intn"]
    assert set(looked_up("rand.intn")) >= {"math/rand.Intn", "math/rand/v2.IntN"}
    assert looked_up("Time")[0] == "time.Time"


@pytest.mark.parametrize("text", ["go", "if", "fd"])
def test_a_word_of_two_letters_is_no_name_in_another_case(text: str) -> None:
    looked = look_up(shipped(), text)
    assert not looked.exact
    assert look_up(shipped(), text.upper()).entries[:1] == looked.entries[:1]


@cases("text", "name")
def test_a_near_miss_is_found_and_said_to_be_one(text: str, name: str) -> None:
    looked = look_up(shipped(), text)
    assert not looked.exact
    assert looked.entries[0].full_name == name


@pytest.mark.parametrize(
    "text", ["", "  ", "`", "xyzzy", "fmt.Builder", "fmt.Bulider", "strnigs.Nope", "x" * 101]
)
def test_nothing_is_found_for_what_is_nothing(text: str) -> None:
    found = look_up(shipped(), text)
    assert not found.entries
    assert found.exact == (not text.strip(" `") or len(text) > 100)


@given(st.text() | st.text("net/http.Client()*#` "))
def test_any_text_is_looked_up(text: str) -> None:
    look_up(shipped(), text)
