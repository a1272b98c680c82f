"""Looks up issues, proposals and changes, as `trackers.toml` says."""

import re

import msgspec

from gopherbot.errors import ServiceError
from gopherbot.model import Ask, Audience, Message, Reply
from gopherbot.router import Example, Handler, Predicate, Router
from gopherbot.rulebook.schema import Data, Tracker
from gopherbot.slack.markup import escape, excerpt, without_links, without_scheme

_NUMBER = r"\s+(?P<place>[\w.:/+-]{0,100}[/#])?(?P<number>\d{1,9})/?\s*[?.!]?\s*"
_DIGITS_UNASKED = 5
"""The fewest digits of a number that is looked up although the bot isn't addressed: "issue 12" is
another project's."""
_LONGEST_TITLE = 300


class Named(msgspec.Struct):
    """A label or a milestone of GitHub."""

    name: str = ""
    title: str = ""


class Issue(msgspec.Struct):
    """https://docs.github.com/en/rest/issues/issues#get-an-issue, as far as it's read."""

    title: str
    state: str
    state_reason: str | None = None
    labels: tuple[Named, ...] = ()
    milestone: Named | None = None
    pull_request: dict[str, object] | None = None


class Change(msgspec.Struct):
    """Gerrit's ChangeInfo, as far as it's read."""

    subject: str
    status: str
    project: str = ""
    work_in_progress: bool = False


def routes(data: Data) -> Router:
    """Return a router with a prefix for each tracker that goes by numbers."""
    router = Router("trackers.toml")
    for name, tracker in data.trackers.items():
        if tracker.github or tracker.gerrit:
            form = re.compile(re.escape(name) + _NUMBER, re.IGNORECASE)
            router.prefix(
                f"{name} ",
                when=_is_whole(form, tracker),
                help=tracker.help,
                example=Example(f"{name} {tracker.example}", tracker.link + tracker.example),
            )(_look_up(name, form, tracker))
    return router


def _is_whole(form: re.Pattern[str], tracker: Tracker) -> Predicate:
    def is_whole(message: Message) -> bool:
        """Return whether the message is nothing else: sentences begin with "issue", too."""
        found = form.fullmatch(without_links(message.text))
        if found is None or not _is_of(tracker, found["place"] or ""):
            return False
        return message.addressed or len(found["number"]) >= _DIGITS_UNASKED

    return is_whole


def _is_of(tracker: Tracker, place: str) -> bool:
    """Return whether a number after `place` is one of the tracker's."""
    if place in ("", "#"):
        return True
    place, link = without_scheme(place).casefold(), without_scheme(tracker.link)
    if tracker.gerrit:
        return place.startswith((link, *(f"{host}/" for host in tracker.hosts)))
    repository = tracker.github.casefold()
    own = (f"{repository}#", f"{repository}/issues/", f"{repository}/pull/")
    return place.endswith((*own, link))


def _look_up(name: str, form: re.Pattern[str], tracker: Tracker) -> Handler:
    service, read = ("GitHub", _issue) if tracker.github else ("Gerrit", _change)

    def look_up(ask: Ask) -> Reply | None:
        found = form.fullmatch(without_links(ask.message.text))
        if not found:
            return None
        number = int(found["number"])
        link = f"<{tracker.link}{number}|{name} {number}>"
        try:
            said = read(ask, tracker, number)
        except ServiceError:
            said = ""
            problem = f"{service} isn't answering right now: {link}"
        else:
            problem = f"There's no {name} {number}."
        if said:
            return Reply(f"{link}: {said}", mentions=True)
        return Reply(problem, to=Audience.ASKER_ONLY) if ask.message.addressed else None

    return look_up


def _issue(ask: Ask, tracker: Tracker, number: int) -> str:
    """Return an issue's title, state and milestone, ready to be said; "" if there is none."""
    found = ask.apis.read("github", f"/repos/{tracker.github}/issues/{number}", Issue)
    if not found:
        return ""
    milestone = found.milestone.title if found.milestone else ""
    release = re.sub(r"^Go(?=\d)", "Go ", milestone)
    # Every proposal is in the milestone that is called Proposal until it's accepted.
    facts = [_state(found), release if release != "Proposal" else ""]
    return _said(found.title, facts)


def _state(issue: Issue) -> str:
    labels = {label.name for label in issue.labels}
    if "Proposal-Accepted" in labels:
        return "accepted and done" if issue.state == "closed" else "accepted"
    if "Proposal" in labels:
        if issue.state == "closed":
            return "not accepted"
        steps = {"Proposal-Hold": "on hold", "Proposal-FinalCommentPeriod": "final comments"}
        return next((said for label, said in steps.items() if label in labels), "open proposal")
    what = "pull request, " if issue.pull_request else ""
    reasons = {"not_planned": "closed as not planned", "duplicate": "closed as a duplicate"}
    return what + (reasons.get(issue.state_reason or "") or issue.state)


def _change(ask: Ask, tracker: Tracker, number: int) -> str:
    """Return a change's title, state and project, ready to be said; "" if there is none."""
    found = ask.apis.read("gerrit", f"/changes/?q=change:{number}&n=1", list[Change])
    if not found:
        return ""
    change = found[0]
    state = "open" if change.status == "NEW" else change.status.lower()
    if change.work_in_progress and state == "open":
        state = "work in progress"
    other = change.project if change.project != tracker.gerrit else ""
    return _said(change.subject, [state, other])


def _said(title: str, facts: list[str]) -> str:
    return f"{excerpt(title, _LONGEST_TITLE)} ({escape(', '.join(filter(None, facts)))})"
