"""How often strangers may make us do something."""

import threading
from collections import Counter, deque
from datetime import datetime, timedelta

SPAN = timedelta(hours=1)
MOST, MOST_OF_ONE = 300, 5


class Rate:
    """At most `most` requests in any SPAN, and `of_one` about the same thing; for all threads."""

    def __init__(self, most: int = MOST, of_one: int = MOST_OF_ONE) -> None:
        self._most = most
        self._of_one = of_one
        self._recent: deque[tuple[datetime, str]] = deque()
        self._by_name: Counter[str] = Counter()
        self._lock = threading.Lock()

    def admits(self, name: str, now: datetime) -> bool:
        """Whether one more about this may be let in now; it counts if it is."""
        with self._lock:
            while self._recent and now - self._recent[0][0] >= SPAN:
                self._forget()
            if len(self._recent) >= self._most or self._by_name[name] >= self._of_one:
                return False
            self._recent.append((now, name))
            self._by_name[name] += 1
            return True

    def _forget(self) -> None:
        _, name = self._recent.popleft()
        self._by_name[name] -= 1
        if not self._by_name[name]:
            del self._by_name[name]
