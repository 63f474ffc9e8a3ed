"""When something happens again."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A rhythm: `every` an interval, or `cron` (five fields) in the IANA `timezone`."""

    every: timedelta | None = None
    cron: str = ""
    timezone: str = "UTC"
