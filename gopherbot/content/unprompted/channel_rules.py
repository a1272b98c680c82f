"""The rules of channels and the notes of `moderation.toml`: told to a message's author alone."""

from gopherbot.model import Ask, Audience, Message, Reply
from gopherbot.router import Handler, Predicate, Router
from gopherbot.rulebook import moderation
from gopherbot.rulebook.moderation import ChannelEntry, NoteEntry
from gopherbot.rulebook.schema import Data
from gopherbot.rulebook.templates import Template
from gopherbot.rulebook.wordings import finder, without_code
from gopherbot.slack.markup import without_addresses


def routes(data: Data) -> Router:
    """Return a router with the rules of each channel, and a note for each entry."""
    router = Router(moderation.FILE)
    for channel, rule in data.moderation.channels.items():
        say = _tell(channel, rule, data.template(rule.text))
        router.channel_rule(channel, when=_is_post)(say)
    for name, note in data.moderation.notes.items():
        router.note(name, when=_uses(note))(_remark(data.template(note.text)))
    return router


def _is_post(message: Message) -> bool:
    """Return whether a message begins something in a channel; not a command to the bot."""
    return not message.addressed and message.thread_ts in (None, message.ts)


def _tell(channel: str, rule: ChannelEntry, text: Template) -> Handler:
    def tell(ask: Ask) -> Reply | None:
        message = ask.message
        if ask.channels.id_of(channel) != message.channel:
            return None
        stranger = rule.group and not ask.in_group(rule.group, message.user)
        if not stranger and not rule.is_broken_by(message.text):
            return None
        return Reply(text.render(ask), to=Audience.ASKER_ONLY, once_a_day=True)

    return tell


def _uses(note: NoteEntry) -> Predicate:
    is_used_in = finder(note.words)
    return lambda message: (
        not message.addressed and is_used_in(without_addresses(without_code(message.text)))
    )


def _remark(text: Template) -> Handler:
    return lambda ask: Reply(text.render(ask), to=Audience.ASKER_ONLY, once_a_day=True)
