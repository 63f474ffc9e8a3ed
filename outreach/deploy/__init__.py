"""Where the built site is served if not by us: one file a kind of place, found by file name.

A module exports `Settings` (pydantic, its `kind` the module's name) and `open(settings, means)`.
Files that start with `_` are shared by several.
"""

import pkgutil
from functools import cache
from importlib import import_module
from typing import Protocol

from outreach.deploy._target import Change, Means, Target, TargetSettings

__all__ = ["Change", "Kind", "Means", "Target", "TargetSettings", "kinds", "module"]


class Kind(Protocol):
    """What a module exports."""

    Settings: type[TargetSettings]

    def open(self, settings: TargetSettings, means: Means) -> Target: ...


@cache
def kinds() -> tuple[str, ...]:
    """The names of all kinds."""
    names = (entry.name for entry in pkgutil.iter_modules(__path__))
    return tuple(sorted(name for name in names if not name.startswith("_")))


def module(kind: str) -> Kind:
    """The module of that name, one of `kinds()`."""
    loaded: Kind = import_module(f"{__name__}.{kind}")
    return loaded
