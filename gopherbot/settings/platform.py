"""The platform that the bot runs on."""

from __future__ import annotations

import enum
import os
from collections.abc import Mapping
from pathlib import Path


class Platform(enum.Enum):
    """The platform, to show operators the commands that work there."""

    HEROKU = "heroku"
    CONTAINER = "container"
    MACHINE = "machine"

    @classmethod
    def detect(cls, environ: Mapping[str, str] | None = None, root: Path = Path("/")) -> Platform:
        """Return the platform of this process.

        Heroku and Kubernetes set environment variables. Docker and Podman create a file.
        """
        environ = os.environ if environ is None else environ
        if environ.get("DYNO") or environ.get("HEROKU_APP_ID"):
            return cls.HEROKU
        marks = (root / ".dockerenv", root / "run/.containerenv")
        if environ.get("KUBERNETES_SERVICE_HOST") or any(mark.exists() for mark in marks):
            return cls.CONTAINER
        return cls.MACHINE
