"""Logs: one JSON object per line on stdout, or colours on a terminal.

Both structlog's loggers and the standard library's (Dramatiq, gunicorn, slack-sdk) write here.
Bound context (event id, request id, queue, actor) is part of every line logged under it.
Message texts are never logged at info, nor secrets at any level: known secrets are masked last.
"""

from __future__ import annotations

import faulthandler
import importlib.metadata
import io
import json
import logging
import platform
import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, TextIO, cast
from urllib.parse import quote

import msgspec

# structlog would load rich because the commands have it installed: 4 MB and 30 ms a process.
_modules: dict[str, Any] = sys.modules
_modules.setdefault("rich", None)
import structlog  # noqa: E402
from structlog.typing import EventDict, Processor, WrappedLogger  # noqa: E402

from gopherbot.settings import Secret, Settings, wants_colours  # noqa: E402

if _modules["rich"] is None:
    del _modules["rich"]

MASK = "****"
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_TOKEN = re.compile(r"xox[a-z]-[A-Za-z0-9-]+|xapp-[A-Za-z0-9-]+")
# At info, these loggers are noisy or repeat what we log in more detail.
_QUIET = {
    "apscheduler": logging.WARNING,
    "dramatiq.worker.WorkerThread": logging.ERROR,
    "dramatiq.worker.ConsumerThread": logging.ERROR,
    "slack_sdk": logging.CRITICAL,
    "urllib3": logging.ERROR,
    "watchdog": logging.WARNING,
}

get_logger = structlog.get_logger
bind = structlog.contextvars.bind_contextvars
clear = structlog.contextvars.clear_contextvars
bound = structlog.contextvars.bound_contextvars


def configure(settings: Settings, process: str, stream: TextIO | None = None) -> None:
    """Send this process's logs to stdout. `process` is `web`, `worker` or `scheduler`.

    On a fatal signal, such as SIGSEGV, dump every thread's stack to stderr.
    """
    if sys.__stderr__:
        faulthandler.enable(sys.__stderr__)
    identity = settings.identity
    secrets = (
        settings.signing_secret,
        settings.verification_token,
        settings.bot_token,
        settings.metrics_token,
        settings.redis.password,
    )
    configure_logging(
        level=settings.log_level,
        fixed={
            "process": process,
            "app": identity.app,
            "dyno": identity.dyno,
            "commit": identity.commit,
        },
        secrets=secrets,
        stream=stream,
    )
    if settings.redis.tls_overruled:
        get_logger(__name__).warning(
            "redis is used without TLS: GOPHER_REDIS_INSECURE=1 overrides its rediss:// address"
        )


def configure_logging(
    level: int,
    fixed: dict[str, str] | None = None,
    secrets: Iterable[Secret] = (),
    stream: TextIO | None = None,
) -> None:
    """Set up structlog and the standard library's root logger."""
    # Dramatiq replaces sys.stdout with a pipe to its parent, which writes to stderr.
    stream = stream or sys.__stdout__ or sys.stdout
    plain = not stream.isatty()
    stream = cast("TextIO", _LossyStream(stream))
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        _Fixed({key: value for key, value in (fixed or {}).items() if value}),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.processors.StackInfoRenderer(),
    ]
    if plain:
        last: list[Processor] = [structlog.processors.format_exc_info, _render_json]
    else:
        last = [
            structlog.dev.ConsoleRenderer(
                colors=wants_colours(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
    last.append(_Masker([secret.reveal() for secret in secrets if secret], in_json=plain))
    _configure_standard_library(level, stream, shared, last)
    # Our own lines bypass the standard library, which would double their cost: a worker writes one
    # for every event.
    structlog.configure(
        processors=[*shared, *last] if level <= logging.CRITICAL else [_drop],
        logger_factory=structlog.WriteLoggerFactory(stream),
        wrapper_class=structlog.make_filtering_bound_logger(min(level, logging.CRITICAL)),
        cache_logger_on_first_use=True,
    )


def _configure_standard_library(
    level: int, stream: TextIO, shared: Sequence[Processor], last: Sequence[Processor]
) -> None:
    """Make lines from the standard library's loggers look like ours."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, quiet in _QUIET.items():
        logging.getLogger(name).setLevel(max(quiet, level))


def mask_tokens(text: str) -> str:
    """Return `text` with every Slack token masked, ours or not."""
    return _TOKEN.sub(MASK, text) if "xox" in text or "xapp-" in text else text


def tell(text: str) -> None:
    """Write a text for a person to the real stderr, bypassing the logs."""
    (sys.__stderr__ or sys.stderr).write(f"{text}\n")


def start_facts(settings: Settings) -> dict[str, object]:
    """Return the fields of a process's first line, beyond those in every line."""
    return {
        "role": settings.role.value,
        "env": settings.env,
        "shadow": settings.shadow,
        "log_level": logging.getLevelName(settings.log_level).lower(),
        "content": str(settings.content),
        "python": platform.python_version(),
        "dramatiq": importlib.metadata.version("dramatiq"),
    }


class Stopwatch:
    """Seconds since its creation, rounded to microseconds for a log line."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    @property
    def seconds(self) -> float:
        return round(time.perf_counter() - self._start, 6)


def _drop(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    raise structlog.DropEvent


class _Fixed:
    """Adds the fields that are the same in every line of this process."""

    def __init__(self, fields: dict[str, str]) -> None:
        self.fields = fields

    def __call__(self, logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
        return {**event, **self.fields}


class _LossyStream:
    """A stream that drops what cannot be written, because the disk is full or the pipe broken.

    The thread that logs must not end with it. JSON is UTF-8, whatever the locale; a terminal gets
    escapes for the characters that it lacks.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        if isinstance(stream, io.TextIOWrapper):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            with suppress(OSError, ValueError):
                stream.reconfigure(encoding=encoding, errors="backslashreplace")

    def write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            self._stream.write(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()


class _Masker:
    """Replaces secrets in a finished line with `****`; in JSON only inside of strings."""

    def __init__(self, secrets: Sequence[str], *, in_json: bool) -> None:
        self.in_json = in_json
        forms = {form for secret in secrets if len(secret) >= 4 for form in _forms(secret)}
        self.secrets = sorted(forms, key=len, reverse=True)

    def __call__(self, logger: WrappedLogger, name: str, line: Any) -> str:
        text = str(line)
        for secret in self.secrets:
            if secret in text:
                text = self._masked(text, secret)
        return mask_tokens(text)

    def _masked(self, text: str, secret: str) -> str:
        if not self.in_json:
            return text.replace(secret, MASK)
        return _STRING.sub(lambda found: f'"{found[1].replace(secret, MASK)}"', text)


def _forms(text: str) -> Iterator[str]:
    """Yield the forms a text may take in a line: plain, in an address, in a repr, as JSON."""
    for form in (text, quote(text, safe=""), repr(text)[1:-1]):
        yield form
        yield msgspec.json.encode(form).decode()[1:-1]


def _render_json(logger: WrappedLogger, name: str, event: EventDict) -> str:
    try:
        return msgspec.json.encode(event, enc_hook=repr).decode()
    except (TypeError, ValueError):  # A lone surrogate, or a key that is no string.
        text = json.dumps(event, default=repr, skipkeys=True, ensure_ascii=False)
        return text.encode(errors="replace").decode()
