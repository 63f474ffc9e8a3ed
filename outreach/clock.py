"""APScheduler as a clock: it wakes, and remembers nothing."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger
from cronsim import CronSim

from outreach.model.schedule import Schedule


class CronTrigger(BaseTrigger):  # type: ignore[misc]
    """A cron line with Debian's rules for gaps and folds of the clock (cronsim)."""

    def __init__(self, expression: str, timezone: str) -> None:
        self._expression = expression
        self._zone = ZoneInfo(timezone)

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        after = max(filter(None, (previous, now))).astimezone(self._zone)
        moment: datetime = next(CronSim(self._expression, after))
        return moment


class Clock:
    """Wakes whoever asked, in their rhythm, from its own thread."""

    def __init__(self) -> None:
        self._scheduler = BackgroundScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "misfire_grace_time": None}
        )

    def wake(self, woken: Callable[[], None], schedule: Schedule) -> None:
        """Call `woken` in this rhythm."""
        trigger = (
            IntervalTrigger(seconds=schedule.every.total_seconds())
            if schedule.every
            else CronTrigger(schedule.cron, schedule.timezone)
        )
        self._scheduler.add_job(woken, trigger)

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        self._scheduler.shutdown(wait=False)
