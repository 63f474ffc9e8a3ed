"""`make servers`: installs the servers that tests start, each where it is missing."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Protocol

from tests import servers


class Server(Protocol):
    """A file of this folder that starts a server."""

    def missing(self) -> bool: ...

    def install(self) -> None: ...


def every() -> Iterator[Server]:
    """The servers, found by file name."""
    for entry in pkgutil.iter_modules(servers.__path__):
        if not entry.name.startswith(("_", "test_")):
            module: Server = import_module(f"{servers.__name__}.{entry.name}")
            yield module


def main() -> None:
    for server in every():
        if server.missing():
            server.install()


if __name__ == "__main__":
    main()
