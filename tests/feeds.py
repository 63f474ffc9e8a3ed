"""A site with a feed, for tests: it says what a test puts there, and keeps what it was asked."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape

from .server import Server, request, serving

ATOM = """\
<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0">
<id>urn:feed</id><title>A blog</title><updated>2026-05-01T10:00:00Z</updated>
{entries}
</feed>
"""


@dataclass(kw_only=True)
class Site:
    """What is at each path: a body, and a status and headers where they are not those of a feed."""

    server: Server
    bodies: dict[str, str | bytes] = field(default_factory=dict)
    status: dict[str, int] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def feed(self) -> str:
        """Where the feed is."""
        return f"{self.server.url}/feed"

    def publish(self, *entries: str) -> None:
        """Make the feed one of these entries."""
        self.bodies["/feed"] = ATOM.format(entries="\n".join(entries))

    def page(self, path: str, title: str, head: str = "") -> str:
        """Put a page of that title there; gives back its address."""
        self.bodies[path] = f"<title>{escape(title)} – A blog</title>{head}<h1>{title}</h1>"
        return f"{self.server.url}{path}"

    def answer(self, asked: str) -> bytes:
        head, _, said = asked.partition("\r\n\r\n")
        head += "\r\n"
        path = head.split(" ")[1]
        self.asked.append(head)
        self.said.append(said)
        status = self.status.get(path, 200 if path in self.bodies else 404)
        headers = self.headers.get(path, {})
        tag = headers.get("ETag")
        if tag and f"if-none-match: {tag}\r\n" in head:
            status = 304
        body = b"" if status == 304 else self.bodies.get(path, "")
        body = body.encode() if isinstance(body, str) else body
        lines = [f"HTTP/1.1 {status} x", *(f"{name}: {value}" for name, value in headers.items())]
        if status != 304:
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join([*lines, "", ""]).encode() + body


def entry(
    identifier: str,
    title: str = "",
    *,
    link: str = "",
    published: str = "",
    html: str = "",
    more: str = "",
) -> str:
    """One entry as Atom, its id a URN."""
    parts = [f"<id>urn:{escape(identifier)}</id>", f"<title>{escape(title)}</title>"]
    parts += [f'<link href="{escape(link)}"/>'] if link else []
    parts += [f"<published>{published}</published>"] if published else []
    parts += [f'<content type="html">{escape(html)}</content>'] if html else []
    return f"<entry>{''.join(parts)}{more}</entry>"


@contextmanager
def a_site() -> Iterator[Site]:
    """Start it on a free port."""

    def handle(server: Server, connection: socket.socket) -> None:
        connection.sendall(site.answer(request(connection).decode()))

    with serving(handle) as server:
        site = Site(server=server)
        yield site
