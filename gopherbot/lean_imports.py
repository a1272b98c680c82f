"""Loads libraries without what they import and no process uses, 3 to 6 MB of each.

A process imports this before them, and calls `end` once it has loaded them all.
"""

from __future__ import annotations

import importlib
import sys
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_UNUSED = (
    "asyncio",
    "redis.asyncio",
    "redis.cluster",
    "redis.commands.cluster",
    "redis.commands.redismodules",
    "redis.keyspace_notifications",
    "slack_sdk.models",
    "slack_sdk.web.chat_stream",
)
_IF_INSTALLED = ("gevent", "greenlet")
"""What libraries also do without. Only the gateway uses both, and has loaded them by then."""


class _StandIn(type):
    """Makes empty classes, which become the real ones for whoever uses these later."""

    def __call__(cls, *arguments: Any, **options: Any) -> Any:
        return cls.real()(*arguments, **options)

    def __instancecheck__(cls, instance: object) -> bool:
        return cls.__module__ in sys.modules and isinstance(instance, cls.real())

    def real(cls) -> type[Any]:
        found: type[Any] = getattr(importlib.import_module(cls.__module__), cls.__name__)
        return found


class _Empty(ModuleType):
    """A module with a stand-in of any name until the end, and then what the real one has."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if _finder in sys.meta_path:
            # Redis's classes inherit from theirs, so those can't have a metaclass.
            kind = _StandIn if self.__name__.startswith("slack_sdk") else type
            return kind(name, (), {"__module__": self.__name__})
        return getattr(importlib.import_module(self.__name__), name)


class _Finder(Loader):
    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        return ModuleSpec(name, self, is_package=True) if name.startswith(_UNUSED) else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Empty(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


_finder = _Finder()
_modules: dict[str, Any] = sys.modules
_hidden = [name for name in _IF_INSTALLED if name not in _modules]
sys.meta_path.insert(0, _finder)
_modules.update(dict.fromkeys(_hidden))


def end() -> None:
    """Stop hiding them: from now on, an import gets the real module."""
    if _finder not in sys.meta_path:
        return
    sys.meta_path.remove(_finder)
    for name in [*_hidden, *(n for n, each in _modules.items() if isinstance(each, _Empty))]:
        del _modules[name]
