"""Fingerprints and waves: what spammers change changes nothing, and ordinary talk is no wave."""

import random
import time
from array import array
from collections.abc import Sequence

import pytest
import redis
from cases import cases
from costs import hostile_texts, too_costly
from hypothesis import given
from hypothesis import strategies as st

from bench import spammers
from bench.experiments.waves import talk
from gopherbot.commands.waves import Replay
from gopherbot.dev.bot import APP
from gopherbot.storage.waves import WaveLog, WaveWindows
from gopherbot.waves import wording
from gopherbot.waves.detection import ALIKE, WaveLimits, is_alike, wave
from gopherbot.waves.fingerprints import Fingerprints, Sighting, resemblance

PLAIN = (
    "We are hiring developers, earn 500 dollars per day: write to me on telegram and start today"
)
FINGERPRINTS = Fingerprints("a secret", hosts=["bread.example.org"])
LIMITS = WaveLimits()


def sketch(text: str, fingerprints: Fingerprints = FINGERPRINTS) -> bytes:
    return fingerprints.take(text, fewest_words=LIMITS.words).sketch


@pytest.mark.parametrize("name", [name for name in spammers.EDITS if "left out" not in name])
def test_a_text_that_was_edited_as_spammers_do_is_the_same(name: str) -> None:
    edited = spammers.edited(PLAIN, [name], random.Random(name))
    assert resemblance(sketch(PLAIN), sketch(edited)) >= ALIKE
    assert (edited == PLAIN) is (name in ("no edit", "another link each time"))


DISGUISES = {
    "invisible": PLAIN.replace("e", "\u200be\u2060").replace("ll", "l\u00adl\ufeff"),
    "cyrillic": PLAIN.translate(str.maketrans("aeopcWT", "аеорсѠТ")).replace("Ѡ", "W"),
    "other forms": "".join(chr(ord(each) + 0xFEE0) if each.isalnum() else each for each in PLAIN),
    "accents": PLAIN.translate(str.maketrans("aeou", "âéöů")),
    "digits": PLAIN.translate(str.maketrans("aeos", "@30$")),
    "punctuation": PLAIN.replace(" ", "... ").replace("telegram", "*_telegram_*"),
    "hyphens": PLAIN.replace(" ", "-"),
    "punctuation within words": PLAIN.replace("ea", "e-a")
    .replace("ll", "l.l")
    .replace("on", "*o*n")
    .replace("t", "_t"),
    "small capitals": PLAIN.translate(
        str.maketrans("aelmnot", "\u1d00\u1d07\u029f\u1d0d\u0274\u1d0f\u1d1b")
    ),
    "cherokee": PLAIN.translate(str.maketrans("adehijloprst", "ᎪᎠᎬᎻᎥᎫᏞᎾᏢᏒᏚᎢ")),
    "negative squares": PLAIN.translate({ord("a") + n: chr(0x1F170 + n) for n in range(26)}),
    "negative circles": PLAIN.translate({ord("a") + n: chr(0x1F150 + n) for n in range(26)}),
    "emoji and mentions between the words": PLAIN.replace(" d", " :fire: d")
    .replace(" t", " <@U0REGULAR> t")
    .replace("me", "me :+1:"),
    "more that is invisible": PLAIN.replace("e", "e\u2800")
    .replace("n", "\u20e3n")
    .replace("o", "o\u0640"),
    "tabs": PLAIN.replace(" ", "\t"),
    "a link": f"<!channel> {PLAIN} <https://a.example/x|https://a.example/x>",
    "in a link": f"<https://a.example/x|{PLAIN}.>",
}


@pytest.mark.parametrize("name", DISGUISES)
def test_a_disguise_changes_no_word(name: str) -> None:
    assert resemblance(sketch(PLAIN), sketch(DISGUISES[name])) >= 0.7


def test_no_text_costs_much() -> None:
    texts = [*hostile_texts(2_000), ".aaaa" * 400]
    assert not too_costly(sketch, iter(texts))


@cases("text", "hosts")
def test_the_hosts_of_links_are_read(text: str, hosts: list[str]) -> None:
    assert wording.hosts(text) == hosts


def test_common_hosts_and_their_subdomains_leave_no_fingerprint() -> None:
    def hosts(*links: str) -> int:
        text = " ".join(f"<https://{link}/x>" for link in links)
        return len(FINGERPRINTS.take(text, fewest_words=12).hosts)

    assert hosts("go.dev", "pkg.go.dev", "gist.github.com", "someone.github.io") == 0
    assert hosts("bread.example.org", "old.bread.example.org") == 0
    assert hosts("notgithub.com", "github.com.evil.example") == 2


@pytest.mark.parametrize(("shift", "is_same"), [(8, True), (9, False)])
def test_two_texts_are_the_same_from_half_of_what_they_say(shift: int, is_same: bool) -> None:
    sketches = (array("I", range(start, start + 16)).tobytes() for start in (0, shift))
    one, other = (Sighting("1.0", "C1", b"m", each, ()) for each in sketches)
    assert is_alike(one, other) is is_same


def test_what_is_pasted_and_links_nowhere_counts_as_pasted() -> None:
    texts = (PLAIN, f"`{PLAIN}`", f"`{PLAIN}` <https://fresh.example/>", "`short`")
    taken = [FINGERPRINTS.take(text, fewest_words=12).pasted for text in texts]
    assert taken == [False, True, False, False]


def test_only_a_text_of_enough_words_has_a_sketch() -> None:
    plain, count = FINGERPRINTS.take, len(wording.words(PLAIN))
    assert [bool(plain(PLAIN, fewest_words=count + n).sketch) for n in (0, 1)] == [True, False]
    assert sketch("\u79df" * LIMITS.words), "each character is a word"


def test_without_the_key_a_fingerprint_tells_nothing() -> None:
    link = f"{PLAIN} <https://fresh.example/x>"
    ours, theirs = (Fingerprints(key).take(link, fewest_words=12) for key in ("a", "b"))
    assert resemblance(ours.sketch, theirs.sketch) == 0
    assert not set(ours.hosts) & set(theirs.hosts)
    assert Fingerprints("a").member("U0REGULAR") != Fingerprints("b").member("U0REGULAR")
    assert len(sketch(" ".join(spammers.texts()))) == 64


@given(st.text(max_size=3000))
def test_any_text_has_a_fingerprint_that_is_read_back(text: str) -> None:
    taken = FINGERPRINTS.take(f"{PLAIN} {text}", fewest_words=12)
    member = FINGERPRINTS.member("U1")
    seen = Sighting("1700000000.000100", "C0GENERAL", member, taken.sketch, taken.hosts)
    assert Sighting.decode(seen.encode()) == seen


def hear(posts: Sequence[tuple[float, str, str, str]], limits: WaveLimits = LIMITS) -> list[int]:
    """Return how many messages each message makes a wave with, 0 for none."""
    replay = Replay(FINGERPRINTS, limits, all_new=True)
    return [len(replay.hear(f"{at:.6f}", *rest)) for at, *rest in posts]


def test_limits_are_data() -> None:
    posts = [(60.0 * n, f"C{n}", "U1", PLAIN) for n in range(6)]
    assert hear(posts) == [0, 0, 0, 4, 5, 6]
    assert hear(posts, WaveLimits(channels=2)) == [0, 2, 3, 4, 5, 6]
    assert hear(posts, WaveLimits(minutes=2)) == [0] * 6
    assert hear(posts, WaveLimits(words=20)) == [0] * 6
    at_once = [(0.0, place, user, text) for _, place, user, text in posts]
    assert hear(at_once) == [0, 0, 0, 4, 5, 6]
    others = [(60.0 * n, f"C{n}", f"U{n}", PLAIN) for n in range(6)]
    assert hear(others) == [0, 0, 3, 4, 5, 6]
    assert hear(others, WaveLimits(members=5)) == [0, 0, 0, 0, 5, 6]


def test_a_site_is_a_wave_of_several_members_in_more_channels_than_a_text() -> None:
    posts = [(60.0 * n, f"C{n}", f"U{n % 3}", f"see <https://a.example/{n}>") for n in range(5)]
    assert hear(posts) == [0, 0, 0, 4, 5]
    assert hear([(at, "C0", user, text) for at, _, user, text in posts]) == [0] * 5
    later = [(660.0 + at, channel, user, text) for at, channel, user, text in posts]
    assert hear([*posts[:1], *later]) == [0] * 6, "it was linked to before"


def test_who_writes_for_the_first_time_is_new_unless_nobody_can_tell() -> None:
    day, replay = 86_400, Replay(FINGERPRINTS, LIMITS)

    def several(at: int, *users: str) -> int:
        return max(
            len(replay.hear(f"{at + n}.000000", f"C{n}", user, PLAIN))
            for n, user in enumerate(users)
        )

    assert several(0, "a", "b", "c", "d") == 0, "they may have been there for years"
    assert several(9 * day, "e", "f", "g") == 3
    assert several(10 * day, "a", "b", "c", "d") == 0
    assert several(17 * day, "e", "f", "g") == 0, "they are no longer new"


def test_a_wave_does_not_outlast_its_minutes_by_its_edges() -> None:
    old, new = (
        Sighting(f"{at}.000000", f"C{at}", b"m", sketch(PLAIN), ()) for at in (1_000, 1_601)
    )
    assert wave(new, [old] * 9, (), WaveLimits(channels=2)) == []
    last = Sighting("1600.000000", "C1600", b"m", sketch(PLAIN), ())
    assert wave(last, [old], (), WaveLimits(channels=2)) == [old, last]
    assert wave(old, [new] * 9, (), WaveLimits(channels=2)) == []


@pytest.mark.slow
def test_no_talk_is_a_wave_though_all_who_talk_are_new() -> None:
    replay = Replay(FINGERPRINTS, LIMITS, all_new=True)
    for post in sorted(spammers.talk(talk(), random.Random(7), begin=1e9), key=lambda p: p.at):
        assert replay.hear(post.ts, post.channel, post.user, post.text) == [], post.text


@pytest.mark.slow
def test_redis_and_a_replay_find_the_same_waves(redis_client: redis.Redis) -> None:
    """A hundred members who are new, and the rest who aren't, say some of the same."""
    chance, windows = random.Random(3), WaveWindows(redis_client, APP)
    replay = Replay(FINGERPRINTS, LIMITS, all_new=True)
    spam = spammers.texts()[:6]
    for number in range(20):
        windows.joined(FINGERPRINTS.member(f"U{number}"), LIMITS)
    found = 0
    for number in range(600):
        ts, channel = f"{1.7e9 + 5 * number:.6f}", f"C{chance.randrange(9)}"
        user, text = f"U{chance.randrange(20)}", chance.choice(spam)
        taken = FINGERPRINTS.take(text, fewest_words=LIMITS.words)
        latest = Sighting(ts, channel, FINGERPRINTS.member(user), taken.sketch, taken.hosts)
        window = windows.note(latest, LIMITS)
        by_redis = wave(latest, window.seen, window.fresh, LIMITS)
        assert by_redis == replay.hear(ts, channel, user, text)
        found += bool(by_redis)
    assert 0 < found < 600
    assert redis_client.llen(f"{APP}:wave:window:new") <= 600 / 5 + 1, "old ones are dropped"


def test_what_another_version_left_in_a_window_is_skipped(redis_client: redis.Redis) -> None:
    windows, member = WaveWindows(redis_client, APP), FINGERPRINTS.member("U1")
    for left in (b"", b"1700000000.1 C1", b'["1700000000.1","C1"]', b"\xff\xff \xff 1"):
        redis_client.rpush(f"{APP}:wave:window:{member.hex()}", left)
    latest = Sighting("1700000001.000000", "C2", member, sketch(PLAIN), ())
    assert windows.note(latest, LIMITS).seen == [latest]


def test_nobody_is_new_and_no_host_is_fresh_for_ever(redis_client: redis.Redis) -> None:
    windows, now = WaveWindows(redis_client, APP), time.time()
    one, other = (FINGERPRINTS.member(user) for user in ("U1", "U2"))

    def note(member: bytes, at: float) -> tuple[int, int]:
        sighting = Sighting(f"{at:.6f}", "C1", member, b"", (b"a host",))
        window = windows.note(sighting, LIMITS)
        return len(window.seen), len(window.fresh)

    assert [note(one, now + later) for later in (0, 599, 601)] == [(1, 1), (2, 1), (2, 0)]
    for member in (one, other):
        windows.joined(member, LIMITS)
    week = 7 * 86_400
    assert [note(member, now + 700) for member in (one, other)] == [(1, 0), (2, 0)]
    assert [note(member, now + week + 9) for member in (one, other)] == [(1, 0), (1, 0)]
    assert [note(one, now + 16 * 86_400 + n)[1] for n in range(2)] == [0, 0], "it's still known"


def test_windows_have_bounds(redis_client: redis.Redis) -> None:
    windows, member = WaveWindows(redis_client, APP), FINGERPRINTS.member("U1")
    ts, now = "1700000000.000100", 1_700_000_000
    seen = Sighting(ts, "C1", member, b"", (b"a host",))
    redis_client.rpush(f"{APP}:wave:window:{member.hex()}", *[seen.encode()] * 600)
    redis_client.zadd(f"{APP}:wave:hosts", {f"host {n}": now - n for n in range(6_000)})
    assert len(windows.note(seen, LIMITS).seen) == 500
    assert redis_client.zcard(f"{APP}:wave:hosts") == 5_000
    redis_client.zadd(f"{APP}:wave:new", {member: 10 + time.time() - 7 * 86_400})
    windows.joined(member, LIMITS)
    assert redis_client.zcount(f"{APP}:wave:new", 0, time.time() - 6 * 86_400) == 1


def test_an_author_has_one_wave_an_hour_that_nobody_called_fine(redis_client: redis.Redis) -> None:
    waves, first = WaveLog(redis_client, APP), 1_700_000_000

    def gather(*posts: int, by: bytes = b"author") -> str:
        sightings = [Sighting(f"{first + n}.000100", f"C{n}", by, b"", ()) for n in posts]
        return waves.gather(sightings, by_link=False)

    id = gather(5, 6)
    assert gather(7) == gather(1, 5) == id
    found = waves.read(id)
    assert found
    assert [channel for channel, _ in found.places] == ["C1", "C5", "C6", "C7"]
    assert redis_client.ttl(f"{APP}:wave:of:{id}") > 6 * 86_400
    waves.leave_alone(id, "U1")
    assert redis_client.ttl(f"{APP}:wave:fine") > 29 * 86_400
    another = gather(20)
    assert another != id
    redis_client.zincrby(f"{APP}:waves", -3_601, another)
    assert gather(21) not in (id, another)
    for number in range(100):
        gather(1_000 + number, by=b"%d" % number)
    assert len(waves.recent()) == 100
