"""Mail, as a provider gives it: submission, a mailbox, and a document that says where."""

import asyncio
from collections.abc import Awaitable, Callable

from markupsafe import Markup
from markupsafe import escape as escape_html
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from outreach.sandbox.email_imap import Reading
from outreach.sandbox.email_mailbox import NAME, Directory, compose, named, new_id
from outreach.sandbox.email_smtp import LONGEST, Submission
from outreach.sandbox.email_trouble import Broken
from outreach.sandbox.links import links
from outreach.sandbox.network import Network
from outreach.sandbox.world import Note, World

HOST = "127.0.0.1"
WHERE = "/.well-known/autoconfig/mail/config-v1.1.xml"

Converse = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Servers:
    """The two listeners; they begin to listen when somebody asks where they are."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._directory = Directory(world)
        self._lock = asyncio.Lock()
        self._ports: list[int] = []
        self._running: list[asyncio.Task[None]] = []

    async def ports(self) -> tuple[int, int]:
        """Where mail is taken and where it is read; the same until this process ends."""
        async with self._lock:
            if not self._ports:
                self._ports = [await self._listen(way) for way in (self._submission, self._reading)]
        return self._ports[0], self._ports[1]

    async def _listen(self, converse: Converse) -> int:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await converse(reader, writer)
            except (Broken, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                return  # the conversation has ended
            except asyncio.CancelledError:
                return  # this process ends; asyncio would print a traceback of whom it cancelled
            finally:
                writer.close()

        server = await asyncio.start_server(handle, HOST, 0)
        self._running.append(asyncio.create_task(server.serve_forever()))
        return int(server.sockets[0].getsockname()[1])

    async def _submission(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Submission(self._world, self._directory, reader, writer).serve()

    async def _reading(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Reading(self._world, reader, writer).serve()


def routes(world: World) -> list[Route]:
    """The document by which mail programs configure themselves (Thunderbird's autoconfig)."""
    servers = Servers(world)

    async def where(request: Request) -> Response:
        submission, reading = await servers.ports()
        return Response(_document(submission, reading), media_type="text/xml")

    return [Route(WHERE, where)]


def _document(submission: int, reading: int) -> str:
    def server(direction: str, kind: str, port: int) -> str:
        return (
            f'<{direction}Server type="{kind}">'
            f"<hostname>{HOST}</hostname><port>{port}</port><socketType>plain</socketType>"
            "<authentication>password-cleartext</authentication>"
            f"<username>%EMAILADDRESS%</username></{direction}Server>"
        )

    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<clientConfig version="1.1">'
        '<emailProvider id="sandbox.example"><domain>sandbox.example</domain>'
        "<displayName>Sandbox</displayName>"
        f"{server('incoming', 'imap', reading)}{server('outgoing', 'smtp', submission)}"
        "</emailProvider></clientConfig>\n"
    )


def _html(request: Request, world: World, note: Note) -> Markup:
    """Whom it went to and under which subject, then its plain text with links that work."""
    pieces, end = [], 0
    for start, stop in links(note.text):
        url = escape_html(note.text[start:stop])
        pieces += [escape_html(note.text[end:start]), _ANCHOR.format(url, url)]
        end = stop
    pieces.append(escape_html(note.text[end:]))
    text = Markup().join(pieces).replace("\n", Markup("<br>"))
    return _HEAD.format(note.extra["subject"], note.extra["to"]) + text


_ANCHOR = Markup('<a href="{}" rel="noopener noreferrer">{}</a>')
_HEAD = Markup("<p><strong>{}</strong><br><small>to {}</small></p>")

network = Network(
    name=NAME,
    title="Newsletter",
    length=LONGEST,
    measure=len,
    new_id=new_id,
    address=lambda handle, text: text,
    refuse=lambda status, now, seconds: PlainTextResponse("mail is refused over SMTP", status),
    html=_html,
    named=named,
    compose=compose,
)
