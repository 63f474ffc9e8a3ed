"""Keys that sort by time and are never made twice."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def tid(at: datetime, salt: int) -> str:
    """An atproto TID: 53 bits of microseconds, 10 bits of salt, 13 characters.

    https://atproto.com/specs/tid. One key serves every network: record key, Idempotency-Key,
    transaction id, Message-ID.
    """
    microseconds = (at - _EPOCH) // (datetime.resolution)
    number = (microseconds & ((1 << 53) - 1)) << 10 | (salt & 1023)
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(60, -1, -5))


def time_of(key: str) -> datetime:
    """The time that a TID was made of. Raises ValueError for what is no TID."""
    if len(key) != 13:
        raise ValueError(f"{key!r} is no TID")
    number = 0
    for character in key:
        number = number << 5 | _ALPHABET.index(character)
    return _EPOCH + datetime.resolution * (number >> 10)


class Tids:
    """`tids()` is a new TID, later than the one before even where the clock is not."""

    def __init__(self, now: Callable[[], datetime], salt: int) -> None:
        self._now = now
        self._salt = salt
        self._last = _EPOCH
        self._lock = threading.Lock()

    def __call__(self) -> str:
        with self._lock:
            self._last = max(self._now(), self._last + datetime.resolution)
            return tid(self._last, self._salt)
