"""The moderators' card about a report: the blocks that Slack shows, as the case stands. Pure.

The first blocks stay as they were posted: nothing but Slack holds what they say.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from gopherbot.actors.interactions.report_form import Report
from gopherbot.slack import markup
from gopherbot.slack.blocks import Json, actions, button, context, plain, quote, section
from gopherbot.storage.cases import Case, Handling

_MOST_QUOTED = 2500
_CHANGES = frozenset({"report_state", "report_buttons"})
_BUTTONS: dict[Handling, str] = {
    "on_it": "I'm on it",
    "done": "Done",
    "dismissed": "Not a problem",
}
_HANDLED = {"on_it": "On it", "done": "Done", "dismissed": "Not a problem"}


def fixed(report: Report, id: str, site: str, link: str, author: str) -> list[Json]:
    """Return the blocks that stay: what was reported, and by whom.

    `id` is the report's, `site` the workspace's address, `link` that of the message, and `author`
    the name of who wrote it.
    """
    about = report.about
    title = plain(f"Report: {report.reason}")
    blocks: list[Json] = [{"type": "header", "block_id": of(id), "text": title}]
    if about.ts:
        by = f" by {profile(site, about.author, author)}" if about.author else ""
        where = markup.channel(about.channel) if about.channel[:1] == "C" else "a private place"
        blocks.append(section(f"<{link}|A message>{by} in {where}"))
        blocks.append(quote(about.text or "(no text)", _MOST_QUOTED))
    return [*blocks, *said(report, site)]


def said(report: Report, site: str) -> list[Json]:
    """Return the blocks with what the reporter says, and who that is unless anonymous."""
    blocks: list[Json] = []
    if report.details:
        blocks += [section("*What the reporter says*"), quote(report.details, _MOST_QUOTED)]
    who = "Reported anonymously"
    if not report.anonymous:
        who = f"Reported by {profile(site, report.reporter, report.name)}"
    return [*blocks, context(who)]


def further(report: Report, site: str) -> list[Json]:
    """Return the blocks of a further report of the same message, for the card's thread."""
    return [section(f"*Reported again: {markup.escape(report.reason)}*"), *said(report, site)]


def of(report: str) -> str:
    """Return the id of the first block of the card that a report made."""
    return f"report_{report}"


def is_of(blocks: Sequence[Json], report: str) -> bool:
    """Return whether a card was made of this report."""
    return any(block.get("block_id") == of(report) for block in blocks)


def whole(blocks: Sequence[Json], case: Case, site: str) -> list[Json]:
    """Return the blocks that stay, followed by how the case stands and what can be done."""
    stay = [block for block in blocks if block.get("block_id") not in _CHANGES]
    state = context(_state(case, site)) | {"block_id": "report_state"}
    if case.is_closed:
        return [*stay, state]
    left = (_button(what, each, case.id) for what, each in _BUTTONS.items() if what != case.handled)
    return [*stay, state, actions(*left) | {"block_id": "report_buttons"}]


def text(case: Case) -> str:
    """Return the card in a few words, for notifications and screen readers."""
    return f"A report to the moderators: {_HANDLED.get(case.handled, 'open').lower()}."


def profile(site: str, user: str, name: str) -> str:
    """Return a link to a member's profile. A mention would ping them."""
    shown = markup.escape(name or user).replace("|", "¦")
    return f"<{site}team/{user}|@{shown}>"


def _state(case: Case, site: str) -> str:
    how_often = f" · {case.count} reports" if case.count > 1 else ""
    if not case.handled:
        return f"Open{how_often}"
    sign = ":white_check_mark:" if case.is_closed else ":eyes:"
    utc = datetime.fromtimestamp(case.at, UTC)
    when = f"<!date^{case.at:.0f}^{{date_short_pretty}}, {{time}}|{utc:%Y-%m-%d %H:%M} UTC>"
    who = profile(site, case.moderator, case.name)
    return f"{sign} {_HANDLED[case.handled]}: {who}, {when}{how_often}"


def _button(what: Handling, label: str, case: str) -> Json:
    style = {"style": "primary"} if what == "done" else {}
    return button(f"report_{what}", label, case) | style
