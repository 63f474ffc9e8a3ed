"""The networks, one file each, found by file name.

A channel module exports `Settings` (pydantic), `LIMITS` (None where nothing can be put there),
`open(settings, secrets, fetch, now)` and `sign_in` with the same arguments (None where nobody signs
in). Importing it loads no SDK. Files that start with `_` are shared by several channels.
"""

import pkgutil
from collections.abc import Callable
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Protocol

from outreach.channels._settings import ChannelSettings, Secrets
from outreach.channels._signin import Consent, Form
from outreach.fetch import Fetch
from outreach.model.channel import Opened
from outreach.model.note import Audience, Limits

__all__ = ["Channel", "ChannelSettings", "Clock", "Secrets", "audience", "kinds", "module"]

Clock = Callable[[], datetime]


class Channel(Protocol):
    """What a channel module exports."""

    Settings: type[ChannelSettings]
    LIMITS: Limits | None
    sign_in: Callable[[ChannelSettings, Secrets, Fetch, Clock], Form | Consent] | None

    def open(
        self, settings: ChannelSettings, secrets: Secrets, fetch: Fetch, now: Clock
    ) -> Opened: ...


@cache
def kinds() -> tuple[str, ...]:
    """The names of all channels."""
    names = (entry.name for entry in pkgutil.iter_modules(__path__))
    return tuple(sorted(name for name in names if not name.startswith("_")))


def module(kind: str) -> Channel:
    """The channel of that name, one of `kinds()`."""
    loaded: Channel = import_module(f"{__name__}.{kind}")
    return loaded


def audience(kind: str) -> Audience | None:
    """To whom a channel carries notes; None where nothing can be put there. Opens nothing."""
    limits = module(kind).LIMITS
    return None if limits is None else limits.audience
