"""Tells every open page that there is something new: Server-Sent Events (HTML Living Standard)."""

import asyncio
import threading
from collections.abc import AsyncIterator

PULSE = 15.0
"""Seconds after which a line without meaning keeps a connection open."""


class Changes:
    """What is the newest, and who waits to hear of it. `run` is another number at each start, so
    that a page of an earlier one knows that it is old."""

    def __init__(self, run: int) -> None:
        self._run = run
        self._version = 0
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._is_over = False
        self._lock = threading.Lock()

    def name(self, version: int) -> str:
        """A version as pages know it."""
        return f"{self._run:x}-{version}"

    def tell(self, version: int) -> None:
        """Say that this is the newest now, from any thread."""
        self._version = version
        self._wake()

    def close(self) -> None:
        """Let go of all that wait."""
        self._is_over = True
        self._wake()

    async def stream(self) -> AsyncIterator[str]:
        """The events of one connection: the newest version, now and whenever it is another."""
        event = asyncio.Event()
        waits = asyncio.get_running_loop(), event
        with self._lock:
            self._waiting.add(waits)
        try:
            yield "retry: 500\n"
            while not self._is_over:
                event.clear()
                yield f"data: {self.name(self._version)}\n\n"
                await self._pulse(event)
        finally:
            with self._lock:
                self._waiting.discard(waits)

    async def _pulse(self, event: asyncio.Event) -> None:
        """Wait until something is new, or for PULSE: what was said last is said again."""
        try:
            await asyncio.wait_for(event.wait(), PULSE)
        except TimeoutError:
            return

    def _wake(self) -> None:
        with self._lock:
            for loop, event in self._waiting:
                loop.call_soon_threadsafe(event.set)
