"""Reports to the moderators: the form, the card in their channel, its buttons, and the replies.

A report belongs to a case: the reported message, or itself. The first report posts the case's card,
and later ones add to it. Every post goes through the ledger, so each step may be repeated.

The id of a reporter who wants to stay anonymous goes to Slack only, to write to them. Redis gets a
keyed digest of it (`reporters.py`), and the id of others sealed (`queues/sealing.py`).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from gopherbot import logs
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.interactions import report_card, report_form, reporters
from gopherbot.actors.interactions.report_form import Report
from gopherbot.effects.interactions import PostBlocks, message_of
from gopherbot.errors import RetryLater, Unreadable
from gopherbot.metrics.journal import Happened
from gopherbot.queues.worker.verdict import asked_delay
from gopherbot.rulebook.moderation import Reports
from gopherbot.slack.errors import Rejected, Retryable, SlackError
from gopherbot.slack.interactions import Interaction
from gopherbot.slack.objects import ReplyMetadata
from gopherbot.storage.cases import LIMITED, Case, Handling
from gopherbot.storage.watcher_state import REPORTS

RULE = "report"
PATIENCE_SECONDS = 600
"""How long a report may wait for Slack before its reporter gets the contact to write to."""

log = logs.get_logger(__name__)


def open_form(context: WorkerContext, click: Interaction) -> None:
    """Open the form, for a message or for anything else."""
    desk = ReportDesk(context)
    view = report_form.view(report_form.reported(click), desk.table.reasons)
    context.interactions.open(click, view, sorry=desk.text(_NOT_OPENED))


def submit(context: WorkerContext, click: Interaction) -> None:
    """Bring a submitted report to the moderators."""
    ReportDesk(context).submit(click.id, report_form.read(click))


def handle(what: Handling, context: WorkerContext, click: Interaction) -> None:
    """Note what a moderator does with a case, and tell its reporters when it's closed."""
    ReportDesk(context).handle(what, click)


on_it, done, dismissed = (partial(handle, what) for what in ("on_it", "done", "dismissed"))

_NOT_OPENED = "Sorry, I couldn't open the form. Please try again, or write to {contact}."
_ARRIVED = "Thank you. The moderators have your report{link}, and I'll tell you when they close it."
_UNNAMED = " They don't know that it was you."
_LIMITED = (
    "That's more reports than I can take from one member in an hour: please write to {contact}."
)
_FAILED = (
    "I can't reach the moderators' channel with your report{link} at the moment. I'll keep trying, "
    "but please don't wait for me: write to {contact}."
)


class ReportDesk:
    """Brings reports to the moderators, and answers their reporters."""

    def __init__(self, context: WorkerContext) -> None:
        """Raise `Unreadable` if reports are off."""
        table = context.content.moderation.reports
        if table is None:
            raise Unreadable("moderation.toml has no [reports]")
        self.table: Reports = table
        self.context = context
        self.cases = context.cases
        self.slack = context.slack
        self.channel = context.moderators_channel(table.channel)

    def submit(self, id: str, report: Report) -> None:
        """File a report and show it to the moderators. `id` is the interaction's.

        Raise `RetryLater`.
        """
        case = self._file(id, report)
        if case == LIMITED:
            self._tell(id, "limited", report, _LIMITED)
            return
        begun = time.time()
        try:
            self._show(id, case, report)
        except Rejected as rejection:
            # Only that channel will do, so retry: someone may fix it.
            self._fail(id, report, rejection.error)
            raise RetryLater(str(rejection)) from None
        except (RetryLater, SlackError) as error:
            if self.cases.waited(id) > PATIENCE_SECONDS:
                self._fail(id, report, "no_answer")
            raise RetryLater(str(error), delay=asked_delay(error)) from None
        self.context.watcher_log.ran(REPORTS, begun)
        self._tell(id, "arrived", report, _ARRIVED + (_UNNAMED if report.anonymous else ""))
        reporters.arrived(
            self.context, case, self._about(id, report), report.reporter, named=not report.anonymous
        )

    def _about(self, id: str, report: Report) -> str:
        return self.context.sealer.digest("about", report.about.id or id)

    def _file(self, id: str, report: Report, *, closed: str = "") -> str:
        hour = str(int(time.time() // 3600))
        this_hour = self.context.sealer.digest("hour", hour, report.reporter)
        return self.cases.file(
            id,
            self._about(id, report),
            this_hour=this_hour,
            most=self.table.per_hour,
            closed=closed,
        )

    def _show(self, id: str, case_id: str, report: Report) -> None:
        channel = self.channel.id()
        case = self.cases.read(case_id) or Case(case_id)
        happened = self._post_card(case.id, id, case, channel, report)
        case = self.cases.read(case_id) or case
        if happened is Happened.UNKNOWN or (happened is Happened.SETTLED and not case.card):
            raise Rejected("chat.postMessage", "outcome_unknown")
        if case.card and (id != case.id or case.count > 1):
            self._add(id, case, channel, report)

    def _check_open(self, id: str, case: str, report: Report) -> None:
        """File a report with another case if its own was closed before anybody could read it."""
        known = self.cases.read(case)
        if known and known.is_closed:
            self._file(id, report, closed=case)
            raise Retryable("the case was closed without this report")

    def _post_card(
        self, message: str, id: str, case: Case, channel: str, report: Report, **more: Any
    ) -> Happened:
        """Post a case's card, made of the report `id`, once for each `message`."""
        site, about = self.slack.site(), report.about
        link = self.slack.permalink(about.channel, about.ts, about.thread_ts)
        blocks = report_card.fixed(report, id, site, link, self._name_of(about.author))
        return self._post(
            message,
            channel,
            report_card.text(case),
            report_card.whole(blocks, case, site),
            posted=partial(self.cases.posted, case.id, id, channel),
            **more,
        )

    def _add(self, id: str, case: Case, channel: str, report: Report) -> None:
        """Add a further report to a card: in its thread, and in how often it was reported."""
        where, ts = case.card or ("", "")
        # Reports may go to another channel now, because that one is no longer private.
        card = self.slack.message(where, ts) if where == channel else None
        site, check = self.slack.site(), partial(self._check_open, id, case.id, report)
        # In the ledger, a case's id stands for its first card, whichever report that was made of.
        message = id if id != case.id else f"{id}+"
        if card is None:
            # Or a moderator deleted it. This report must not be lost with it.
            if id != case.of:
                self._post_card(message, id, case, channel, report, check=check)
            return
        blocks = card.get("blocks") or []
        if not report_card.is_of(blocks, id):
            further = report_card.further(report, site)
            self._post(message, where, "Reported again.", further, thread_ts=ts, check=check)
        self.update(case, blocks)

    def _post(
        self, id: str, channel: str, text: str, blocks: Sequence[dict[str, Any]], **more: Any
    ) -> Happened:
        post = PostBlocks(message_of(id, channel), RULE, text, blocks, **more)
        return self.context.executor.exactly_once.run(post)

    def _name_of(self, user: str) -> str:
        try:
            return self.slack.name_of(user) if user else ""
        except Rejected:
            return user

    def update(self, case: Case, blocks: Sequence[dict[str, Any]]) -> None:
        """Update a card until it shows the latest: others may update it at the same time."""
        channel, ts = case.card or ("", "")
        site, shown = self.slack.site(), -1
        while shown != case.version:
            metadata = ReplyMetadata(case.id, RULE, 0)
            whole = report_card.whole(blocks, case, site)
            try:
                self.slack.update(channel, ts, report_card.text(case), metadata, blocks=whole)
            except Rejected as rejection:
                # A moderator may have deleted it.
                log.warning("cannot update the card of a report", call=str(rejection))
                return
            shown = case.version
            case = self.cases.read(case.id) or case

    def handle(self, what: Handling, click: Interaction) -> None:
        """Note what a moderator does with a case, on its card, and tell its reporters."""
        message, channel = click.message, click.channel
        if message is None or channel is None or not click.actions:
            raise Unreadable("a button without a card")
        id, user = click.actions[0].value, click.user
        name = user.username or user.name
        self.cases.handle(id, what, user.id, name)
        case = self.cases.read(id)
        if case is None:
            # Redis has lost it: the card says what is known, and nobody can be told.
            case = Case(id, handled=what, moderator=user.id, name=name, at=time.time())
        self.update(replace(case, card=(channel.id, message.ts)), message.blocks)
        if case.is_closed:
            reporters.tell(self.context, case)

    def _tell(self, id: str, what: str, report: Report, text: str) -> None:
        """Write to the reporter, once for each report and `what`."""
        about = report.about
        link = ""
        if about.ts:
            link = f" of <{self.slack.permalink(about.channel, about.ts)}|this message>"
        reporters.write(self.context, id, what, report.reporter, self.text(text, link))

    def text(self, template: str, link: str = "") -> str:
        """Return the text for the reporter, with the contact filled in."""
        contact = self.context.content.workspace.contact or "one of the moderators"
        return template.format(link=link, contact=contact)

    def _fail(self, id: str, report: Report, error: str) -> None:
        """Tell the operators why a report can't be shown. Give the reporter the contact."""
        log.error("cannot show a report to the moderators", error=error)
        self.context.note_rejection(REPORTS, self.table.channel, error)
        self._tell(id, "failed", report, _FAILED)
