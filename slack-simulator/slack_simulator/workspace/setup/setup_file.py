"""A workspace's setup in a file: JSON or TOML with the fields of `WorkspaceSetup`."""

from pathlib import Path
from typing import Any

import msgspec

from slack_simulator.workspace.setup import WorkspaceSetup


def _path(wanted: type, value: Any) -> Any:
    if wanted is Path:
        return Path(value)
    raise NotImplementedError(f"{wanted.__name__} can't be read from a file")


_DECODER = msgspec.json.Decoder(WorkspaceSetup, dec_hook=_path)


def read(path: Path | str) -> WorkspaceSetup:
    """Return the setup in a file. Raise `ValueError`, which says what is wrong with it."""
    file = Path(path)
    try:
        raw = file.read_bytes()
        if file.suffix == ".toml":
            raw = msgspec.json.encode(msgspec.toml.decode(raw))
        return _DECODER.decode(raw)
    except msgspec.DecodeError as problem:
        raise ValueError(f"{path}: {problem}") from None
