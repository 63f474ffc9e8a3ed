"""The networks, one file each, found by file name.

A channel module exports `Settings` (pydantic), `LIMITS`, `open(settings, secrets, fetch, now)` and
`sign_in` with the same arguments. Importing it loads no SDK. Files that start with `_` are shared
by several channels.
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
from outreach.model.channel import Publisher
from outreach.model.note import Limits

__all__ = ["Channel", "ChannelSettings", "Clock", "Secrets", "kinds", "module"]

Clock = Callable[[], datetime]


class Channel(Protocol):
    """What a channel module exports."""

    Settings: type[ChannelSettings]
    LIMITS: Limits

    def open(
        self, settings: ChannelSettings, secrets: Secrets, fetch: Fetch, now: Clock
    ) -> Publisher: ...

    def sign_in(
        self, settings: ChannelSettings, secrets: Secrets, fetch: Fetch, now: Clock
    ) -> Form | Consent: ...


@cache
def kinds() -> tuple[str, ...]:
    """The names of all channels."""
    names = (entry.name for entry in pkgutil.iter_modules(__path__))
    return tuple(sorted(name for name in names if not name.startswith("_")))


def module(kind: str) -> Channel:
    """The channel of that name, one of `kinds()`."""
    loaded: Channel = import_module(f"{__name__}.{kind}")
    return loaded
