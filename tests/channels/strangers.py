"""A site of somebody whom nobody knows: each path answers what a test puts there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from ..server import Server, request, serving


@dataclass(kw_only=True)
class Site:
    """`pages` are whole answers by path. `posted` is what came, as (path, form)."""

    url: str = ""
    pages: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    posted: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def put(
        self,
        path: str,
        body: str | bytes,
        *headers: str,
        kind: str = "text/html",
        status: int = 200,
    ) -> str:
        """A page, and its URL."""
        data = body.encode() if isinstance(body, str) else body
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(data)}", *headers]
        if kind:
            lines.append(f"Content-Type: {kind}")
        self.pages[path] = "\r\n".join([*lines, "", ""]).encode() + data
        return self.url + path

    def move(self, path: str, to: str, status: int = 302) -> str:
        """A redirect, and its URL."""
        return self.put(path, "", f"Location: {to}", status=status)


@contextmanager
def site(host: str = "127.0.0.1") -> Iterator[Site]:
    """The site, until the end of the block."""
    made = Site()

    def handler(server: Server, connection: object) -> None:
        asked = request(connection)  # type: ignore[arg-type]
        method, path = asked.split(b" ")[:2]
        made.asked.append(path.decode())
        if method == b"POST":
            form = asked.partition(b"\r\n\r\n")[2].decode()
            made.posted.append((path.decode(), dict(parse_qsl(form))))
        missing = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        connection.sendall(made.pages.get(path.decode(), missing))  # type: ignore[attr-defined]

    with serving(handler, host) as server:
        made.url = server.url
        yield made
