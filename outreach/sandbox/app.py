"""The sandbox as one ASGI application; its networks are found by their file names."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from starlette.applications import Starlette
from starlette.middleware import Middleware

import outreach.sandbox
from outreach.sandbox.door import Door
from outreach.sandbox.ledger import Ledger
from outreach.sandbox.residents import Residents
from outreach.sandbox.world import World


def open_world(ledger: Path, *, residents: bool = False, time_scale: float = 1.0) -> Starlette:
    """The world as `ledger` tells it. `time_scale` 10 makes every wait ten times shorter."""
    modules = list(_modules())
    networks = {m.network.name: m.network for m in modules if hasattr(m, "network")}
    world = World(Ledger(ledger), networks, time_scale)
    if residents:
        world.stir = Residents(world).speak
    return Starlette(
        routes=[route for module in modules for route in module.routes(world)],
        middleware=[Middleware(Door, world=world)],
    )


def _modules() -> Iterator[ModuleType]:
    """Each file of this package that has `routes`; one with a `network` is a network."""
    for found in pkgutil.iter_modules(outreach.sandbox.__path__, "outreach.sandbox."):
        if found.name != "outreach.sandbox.__main__":
            module = importlib.import_module(found.name)
            if hasattr(module, "routes"):
                yield module
