"""How a network fails: each mode strikes the request that creates a note, and no other."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from outreach.sandbox.network import Network
from outreach.sandbox.protocol import gone, reset, transport_of

if TYPE_CHECKING:
    from outreach.sandbox.world import World

Create = Callable[[Request], Awaitable[Response]]
Creates = Callable[[Request], Awaitable[bool]]

MODES = (
    "apply+reset",
    "apply+hang",
    "apply+500",
    "apply+504",
    "apply+422",
    "apply+truncated",
    "apply+html",
    "apply+late",
    "reset",
    "500",
    "429",
    "401",
    "422",
    "index-lag",
)
LONGEST_HANG = 60.0


@dataclass(kw_only=True)
class Fault:
    """An order to fail. `times` -1 is always; `network` "*" is any."""

    mode: str
    network: str = "*"
    times: int = 1
    seconds: float = 2.0

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ValueError(f"mode {self.mode!r} is none of {', '.join(MODES)}")
        self.times, self.seconds = int(self.times), float(self.seconds)
        if self.times < -1 or self.times == 0 or self.seconds < 0:
            raise ValueError("times is -1 or more than 0, seconds is not negative")

    def covers(self, network: str) -> bool:
        """Whether this network is meant."""
        return self.network in ("*", network)


class Faults:
    """The faults that are still to come, first ordered first."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []
        self._lags: dict[str, float] = {}

    def coming(self, network: str) -> Fault | None:
        """The fault that will strike there next, if any."""
        return next((fault for fault in self.waiting if fault.covers(network)), None)

    def take(self, network: str) -> Fault | None:
        """The fault that strikes now, if any."""
        fault = self.coming(network)
        if fault and fault.times > 0:
            fault.times -= 1
            if not fault.times:
                self.waiting.remove(fault)
        if fault and fault.mode == "index-lag":
            self._lags[network] = fault.seconds
        return fault

    def lag(self, network: str) -> float:
        """How young a note may be, in seconds, and still be missing in listings."""
        return self._lags.get(network, 0.0)

    def clear(self) -> None:
        """Back to a network that works."""
        self.waiting.clear()
        self._lags.clear()


class Publishing:
    """The endpoint of the request that creates a note. Mark it with this and it has all faults.

    Where the same endpoint also does other things, `creates` says which requests are meant.
    """

    def __init__(
        self, world: "World", network: Network, create: Create, creates: Creates | None = None
    ) -> None:
        self.world = world
        self.network = network
        self.create = create
        self.creates = creates
        self._late: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        await request.body()
        struck = self.creates is None or await self.creates(request)
        fault = self.world.faults.take(self.network.name) if struck else None
        if fault is None:
            response = await self.create(request)
            await response(scope, receive, send)
        else:
            await self._strike(fault, request, send)

    async def _strike(self, fault: Fault, request: Request, send: Send) -> None:
        seconds = fault.seconds / self.world.time_scale
        applies = fault.mode.startswith("apply+") and fault.mode != "apply+late"
        response = await self.create(request) if applies or fault.mode == "index-lag" else None
        match fault.mode.removeprefix("apply+"):
            case "reset" | "index-lag":
                await reset(request.scope, request.receive)
            case "hang":
                await _hang(request)
            case "truncated":
                assert response is not None
                await _truncate(response, request, send)
            case "html":
                await _PROXY(request.scope, request.receive, send)
            case "late":
                self._apply_later(request, seconds)
                await reset(request.scope, request.receive)
            case status:
                refusal = self.network.refuse(int(status), self.world.now(), seconds)
                await refusal(request.scope, request.receive, send)

    def _apply_later(self, request: Request, seconds: float) -> None:
        async def apply() -> None:
            await asyncio.sleep(seconds)
            await self.create(request)

        task = asyncio.create_task(apply())
        self._late.add(task)
        task.add_done_callback(self._late.discard)


_PROXY = HTMLResponse("<html><body><h1>One moment, please</h1></body></html>")
"""What a proxy says in the place of the network's own answer."""


async def _hang(request: Request) -> None:
    """Say nothing until the client gives up, or the world ends."""
    try:
        await asyncio.wait_for(gone(request.receive), LONGEST_HANG)
    except (TimeoutError, asyncio.CancelledError):
        await reset(request.scope, request.receive)


async def _truncate(response: Response, request: Request, send: Send) -> None:
    """Promise the whole body, send half of it, and hang up."""
    body = bytes(response.body)
    await send(
        {
            "type": "http.response.start",
            "status": response.status_code,
            "headers": response.raw_headers,
        }
    )
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    transport_of(request.scope).close()
    await gone(request.receive)


def routes(world: "World") -> list[Route]:
    """The tests' lever: POST a fault, GET what is waiting, DELETE to heal."""

    async def order(request: Request) -> Response:
        try:
            fault = Fault(**await request.json())
        except (json.JSONDecodeError, TypeError, ValueError) as error:
            return JSONResponse({"error": str(error)}, 400)
        if fault.network != "*" and fault.network not in world.networks:
            return JSONResponse({"error": f"no network {fault.network!r}"}, 400)
        world.faults.waiting.append(fault)
        return JSONResponse(_listed(world.faults), 201)

    async def show(request: Request) -> Response:
        return JSONResponse(_listed(world.faults))

    async def heal(request: Request) -> Response:
        world.faults.clear()
        return JSONResponse(_listed(world.faults))

    return [
        Route("/faults", order, methods=["POST"]),
        Route("/faults", show, methods=["GET"]),
        Route("/faults", heal, methods=["DELETE"]),
    ]


def _listed(faults: Faults) -> list[dict[str, Any]]:
    return [asdict(fault) for fault in faults.waiting]
