"""Mail submission, as RFC 5321, 6409 and 4954 describe it."""

import asyncio
import base64
import binascii
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from outreach.sandbox import email_robots as robots
from outreach.sandbox.email_letters import Letter, Unacceptable, read
from outreach.sandbox.email_mailbox import NAME, Directory, take
from outreach.sandbox.email_trouble import Broken, struck
from outreach.sandbox.world import Account, World

LONGEST = 10_000_000
"""Octets of a mail."""

LONGEST_COMMAND = 2048
MOST_RECIPIENTS = 100
EXTENSIONS = ("PIPELINING", f"SIZE {LONGEST}", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")
UNKNOWN = "nobody"
"""Addresses that begin so do not exist, and the server knows it."""

_PATH = re.compile(r"<([^<>\s]*)>((?: [^\s]+)*)\s*")
_ADDRESS = re.compile(r"[^\s@<>\"]{1,64}@[^\s@<>\"]{1,255}")


class Refused(Exception):
    """The command is not followed; the message is the reply."""


@dataclass(kw_only=True)
class Envelope:
    """Where a mail comes from, and where it is to go."""

    return_path: str
    utf8: bool
    recipients: list[str] = field(default_factory=list)


class Submission:
    """One connection of a client that sends mail."""

    def __init__(
        self,
        world: World,
        directory: Directory,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._world = world
        self._directory = directory
        self._reader = reader
        self._writer = writer
        self._greeted = False
        self._account: Account | None = None
        self._envelope: Envelope | None = None

    async def serve(self) -> None:
        """Follow commands until one side hangs up; raises what ends the connection."""
        reply = "220 sandbox.example ESMTP"
        while not reply.startswith("221"):
            await self._say(reply)
            try:
                reply = await self._follow(await self._line())
            except Refused as refused:
                reply = str(refused)
        await self._say(reply)

    async def _follow(self, line: str) -> str:
        if line.endswith("HTTP/1.1"):
            raise Broken("a page of the web, not a mail program")
        verb, _, rest = line.partition(" ")
        commands: dict[str, Callable[[str], Awaitable[str]]] = {
            "EHLO": self._ehlo,
            "HELO": self._ehlo,
            "AUTH": self._auth,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "RSET": self._rset,
            "NOOP": self._noop,
            "QUIT": self._quit,
        }
        if verb.upper() not in commands:
            raise Refused(f"502 5.5.1 {verb[:20]} is not known here")
        return await commands[verb.upper()](rest.strip())

    async def _ehlo(self, rest: str) -> str:
        if not rest:
            raise Refused("501 5.5.4 Say who you are")
        self._greeted, self._envelope = True, None
        lines = ("sandbox.example", *EXTENSIONS, "AUTH PLAIN LOGIN")
        last = len(lines) - 1
        return "\r\n".join(f"250{' ' if n == last else '-'}{line}" for n, line in enumerate(lines))

    async def _auth(self, rest: str) -> str:
        """RFC 4954. Any name is an account; its password is the name again."""
        way, _, first = rest.partition(" ")
        if not self._greeted or self._account or self._envelope:
            raise Refused("503 5.5.1 Not now")
        match way.upper():
            case "PLAIN":
                _, name, password = _split(first or await self._ask(""))
            case "LOGIN":
                name = _decoded(first or await self._ask("Username:"))
                password = _decoded(await self._ask("Password:"))
            case _:
                raise Refused("504 5.5.4 PLAIN or LOGIN")
        if not name or name != password:
            raise Refused("535 5.7.8 Authentication credentials invalid")
        self._account = self._world.join(NAME, name)
        return "235 2.7.0 Authentication succeeded"

    async def _ask(self, what: str) -> str:
        await self._say(f"334 {base64.b64encode(what.encode()).decode()}")
        answer = await self._line()
        if answer == "*":
            raise Refused("501 5.7.0 Authentication cancelled")
        return answer

    async def _mail(self, rest: str) -> str:
        if not self._greeted or self._envelope:
            raise Refused("503 5.5.1 Not now")
        if self._account is None or self._strikes("401"):
            self._account = None
            raise Refused("530 5.7.0 Authentication required")
        address, options = _path("FROM:", rest)
        size = options.get("SIZE", "0")
        if not size.isdecimal() or int(size) > LONGEST:
            raise Refused(f"552 5.3.4 {LONGEST} octets at most")
        if unknown := set(options) - {"SIZE", "BODY", "SMTPUTF8", "AUTH"}:
            raise Refused(f"555 5.5.4 {min(unknown)} is not known here")
        envelope = Envelope(return_path=address, utf8="SMTPUTF8" in options)
        if address:
            _check(address, envelope)
        self._envelope = envelope
        return "250 2.1.0 Ok"

    async def _rcpt(self, rest: str) -> str:
        if self._envelope is None:
            raise Refused("503 5.5.1 MAIL comes first")
        address, options = _path("TO:", rest)
        if options:
            raise Refused(f"555 5.5.4 {min(options)} is not known here")
        _check(address, self._envelope)
        if self._strikes("429"):
            raise Refused("450 4.7.1 Too many mails, come again later")
        if address.startswith(UNKNOWN):
            raise Refused(f"550 5.1.1 <{address}>: there is no such user")
        if len(self._envelope.recipients) >= MOST_RECIPIENTS:
            raise Refused(f"452 4.5.3 {MOST_RECIPIENTS} recipients at most")
        self._envelope.recipients.append(address)
        return "250 2.1.5 Ok"

    async def _data(self, rest: str) -> str:
        envelope = self._envelope
        if envelope is None:
            raise Refused("503 5.5.1 MAIL comes first")
        if not envelope.recipients:
            raise Refused("554 5.5.1 No valid recipients")
        await self._say("354 End with <CR><LF>.<CR><LF>")
        source = await self._source()
        self._envelope = None
        if source is None:
            raise Refused(f"552 5.3.4 {LONGEST} octets at most")
        try:
            letter = read(source)
        except Unacceptable as error:
            raise Refused(f"554 {error}") from error
        accept = partial(self._accept, self._account, envelope, letter)
        fault = self._world.faults.take(NAME)
        if fault is None:
            return accept()
        return await struck(self._world, fault, accept, self._reader, self._writer)

    def _accept(self, account: Account | None, envelope: Envelope, letter: Letter) -> str:
        """Take it over: from here on it is on its way to each recipient."""
        assert account is not None, "no envelope without an account"
        for recipient in envelope.recipients:
            note = take(self._world, self._directory, account, recipient, letter)
            robots.answer(self._world, note, envelope.return_path)
        return "250 2.0.0 Ok: queued"

    async def _source(self) -> bytes | None:
        """Read to the final dot and undo its stuffing; None if that is too much to keep."""
        lines, size = [], 0
        while (line := await self._reader.readuntil(b"\r\n")) != b".\r\n":
            line = line[1:] if line.startswith(b".") else line
            size += len(line)
            if size <= LONGEST:
                lines.append(line)
        return b"".join(lines) if size <= LONGEST else None

    async def _rset(self, rest: str) -> str:
        self._envelope = None
        return "250 2.0.0 Ok"

    async def _noop(self, rest: str) -> str:
        return "250 2.0.0 Ok"

    async def _quit(self, rest: str) -> str:
        return "221 2.0.0 Bye"

    def _strikes(self, mode: str) -> bool:
        """Whether the fault that comes next is of this mode; it has struck then."""
        coming = self._world.faults.coming(NAME)
        return coming is not None and coming.mode == mode and bool(self._world.faults.take(NAME))

    async def _line(self) -> str:
        line = await self._reader.readuntil(b"\r\n")
        if len(line) > LONGEST_COMMAND:
            raise Refused("500 5.5.2 The line is too long")
        return line.decode("utf-8", "replace").rstrip("\r\n")

    async def _say(self, reply: str) -> None:
        self._writer.write(f"{reply}\r\n".encode())
        await self._writer.drain()


def _path(word: str, rest: str) -> tuple[str, dict[str, str]]:
    """The address of `FROM:<address> NAME=VALUE …` and its options."""
    found = _PATH.fullmatch(rest[len(word) :].strip())
    if rest[: len(word)].upper() != word or found is None:
        raise Refused(f"501 5.5.4 Syntax: {word}<address>")
    pairs = (option.partition("=") for option in found[2].split())
    return found[1], {name.upper(): value for name, _, value in pairs}


def _check(address: str, envelope: Envelope) -> None:
    if not _ADDRESS.fullmatch(address):
        raise Refused(f"501 5.1.3 <{address}> is no address")
    if not address.isascii() and not envelope.utf8:
        raise Refused("553 5.6.7 An address that is not ASCII needs SMTPUTF8")


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Refused("501 5.5.2 Not base64") from error


def _split(value: str) -> tuple[str, str, str]:
    """authzid NUL authcid NUL password (RFC 4616)."""
    parts = _decoded(value).split("\0")
    if len(parts) != 3:
        raise Refused("501 5.5.2 Not PLAIN")
    return parts[0], parts[1], parts[2]
