"""Checks of the wording: Slack's markup, links, help lines and the voice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlsplit

import re2

from glossary import Problem
from gopherbot.router import Rule
from gopherbot.rulebook.schema import Data
from gopherbot.rulebook.templates import CODE
from gopherbot.rulebook.validation import at

LONGEST = 4000
"""Characters that Slack shows of a message: https://docs.slack.dev/reference/methods/chat.postMessage."""

_MENTION = re.compile(r"<[@#!][^<>]*>")
_HALF_A_LINK = re.compile(r"<[^<>\s|]+\.[^<>\s|]+(?:\|[^<>]*)?>")
_BARE_LINK = re.compile(r"\bhttps?://[^\s<>|]+")
_LANGUAGE = re.compile(r"```([a-z+#]+)\n")
_DOUBLED = re.compile(r"(?:struct|interface)\{\{|[\w)] \{\{$", re.MULTILINE)
"""Braces that no Go has: the text comes from when they had to be doubled in code, too."""
_DOUBLED_NAME = re.compile(r"\{\{\s*\.?(bot|contact|report|source|#[\w-]+)\s*\}\}")
_VERB = re.compile(r"(?<![\w%])%[+#]?[dqsTv]\b")
_BOLD = re.compile(r"\*\*[^*\n]+\*\*|__[^_\n]+__")
_MARKDOWN_LINK = re.compile(r"\[(?P<text>[^\[\]\n]+)\]\(<?(?P<url>https?://[^)\s>]+)>?\)")
_HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)
_ITEM = re.compile(r"^[-*] ", re.MULTILINE)
_WITH_NEIGHBOURS = r"""(?:[^\s:'"]+ )?[^\s:'"]*{}[^\s:'"]*(?: [^\s:'"]+)?"""
_BARE_AND = re.compile(_WITH_NEIGHBOURS.format("&(?!(?:amp|lt|gt);)"))
_ANGLES = frozenset("<>")
_BARE_ANGLE = re.compile(_WITH_NEIGHBOURS.format("[<>]"))
_LINK = re.compile(r"<(?P<address>(?:[a-z]+:|\{source\})[^<>|\s]*)(?:\|[^<>|]+)?>")

_WHOLE = re.compile(
    r"(?:mailto:[^@\s]+@[\w.-]+"
    r"|https?://[\w-]+(?:\.[\w-]+)+(?::[0-9]+)?(?:[/?#][^\s<>|\"`]*)?)(?<![.,;:!?])"
)
_LONGEST_HELP = 90
_NO_SOURCE = "https://example.org"
"""Stands for {source} while the workspace has none: such a line isn't said then."""
_CAPITALIZED = frozenset({"Go", "Go's", "GitHub", "Slack", "Google"})
"""Words that always begin with a capital letter."""


def texts(data: Data) -> Iterator[Problem]:
    """Yield the problems of every text that the bot sends."""
    for text in data.texts():
        yield from at(text.file, text.entry, markup_mistakes(text.sample))
        prose = CODE.sub(" ", _LINK.sub(" ", text.text))
        yield from at(text.file, text.entry, _never_filled_in(prose, data))
        if text.text.strip() and not data.template(text.text).text:
            nothing = "nothing is left of it without {source} or {contact}: add a line that is"
            yield Problem(text.file, text.entry, nothing)
        if len(text.text) > LONGEST:
            long = f"`{text.key}` has {len(text.text)} characters: shorten it to {LONGEST} at most"
            yield Problem(text.file, text.entry, long)
    for name, channel in data.channels.items():
        yield from at("channels.toml", name, markup_mistakes(channel.line))
    for section in data.resources.sections:
        for title in (section.title, *(link.line for link in section.links)):
            yield from at("newbie_resources.toml", section.title, markup_mistakes(title))


def markup_mistakes(text: str) -> Iterator[str]:
    """Yield what is wrong with a text's markup, and the remedy."""
    if "&" in text and (bare := _BARE_AND.search(text)):
        yield f"Slack needs &amp; for & in '{bare[0]}', in code too"
    rest = _LINK.sub(" ", text)
    for mention in _MENTION.findall(rest):
        yield f"{mention} doesn't belong here: link a channel as {{#general}}, the bot as {{bot}}"
    rest = _MENTION.sub(" ", rest)
    for half in _HALF_A_LINK.findall(rest):
        yield f"{half} is not a complete link: copy it from the browser, starting with https://"
    rest = _HALF_A_LINK.sub(" ", rest)
    if not _ANGLES.isdisjoint(rest) and (bare := _BARE_ANGLE.search(rest)):
        yield f"Slack needs &lt; for < and &gt; for > in '{bare[0]}', in code too"
    yield from _code(CODE.findall(text))
    prose = CODE.sub(" ", rest)
    yield from _markdown(CODE.sub(" ", text))
    prose = _MARKDOWN_LINK.sub(" ", prose)
    for link in _BARE_LINK.findall(prose):
        yield f"{link} is a bare link: put it between < and >, as in <{link.rstrip('.,;:!?)')}>"
    if text.count("```") % 2:
        yield "a ``` is unpaired: put one before and one after the block of code"
    elif re.sub("```.*?```", "", text, flags=re.DOTALL).count("`") % 2:
        yield "a backtick is unpaired: put one before and one after each piece of code"


def _code(pieces: Iterable[str]) -> Iterator[str]:
    for piece in pieces:
        if named := _LANGUAGE.match(piece):
            word = named[1]
            yield f"Slack knows no languages, and shows the {word!r} after ```: write ``` alone"
        if doubled := _DOUBLED.search(piece):
            yield f"{doubled[0]!r} has a brace too many: in code, nothing has to be doubled"


def _markdown(prose: str) -> Iterator[str]:
    """Yield Markdown that Slack doesn't support."""
    for link in _MARKDOWN_LINK.finditer(prose):
        yield f"{link[0]} is Markdown: in Slack, write <{link['url']}|{link['text']}>"
    for bold in _BOLD.findall(prose):
        yield f"{bold} is Markdown: in Slack, bold is *{bold.strip('*_')}*"
    if _HEADING.search(prose):
        yield "# makes no heading in Slack: write a bold line, as in *Heading*"
    if _ITEM.search(prose):
        yield "- and * make no list in Slack: begin its lines with •"


def _never_filled_in(prose: str, data: Data) -> Iterator[str]:
    """Yield what members would see as it stands."""
    for name in _DOUBLED_NAME.findall(prose):
        yield f"{{{{{name}}}}} shows its braces: write {{{name}}}"
    for verb in _VERB.findall(prose):
        yield f"nothing fills in {verb}: write what it stands for, or `{verb}` if you mean the verb"
    for name in data.channels if "#" in prose else ():
        if re.search(rf"(?<![\w{{]){re.escape(f'#{name}')}(?![\w-])", prose):
            yield f"#{name} is no link: write {{#{name}}}"
    if re.search(rf"(?<!\w)@{re.escape(data.workspace.bot)}\b", prose):
        yield f"@{data.workspace.bot} mentions nobody: write {{bot}}"


def links(data: Data) -> Iterator[Problem]:
    """Yield the problems of every link."""
    http_only = frozenset(data.workspace.http_only)
    source = data.workspace.source
    if source:
        yield from at("workspace.toml", "", link_mistakes(source, http_only))
    if source.endswith("/"):
        yield Problem("workspace.toml", "", "`source` ends in a slash: remove it")
    for text in data.texts():
        for link in _LINK.finditer(text.sample):
            address = link["address"].replace("{source}", source or _NO_SOURCE)
            yield from at(text.file, text.entry, link_mistakes(address, http_only))
    for name, site in data.packages.items():
        yield from at("packages.toml", name, link_mistakes(site.url, http_only))
    if data.reference.site:
        yield from at("reference/reference.toml", "", link_mistakes(data.reference.site, http_only))
    seen: dict[str, str] = {}
    for section in data.resources.sections:
        for resource in section.links:
            file, entry = "newbie_resources.toml", section.title
            yield from at(file, entry, link_mistakes(resource.url, http_only))
            if resource.url in seen:
                there = f"{resource.url} is also in [{seen[resource.url]}]: keep one of the two"
                yield Problem(file, entry, there)
            seen[resource.url] = section.title


def link_mistakes(address: str, http_only: frozenset[str]) -> Iterator[str]:
    """Yield what is wrong with a link, and the remedy."""
    if not _WHOLE.fullmatch(address):
        yield f"{address} is not a complete link: copy it from the browser, starting with https://"
    elif address.startswith("http:") and urlsplit(address).hostname not in http_only:
        yield (
            f"{address} is an insecure link: write https://, or if that doesn't open, add the "
            "site's name to `http_only` in workspace.toml"
        )


def helps(rules: Iterable[Rule]) -> Iterator[Problem]:
    """Yield the problems of every help line. Without one, the bot doesn't start anyway."""
    for rule in rules:
        if rule.help and rule.in_help:
            names = " ".join(rule.triggers)
            yield from at(rule.source, rule.trigger, help_mistakes(rule.help, names))


def help_mistakes(help: str, names: str) -> Iterator[str]:
    """Yield what is wrong with a help line, and the remedy; `names` may keep their capitals."""
    if help != " ".join(help.split()):
        yield "the help has a line break or an extra space: write it on one line"
    if help.rstrip().endswith((".", "!")):
        yield "the help ends like a sentence: remove the full stop"
    if len(help) > _LONGEST_HELP:
        yield f"the help has {len(help)} characters: shorten it to {_LONGEST_HELP} at most"
    first = help.split(maxsplit=1)[0] if help.strip() else ""
    if first[:1].isupper() and not _is_name(first, names):
        yield f"the help begins with a capital letter: write {first[0].lower() + first[1:]!r}"


def _is_name(word: str, names: str) -> bool:
    bare = word.removesuffix("'s")
    acronym = len(bare) > 1 and bare.isupper()
    return acronym or word in _CAPITALIZED or bare.casefold() in names.casefold()


# The voice. The bot talks to people, so it says "don't" and "I'm", puts the verb early, and avoids
# phrases that read like a translation. Only patterns that need no guessing are here; code and
# quotes are skipped.
Remedy = Callable[[re.Match[str]], str]
"""Returns what to write instead of a match."""

_QUOTED = re.compile(r"\"[^\"\n]*\"|“[^”\n]*”")
_NOUNS = frozenset({"beginning", "building", "encoding", "meaning", "spelling", "string", "thing"})
"""Words in -ing that name a thing: "the meaning of" is fine."""


def _say(*words: str) -> Remedy:
    instead = " or ".join(f'"{word}"' for word in words)
    return lambda match: f"write {instead}"


def _contracted(match: re.Match[str]) -> str:
    verb = match[1]
    short = {"can": "can't", "will": "won't"}.get(verb.lower(), f"{verb}n't")
    return f'write "{verb[0]}{short[1:]}"'


def _one(match: re.Match[str]) -> str:
    return f'write "{match[1].lower()}one"'


def _american(match: re.Match[str]) -> str:
    word = match[0]
    for british, american in (
        ("our", "or"),
        ("licence", "license"),
        ("centre", "center"),
        ("lled", "led"),
    ):
        word = word.replace(british, american)
    return f'write "{word}", as Americans do'


def _joined(match: re.Match[str]) -> str:
    end = {"am": "'m", "are": "'re", "is": "'s", "will": "'ll"}[match[2].lower()]
    return f'write "{match[1]}{end}"'


_ASIDE = r"(?<!\bwho )(?<!\bwhat )(?<!\bwhere )(?<!\bhow )(?<!\bthan )(?<!\bas )"
"""Not in "who you are", "where they are", "the way it is"."""
_FINE_AFTER_NO = r"(?!longer\b|more\b|less\b|better\b|worse\b|different\b|match\b|use\b)"

_SOMEBODY = r"(?:it|they|you|we|he|she|others|there|that|this)"
_DOES = r"(?:is|are|was|were|has|have|can|may|will|do|does|need)"

_CLAUSE = r"(?:^|(?<=[.;:,] ))"
"""The beginning of a clause: "take a mutex", but not "they take a mutex"."""
_BRITISH = "behaviour|cancelled|centre|colour|favour|honour|labelled|licence|neighbour"

_STIFF: tuple[tuple[re.Pattern[str], Remedy], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), remedy)
    for pattern, remedy in (
        (r"\b(do|does|did|is|are|was|were|has|have|had|can|will) ?not\b(?! only)", _contracted),
        (r"\b(would|should|could) not\b", _contracted),
        (r"\b(I) (am|will)\b", _joined),
        (r"(?:^|(?<=[.!?:] ))(It|That|There) (is)\b(?=[\w ])", _joined),
        (rf"{_ASIDE}\b(you|we|they) (are|will)\b(?= \w)", _joined),
        (r"\bneeds? not\b(?! be\b)", _say("don't have to")),
        (rf"(?<!\bthere )\b(?:is|are) no (?=[a-z]){_FINE_AFTER_NO}", _say("isn't a", "aren't")),
        (r"\bby custom\b", _say("conventionally")),
        (r"\bof which each\b", _say("each of which")),
        (r"\b(?:to|for|with|by|from) who\b", _say("anyone who", "whom")),
        (rf", for {_SOMEBODY} {_DOES}\b", _say("because")),
        (r"\banew\b", _say("again")),
        (r"\b(?:please )?be advised (?:that )?", lambda match: "leave it out"),
        (r"\b(?:afore(?:mentioned|said)|abovementioned)\b", _say("this", "that")),
        (r"\butili[sz](?:e[sd]?|ing)\b", _say("use", "using")),
        (r"\bin order to\b", _say("to")),
        (r"\bobtain(?:s|ed|ing)?\b", _say("get")),
        (r"\bsaid like\b", _say("pronounced")),
        (r"\bbears? (?=an?\b|the\b|no\b)", _say("has")),
        (r"\btells? (?:about|of)\b", _say("says", "shows", "lists")),
        (r", since Go 1\.\d+,", _say(", added in Go 1.x,", "new in Go 1.x")),
        (r",? and not\b(?! (?:only|used|yet|all)\b)", _say(", not")),
        (
            r"(?<!what's )(?-i:\b(?:go|goes|going|went)) on\b(?! air\b)",
            _say("continue", "keep running"),
        ),
        (rf"{_CLAUSE}take (?!a look|the tour|care|part|place|your time)", _say("use")),
        (r"\bbeside\b", _say("next to", "alongside")),
        (r"(?<!\ball )\bat once\b", _say("immediately", "at the same time")),
        (r"\b(some|every|any)body\b", _one),
        (r"\bfull stop\b", _say("period")),
        (rf"\b(?:{_BRITISH})\w*", _american),
    )
)
_AROUND = re.compile(r"\(\?<?[!=](?:[^()]|\([^()]*\))*\)")
"""What a pattern demands before and after its match; RE2 doesn't know it."""
_MAYBE_STIFF = re2.compile(
    "(?i)" + "|".join(_AROUND.sub("", pattern.pattern) for pattern, _ in _STIFF)
)
"""Finds all texts that have a match, and a few more, in a fiftieth of the time."""
_THE_DOING_OF = re.compile(r"^the (\w+ing) of\b")


def voice(data: Data, rules: Iterable[Rule]) -> Iterator[Problem]:
    """Yield the problems of everything that the bot says."""
    for text in data.texts():
        yield from at(text.file, text.entry, voice_mistakes(text.text))
    for name, channel in data.channels.items():
        yield from at("channels.toml", name, voice_mistakes(channel.line))
    for section in data.resources.sections:
        for link in section.links:
            yield from at("newbie_resources.toml", section.title, voice_mistakes(link.line))
    for rule in rules:
        if rule.in_help:
            yield from at(rule.source, rule.trigger, voice_mistakes(rule.help))
    for term in data.glossary:
        file = f"glossary/{term.file}"
        yield from at(file, term.name, voice_mistakes(term.definition))
        yield from at(file, term.name, _definition(term.definition))


def voice_mistakes(text: str) -> Iterator[str]:
    """Yield what sounds stiff in a text, and what to write instead."""
    spoken = _QUOTED.sub("…", _LINK.sub("…", CODE.sub("…", text)))
    if not _MAYBE_STIFF.search(spoken):
        return
    for pattern, remedy in _STIFF:
        for match in pattern.finditer(spoken):
            yield f'"{match[0].strip(" ,")}" sounds stiff: {remedy(match)}'


def _definition(text: str) -> Iterator[str]:
    if (match := _THE_DOING_OF.match(text)) and match[1] not in _NOUNS:
        yield f'"{match[0]}" turns an action into a thing: begin with "{match[1]}", or with a noun'
