"""The control API as an OpenAPI document, for clients in any language."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from slack_simulator.workspace.objects import Json

_ANSWER: Json = {
    "200": {"description": "`ok` is true."},
    "400": {"description": "`ok` is false, and `error` says what to do."},
}


def document(
    questions: Iterable[str], commands: Mapping[str, tuple[Any, Callable[..., Json]]]
) -> Json:
    """Return the document. `questions` are the paths to GET, `commands` those to POST."""
    bodies = [body for body, _ in commands.values()]
    schemas, components = msgspec.json.schema_components(
        bodies, ref_template="#/components/schemas/{name}"
    )
    paths: Json = {path: {"get": {"responses": _ANSWER}} for path in questions}
    for (path, (_, command)), schema in zip(commands.items(), schemas, strict=True):
        paths.setdefault(path, {})["post"] = {
            "summary": (command.__doc__ or "").splitlines()[0],
            "requestBody": {"content": {"application/json": {"schema": schema}}},
            "responses": _ANSWER,
        }
    return {
        "openapi": "3.1.0",
        "info": {"title": "slack-simulator: the control API", "version": "1"},
        "paths": paths,
        "components": {"schemas": components},
    }
