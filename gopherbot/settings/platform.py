"""Where the bot runs."""

from __future__ import annotations

import enum
import os
from collections.abc import Mapping
from pathlib import Path


class Platform(enum.Enum):
    """Where the bot runs, as far as what an operator types depends on it."""

    HEROKU = "heroku"
    CONTAINER = "container"
    MACHINE = "machine"

    @classmethod
    def detect(cls, environ: Mapping[str, str] | None = None, root: Path = Path("/")) -> Platform:
        """Return where this process runs, by what the platform leaves there.

        Heroku sets DYNO; Docker and Podman leave a file; Kubernetes sets a variable.
        """
        environ = os.environ if environ is None else environ
        if environ.get("DYNO") or environ.get("HEROKU_APP_ID"):
            return cls.HEROKU
        marks = (root / ".dockerenv", root / "run/.containerenv")
        if environ.get("KUBERNETES_SERVICE_HOST") or any(mark.exists() for mark in marks):
            return cls.CONTAINER
        return cls.MACHINE
