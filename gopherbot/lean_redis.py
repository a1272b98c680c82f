"""Loads redis-py without its asyncio client, its cluster and the commands of Redis's modules.

No process uses them, and they take 2 to 3 MB of each. A process imports this before anything else
that imports redis.
"""

from __future__ import annotations

import sys
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType

_UNUSED = (
    "redis.asyncio",
    "redis.cluster",
    "redis.commands.cluster",
    "redis.commands.redismodules",
    "redis.keyspace_notifications",
)


class _Empty(ModuleType):
    """A module with an empty class of any name."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


class _Finder(Loader):
    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        return ModuleSpec(name, self, is_package=True) if name.startswith(_UNUSED) else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Empty(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


_finder = _Finder()
sys.meta_path.insert(0, _finder)
import redis  # noqa: E402, F401

sys.meta_path.remove(_finder)
# Whoever imports one of these by name gets the real one.
for _name in [name for name in sys.modules if name.startswith(_UNUSED)]:
    del sys.modules[_name]
