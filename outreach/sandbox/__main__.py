"""python -m outreach.sandbox: the sandbox on its own."""

import argparse
import signal
import socket
import sys
from pathlib import Path
from types import FrameType

import uvicorn

from outreach.sandbox import Protocol, open_world
from outreach.sandbox.door import LOOPBACK


def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, _end)
    options = _options()
    host, _, port = options.listen.rpartition(":")
    host = host.strip("[]")
    if host not in LOOPBACK or not port.isdigit():
        sys.exit(f"--listen {options.listen}: needs a loopback address and a port")
    app = open_world(options.ledger, residents=options.residents, time_scale=options.time_scale)
    listener = _listener(host, int(port))
    name = f"[{host}]" if ":" in host else host
    sys.stdout.write(f"http://{name}:{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    config = uvicorn.Config(
        app,
        http=Protocol,
        ws="none",
        log_level="warning",
        access_log=False,
        date_header=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    uvicorn.Server(config).run(sockets=[listener])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m outreach.sandbox", description=__doc__)
    parser.add_argument("--listen", default="127.0.0.1:8100", metavar="HOST:PORT")
    parser.add_argument("--ledger", type=Path, required=True, metavar="FILE")
    parser.add_argument("--residents", action="store_true", help="people answer by themselves")
    parser.add_argument("--time-scale", type=float, default=1.0, metavar="N")
    return parser.parse_args()


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=256)
    except OSError as error:
        sys.exit(f"--listen {host}:{port}: {error.strerror}")


def _end(number: int, frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
