"""Durations as people write them: 30s, 5m, 2h, 1d."""

import re
from datetime import timedelta

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_WORDS = r"s|secs?|seconds?|m|mins?|minutes?|h|hours?|d|days?|w|weeks?"
_PART = re.compile(rf"([0-9]+(?:\.[0-9]+)?)\s*({_WORDS})(?![a-z])\s*")


def parse(text: str) -> timedelta:
    """`1h 30m` as a timedelta. Raises ValueError for anything else."""
    total, position = timedelta(), 0
    for part in _PART.finditer(text):
        if part.start() != position:
            break
        try:
            total += timedelta(**{_UNITS[part[2][0]]: float(part[1])})
        except OverflowError as error:
            raise ValueError("a duration of less than a million years") from error
        position = part.end()
    if position != len(text) or not text:
        raise ValueError("a duration is a number and a unit, as 30s, 5m, 2h or 1d")
    return total


def words(span: timedelta) -> str:
    """The two largest units of a span, as `3 h 10 min` or `2 d 4 h`; never less than a minute."""
    minutes = max(int(span.total_seconds()) // 60, 0)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {rest:02} min" if rest else f"{hours} h"
    return f"{rest} min" if rest else "under a minute"
