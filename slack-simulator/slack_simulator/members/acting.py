"""Using the app as a member: its buttons and other elements, and its modals."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time
from pathlib import Path
from typing import Protocol

from slack_simulator import blocks
from slack_simulator.components import Components
from slack_simulator.interactivity import values
from slack_simulator.interactivity.values import Choice
from slack_simulator.interactivity.views import View
from slack_simulator.workspace import shapes
from slack_simulator.workspace.objects import Conversation, File, Json, Message, User

MOST_FILES = 10

Value = Choice | float | date | time | Path | Sequence[str | Path]
"""What a member chooses or types in an input. A path is that of a file to upload."""


class Shown(Protocol):
    """A message: the ID of its channel, and its `ts`."""

    @property
    def channel(self) -> str: ...
    @property
    def ts(self) -> str: ...


class Acting(Components):
    """A Slack whose members use the app's elements by what they show."""

    def command(self, text: str, channel: str = "general", user: str = "regular") -> None:
        """Write a slash command as a member, with its slash and its text."""
        name, _, rest = text.partition(" ")
        self.interactivity.slash_command(name, rest, channel, user)

    def shortcut(self, callback_id: str, user: str = "regular", *, on: Shown | None = None) -> None:
        """Start a global shortcut as a member, or a message shortcut `on` a post."""
        if on is None:
            self.interactivity.shortcut(callback_id, user)
        else:
            self.interactivity.message_shortcut(callback_id, on.channel, on.ts, user)

    def click(
        self,
        element: str,
        user: str = "regular",
        *,
        on: Shown | None = None,
        choose: Choice = None,
        number: int = 0,
    ) -> None:
        """Use a button, menu or other element as a member.

        `element` is its text or `action_id`. It is looked for `on` a message, or else in the
        member's modal, in the newest messages, and in the Home tab; `number` counts from 0 if
        several are called the same. `choose` is the option, member, channel, date or text to
        choose. Raise `LookupError`, which names what there is to click.
        """
        self._use(*self._find(element, user, on, number), user, choose)

    def _find(
        self, element: str, user: str, on: Shown | None, number: int = 0
    ) -> "tuple[_Place, str, Json]":
        """Return where an element is, the ID of its block, and the element."""
        seen = []
        for place in self._places(user, on):
            for block_id, found in blocks.elements(place.blocks):
                if element in {found["action_id"], values.label(found)}:
                    if not number:
                        return place, block_id, found
                    number -= 1
                seen.append(values.label(found) or found["action_id"])
        there = ", ".join(repr(each) for each in dict.fromkeys(seen)) or "nothing"
        raise LookupError(f"{user} sees no {element!r} to click; there is {there}")

    def options(
        self, element: str, typed: str = "", user: str = "regular", *, on: Shown | None = None
    ) -> list[str]:
        """Return the options that the app offers in an external select when a member types.

        The element is found as `click` finds it.
        """
        place, block_id, found = self._find(element, user, on)
        offered = self._offered(place, block_id, found, typed, user)
        return [option["text"]["text"] for option in offered]

    def submit(
        self, fields: Mapping[str, Value] | None = None, user: str = "regular"
    ) -> dict[str, str]:
        """Submit the member's open modal. Return the app's errors by block ID, if any.

        `fields` are values by the label, `block_id` or `action_id` of their inputs; the others keep
        their initial value. A file is its path, which uploads it, or the name or ID of an uploaded
        one. Raise `LookupError` if there is no modal or no such input, option or file.
        """
        view = self.modal(user)
        state = self._state(view, dict(fields or {}), user)
        return dict(self.interactivity.submit(view.id, user, state))

    def close(self, user: str = "regular") -> None:
        """Close the member's open modal without submitting it. Raise `LookupError` without one."""
        self.interactivity.dismiss(self.modal(user).id, user)

    def modal(self, user: str = "regular") -> View:
        """Return the modal that a member sees. Raise `LookupError` without one."""
        open_ = [view for view in self._views(user) if view.shape["type"] == "modal"]
        if not open_:
            raise LookupError(f"{user} has no open modal")
        return open_[-1]

    def _views(self, user: str) -> list[View]:
        member = self.workspace.user(user).id
        return [view for view in self.interactivity.views.all() if view.user == member]

    def _places(self, user: str, on: Shown | None) -> "Iterator[_Place]":
        """Yield what the member sees, the topmost and newest first."""
        if on is None:
            views = self._views(user)
            modals = [view for view in views if view.shape["type"] == "modal"]
            yield from (_Place(view=view) for view in modals[-1:])
        for conversation, message in self._messages(user):
            if on is None or (conversation.id, message.ts) == (on.channel, on.ts):
                yield _Place(conversation=conversation, message=message)
        if on is None:
            yield from (_Place(view=view) for view in views if view.shape["type"] == "home")

    def _messages(self, user: str) -> list[tuple[Conversation, Message]]:
        member = self.workspace.user(user).id
        with self.workspace.lock:
            seen = [
                (conversation, message)
                for conversation in self.workspace.conversations.values()
                if conversation.kind == "channel" or member in conversation.members
                for message in [*conversation.messages.values(), *conversation.ephemerals]
                if message.all_blocks and message.app_id == self.identity.app_id
                if message.ephemeral_to in {None, member}
            ]
        return sorted(seen, key=lambda pair: pair[1].ts, reverse=True)

    def _offered(
        self, place: "_Place", block_id: str, element: Json, typed: str, user: str
    ) -> list[Json]:
        asked = {"action_id": element["action_id"], "block_id": block_id, "value": typed}
        if place.view is not None:
            return self.interactivity.suggest_in_view(asked, place.view.id, user)
        if place.conversation is None or place.message is None:
            return []
        where = place.conversation.id, place.message.ts
        return self.interactivity.suggest_in_message(asked, *where, user)

    def _filled(
        self, place: "_Place", block_id: str, element: Json, choice: Choice, user: str
    ) -> Json:
        """Return an element with the options that the app offers for each choice in it."""
        given = choice is None or isinstance(choice, dict)
        if given or not element["type"].endswith("external_select"):
            return element
        typed = choice if isinstance(choice, list) else [str(choice)]
        offered = [self._offered(place, block_id, element, each, user) for each in typed]
        return element | {"options": [option for each in offered for option in each]}

    def _use(
        self, place: "_Place", block_id: str, element: Json, user: str, choose: Choice
    ) -> None:
        shown = {"type", "action_id", "value", "text", "placeholder", "style"}
        action = {name: value for name, value in element.items() if name in shown}
        element = self._filled(place, block_id, element, choose, user)
        if choose is not None:
            action |= values.chosen(element, choose, self.workspace)
        action["block_id"] = block_id
        interactivity = self.interactivity
        state: Json = {}
        for id, each in blocks.elements(place.blocks):
            if each["type"] not in values.STATELESS:
                is_it = each["action_id"] == element["action_id"] and id == block_id
                value = (
                    values.chosen(element, choose, self.workspace)
                    if is_it
                    else values.initial(each)
                )
                state.setdefault(id, {})[each["action_id"]] = value
        if place.view is not None:
            interactivity.act_on_view(action, place.view.id, user, state)
        elif place.conversation is not None and place.message is not None:
            where = place.conversation.id, place.message.ts
            interactivity.act_on_message(action, *where, user, state)

    def _choice(self, element: Json, value: Value, user: str) -> Choice:
        """Return the choice that a value stands for. Files are uploaded."""
        if value is None or isinstance(value, dict):
            return value
        several = isinstance(value, Sequence) and not isinstance(value, str)
        if element["type"] == "file_input":
            files = self._files(element, value if several else [value], user)  # type: ignore[arg-type,list-item]
            url = self.web_api.files_url
            shown = [shapes.file(self.identity, each, files_url=url) for each in files]
            return {"type": "file_input", "files": shown}
        if several:
            return [str(each) for each in value]  # type: ignore[union-attr]
        return value if isinstance(value, int) else str(value)

    def _files(self, element: Json, wanted: Sequence[str | Path], user: str) -> list[File]:
        """Return files, uploading those given by path. Upload none if one can't be chosen."""
        if len(wanted) > element.get("max_files", MOST_FILES):
            raise LookupError(f"{len(wanted)} files are more than this input's `max_files`")
        member, endings = self.workspace.user(user), element.get("filetypes") or ()
        found = [
            each if isinstance(each, Path) else self._uploaded(each, member) for each in wanted
        ]
        for each in found:
            ending = Path(each.name).suffix.removeprefix(".").casefold()
            if endings and ending not in {known.casefold() for known in endings}:
                takes = ", ".join(endings)
                raise LookupError(f"{each.name} can't be chosen: the input takes {takes}")
            if isinstance(each, Path) and not each.is_file():
                raise LookupError(f"there is no file {each}")
        return [
            self.workspace.add_file(each.name, each.read_bytes(), member)
            if isinstance(each, Path)
            else each
            for each in found
        ]

    def _uploaded(self, wanted: str, member: User) -> File:
        """Return a file by its ID, or the member's newest of that name."""
        files = self.workspace.files
        own = [each for each in files.values() if (each.name, each.user) == (wanted, member.id)]
        if wanted not in files and not own:
            why = f"{member.name} uploaded no {wanted}: give a pathlib.Path to upload it"
            raise LookupError(why)
        return files[wanted] if wanted in files else own[-1]

    def _state(self, view: View, fields: dict[str, Value], user: str) -> Json:
        state: Json = {}
        known = []
        for block in view.shape["blocks"]:
            for block_id, element in blocks.elements([block]):
                title = (block.get("label") or {}).get("text", "")
                names = [title, block_id, element["action_id"]]
                known.append(title or block_id)
                given = next((fields.pop(name) for name in names if name in fields), _UNTOUCHED)
                value = values.initial(element)
                if not isinstance(given, _Untouched):
                    choice = self._choice(element, given, user)
                    filled = self._filled(_Place(view=view), block_id, element, choice, user)
                    value = values.chosen(filled, choice, self.workspace)
                state.setdefault(block_id, {})[element["action_id"]] = value
        if fields:
            raise LookupError(f"the modal has no {', '.join(fields)}; it has {', '.join(known)}")
        return state


class _Untouched:
    pass


_UNTOUCHED = _Untouched()


class _Place:
    """A view or a message with elements."""

    def __init__(
        self,
        *,
        view: View | None = None,
        conversation: Conversation | None = None,
        message: Message | None = None,
    ) -> None:
        self.view, self.conversation, self.message = view, conversation, message

    @property
    def blocks(self) -> list[Json]:
        """The blocks that the member sees there."""
        if self.view is not None:
            shown: list[Json] = self.view.shape["blocks"]
            return shown
        return self.message.all_blocks if self.message is not None else []
