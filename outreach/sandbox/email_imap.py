"""Reading mail: as much of IMAP4rev1 (RFC 3501) as a mail program needs that only reads."""

import asyncio
import re
from collections.abc import Callable, Iterator

from outreach.sandbox.email_mailbox import NAME, arrived, source
from outreach.sandbox.email_trouble import Broken
from outreach.sandbox.world import Account, Note, World

LONGEST_LITERAL = 1024
_LITERAL = re.compile(r"\{(\d{1,9})\}$")
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|([^\s"]+)')
_ITEM = re.compile(
    r"(?P<name>UID|FLAGS|INTERNALDATE|RFC822\.SIZE)"
    r"|BODY(?:\.PEEK)?\[(?P<section>HEADER|TEXT|)\](?:<(?P<start>\d+)\.(?P<length>\d+)>)?",
    re.IGNORECASE,
)


class Bad(Exception):
    """The command cannot be understood, or not now."""


class Denied(Exception):
    """The command is understood and not followed."""


class Reading:
    """One connection of a client that reads mail. Every mailbox is read-only here."""

    def __init__(
        self, world: World, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._world = world
        self._reader = reader
        self._writer = writer
        self._account: Account | None = None
        self._open = False
        self._shown = 0

    async def serve(self) -> None:
        """Follow commands until one side hangs up; raises what ends the connection."""
        await self._say("* OK sandbox.example IMAP4rev1")
        over = False
        while not over:
            tag, _, rest = (await self._command()).partition(" ")
            word, _, rest = rest.partition(" ")
            over = word.upper() == "LOGOUT"
            try:
                done = self._follow(word.upper(), rest)
            except Bad as error:
                done = f"BAD {error}"
            except Denied as error:
                done = f"NO {error}"
            await self._say(f"{tag} {done}")

    def _follow(self, word: str, rest: str) -> str:
        self._world.stir()
        by_uid = word == "UID"
        if by_uid:
            word, _, rest = rest.partition(" ")
            word = word.upper()
        commands: dict[str, Callable[[str], str]] = {
            "CAPABILITY": self._capability,
            "LOGIN": self._login,
            "LIST": self._list,
            "SELECT": self._select,
            "EXAMINE": self._select,
            "NOOP": self._noop,
            "CLOSE": self._close,
            "LOGOUT": self._logout,
            "SEARCH": lambda rest: self._search(rest, by_uid),
            "FETCH": lambda rest: self._fetch(rest, by_uid),
        }
        if word not in commands or (by_uid and word not in ("SEARCH", "FETCH")):
            raise Bad(f"{word[:20]} is not known here")
        return commands[word](rest)

    def _capability(self, rest: str) -> str:
        self._tell("* CAPABILITY IMAP4rev1")
        return "OK done"

    def _login(self, rest: str) -> str:
        """Any name is an account; its password is the name again."""
        words = list(_words(rest))
        if self._account or len(words) != 2:
            raise Bad("LOGIN name password, once")
        if not words[0] or words[0] != words[1]:
            raise Denied("[AUTHENTICATIONFAILED] wrong name or password")
        self._account = self._world.join(NAME, words[0])
        return "OK welcome"

    def _list(self, rest: str) -> str:
        self._known()
        self._tell('* LIST (\\HasNoChildren) "/" INBOX')
        return "OK done"

    def _select(self, rest: str) -> str:
        account = self._known()
        self._open = False
        if [word.upper() for word in _words(rest)] != ["INBOX"]:
            raise Denied("[NONEXISTENT] there is INBOX and no other mailbox")
        self._open = True
        self._shown = len(arrived(self._world, account))
        self._tell(
            "* FLAGS (\\Seen)",
            f"* {self._shown} EXISTS",
            "* 0 RECENT",
            f"* OK [UIDVALIDITY {int(account.at.timestamp())}] as long as the sandbox's book",
            f"* OK [UIDNEXT {self._shown + 1}] the next",
        )
        return "OK [READ-ONLY] done"

    def _noop(self, rest: str) -> str:
        if self._open:
            self._mails()
        return "OK done"

    def _close(self, rest: str) -> str:
        self._mails()
        self._open = False
        return "OK done"

    def _logout(self, rest: str) -> str:
        self._tell("* BYE")
        return "OK done"

    def _search(self, rest: str, by_uid: bool) -> str:
        """Each key narrows the result. Where nothing is deleted, number and UID are the same."""
        found = set(range(1, len(self._mails()) + 1))
        words = iter(_words(rest))
        for word in words:
            match word.upper():
                case "ALL":
                    continue
                case "CHARSET":
                    next(words, "")
                case "UID":
                    found &= set(_numbers(next(words, ""), len(self._mails())))
                case _:
                    found &= set(_numbers(word, len(self._mails())))
        self._tell(" ".join(["* SEARCH", *map(str, sorted(found))]))
        return "OK done"

    def _fetch(self, rest: str, by_uid: bool) -> str:
        which, _, items = rest.partition(" ")
        mails = self._mails()
        wanted = list(_items(items))
        if by_uid and not any(item["name"] and item["name"].upper() == "UID" for item in wanted):
            wanted += _ITEM.finditer("UID")
        for number in _numbers(which, len(mails)):
            if number <= len(mails):
                self._show(number, mails[number - 1], wanted)
        return "OK done"

    def _show(self, number: int, mail: Note, wanted: list[re.Match[str]]) -> None:
        data = source(self._world, mail)
        self._writer.write(b"* %d FETCH (" % number)
        self._writer.write(b" ".join(_shown(item, number, mail, data) for item in wanted))
        self._writer.write(b")\r\n")

    def _known(self) -> Account:
        if self._account is None:
            raise Bad("LOGIN comes first")
        return self._account

    def _mails(self) -> list[Note]:
        """What is in the open mailbox; says so where it has become more."""
        if not self._open:
            raise Bad("EXAMINE comes first")
        mails = arrived(self._world, self._known())
        if len(mails) > self._shown:
            self._shown = len(mails)
            self._tell(f"* {self._shown} EXISTS")
        return mails

    async def _command(self) -> str:
        """A line, with its literals as quoted strings."""
        line = await self._text()
        while literal := _LITERAL.search(line):
            if int(literal[1]) > LONGEST_LITERAL:
                raise Broken("a literal that nobody needs")
            await self._say("+ go on")
            value = (await self._reader.readexactly(int(literal[1]))).decode("utf-8", "replace")
            quoted = value.replace("\\", "\\\\").replace('"', '\\"')
            line = f'{line[: literal.start()]}"{quoted}"{await self._text()}'
        return line

    async def _text(self) -> str:
        return (await self._reader.readuntil(b"\r\n"))[:-2].decode("utf-8", "replace")

    def _tell(self, *lines: str) -> None:
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())

    async def _say(self, line: str) -> None:
        self._tell(line)
        await self._writer.drain()


def _words(text: str) -> Iterator[str]:
    for quoted, plain in _WORD.findall(text):
        yield plain or re.sub(r"\\(.)", r"\1", quoted)


def _numbers(text: str, last: int) -> Iterator[int]:
    """A sequence set. `*` is the last, and `9:*` has the last in it even where that is 4."""
    if not re.fullmatch(r"(\d+|\*)(:(\d+|\*))?(,(\d+|\*)(:(\d+|\*))?)*", text):
        raise Bad(f"{text[:40]!r} is no sequence set")
    for part in text.split(","):
        ends = sorted(last if end == "*" else int(end) for end in part.split(":"))
        yield from range(max(ends[0], 1), min(ends[-1], last) + 1)


def _items(text: str) -> Iterator[re.Match[str]]:
    for word in text.strip().removeprefix("(").removesuffix(")").split():
        found = _ITEM.fullmatch(word)
        if found is None:
            raise Bad(f"{word[:40]!r} cannot be fetched here")
        yield found


def _shown(item: re.Match[str], number: int, mail: Note, data: bytes) -> bytes:
    if item["name"]:
        values = {
            "UID": str(number),
            "FLAGS": "()",
            "INTERNALDATE": f'"{mail.at:%d-%b-%Y %H:%M:%S} +0000"',
            "RFC822.SIZE": str(len(data)),
        }
        name = item["name"].upper()
        return f"{name} {values[name]}".encode()
    section = item["section"].upper()
    head, gap, rest = data.partition(b"\r\n\r\n")
    part = {"": data, "HEADER": head + gap, "TEXT": rest}[section]
    place = ""
    if item["start"] is not None:
        start = int(item["start"])
        part, place = part[start : start + int(item["length"])], f"<{start}>"
    return f"BODY[{section}]{place} {{{len(part)}}}\r\n".encode() + part
