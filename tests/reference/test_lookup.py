"""What members write, and what is found for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.reference.lookup import look_up

from .test_table import shipped


def found(text: str) -> list[str]:
    looked = look_up(shipped(), text)
    assert looked.exact
    return [entry.full_name for entry in looked.entries]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("strings.Builder.Grow", "strings.Builder.Grow"),
        ("strings.builder", "strings.Builder"),
        ("Builder.Grow", "strings.Builder.Grow"),
        ("builder.grow", "strings.Builder.Grow"),
        ("(*Builder).Grow", "strings.Builder.Grow"),
        ("(Builder).Grow", "strings.Builder.Grow"),
        ('"strings.Builder"', "strings.Builder"),
        ("(*strings.Builder).Grow()", "strings.Builder.Grow"),
        ("`strings.Builder`", "strings.Builder"),
        ("*strings.Builder", "strings.Builder"),
        ("strings Builder Grow", "strings.Builder.Grow"),
        ("strings.Grow", "strings.Builder.Grow"),
        ("net/http", "net/http"),
        ("http", "net/http"),
        ("net/http.Client.Timeout", "net/http.Client.Timeout"),
        ("net/http#Client.Timeout", "net/http.Client.Timeout"),
        ("http.client.timeout", "net/http.Client.Timeout"),
        ("http.ListenAndServe", "net/http.ListenAndServe"),
        ("time", "time"),
        ("Time.Add", "time.Time.Add"),
        ("math/rand/v2", "math/rand/v2"),
        ("math/rand", "math/rand"),
        ("math/rand.Float64", "math/rand.Float64"),
        ("encoding/json", "encoding/json"),
        ("encoding/json.Unmarshal", "encoding/json.Unmarshal"),
        ("Encoding/JSON/v2.Marshal", "encoding/json/v2.Marshal"),
        ("GO", "go/token.GO"),
        ("rand.IntN", "math/rand/v2.IntN"),
        ("error", "builtin.error"),
        ("append", "builtin.append"),
        ("unsafe.Pointer", "unsafe.Pointer"),
        ("uuid.NewV7?", "uuid.NewV7"),
        ("bufio.ReadWriter.ReadString", "bufio.ReadWriter.ReadString"),
        ("os.FileInfo.Mode", "os.FileInfo.Mode"),
    ],
)
def test_one_thing_is_found_by_what_it_may_be_called(text: str, name: str) -> None:
    assert found(text) == [name]


def test_several_of_a_name_come_with_the_one_asked_for_most_in_front() -> None:
    assert found("Reader")[:3] == ["io.Reader", "bufio.Reader", "bytes.Reader"]
    assert found("json") == ["encoding/json", "encoding/json/v2"]
    assert "io.EOF" in found("eof")
    assert found("ReadAll") == ["io.ReadAll", "io/ioutil.ReadAll"]


def test_the_case_that_is_asked_for_hides_the_others() -> None:
    assert found("rand.Intn") == ["math/rand.Intn"]
    assert set(found("rand.intn")) >= {"math/rand.Intn", "math/rand/v2.IntN"}
    assert found("Time")[0] == "time.Time"


@pytest.mark.parametrize("text", ["go", "if", "fd"])
def test_a_word_of_two_letters_is_no_name_in_another_case(text: str) -> None:
    looked = look_up(shipped(), text)
    assert not looked.exact
    assert look_up(shipped(), text.upper()).entries[:1] == looked.entries[:1]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("strigns.Builder", "strings.Builder"),
        ("string.Builder", "strings.Builder"),
        ("strings.Bulider", "strings.Builder"),
        ("fmt.Pritnln", "fmt.Println"),
        ("http.ListenAndServ", "net/http.ListenAndServe"),
        ("context.WithTimout", "context.WithTimeout"),
        ("sync.WaitGruop", "sync.WaitGroup"),
        ("Sprintff", "fmt.Sprintf"),
        ("encodng/json", "encoding/json"),
        ("time.Snice", "time.Since"),
        ("Grwo", "slices.Grow"),
        ("http.ServHTTP", "net/http.Handler.ServeHTTP"),
        ("ReadStrin", "bufio.ReadWriter.ReadString"),
    ],
)
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
