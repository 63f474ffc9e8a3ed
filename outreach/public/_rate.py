"""How often strangers may make us write mail."""

import threading
from collections import Counter, deque
from datetime import datetime, timedelta

SPAN = timedelta(hours=1)
MOST, MOST_OF_ONE = 300, 5


class Rate:
    """At most MOST requests in any SPAN, and MOST_OF_ONE about the same thing; for all threads."""

    def __init__(self) -> None:
        self._recent: deque[tuple[datetime, str]] = deque()
        self._by_name: Counter[str] = Counter()
        self._lock = threading.Lock()

    def admits(self, name: str, now: datetime) -> bool:
        """Whether one more about this may be let in now; it counts if it is."""
        with self._lock:
            while self._recent and now - self._recent[0][0] >= SPAN:
                self._forget()
            if len(self._recent) >= MOST or self._by_name[name] >= MOST_OF_ONE:
                return False
            self._recent.append((now, name))
            self._by_name[name] += 1
            return True

    def _forget(self) -> None:
        _, name = self._recent.popleft()
        self._by_name[name] -= 1
        if not self._by_name[name]:
            del self._by_name[name]
