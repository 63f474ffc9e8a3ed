"""Letters go out: SMTP as a mail program speaks it (RFC 5321, 3207, 4954, 6409)."""

import base64
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass

from outreach.channels._email_servers import Place, Security, connect
from outreach.channels._email_wire import Wire
from outreach.fault import reached
from outreach.fetch import Fetch, Permit
from outreach.model.errors import (
    Deferred,
    OutreachError,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    Uncertain,
    Undeliverable,
)

Credential = tuple[str, str]
"""A user, and a password."""

SIGN_IN = frozenset({530, 534, 535, 538})
NOBODY = frozenset({550, 551, 553})
_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])(.*?))?\r?\n", re.DOTALL)
_RATE = re.compile(
    r"\brate\b|too (?:many|fast|much)|throttl|slow(?:ing)? down"
    r"|(?:send(?:ing)?|message|mail|connection|hourly|daily|user) (?:limit|quota)",
    re.IGNORECASE,
)
_STATUS = re.compile(r"\b5\.(\d{1,3})\.\d{1,3}\b")
"""An enhanced status code (RFC 3463): 5.1.x is about the address, 5.7.x a policy."""

_OURSELVES = re.compile(
    r"relay(?:ing)? (?:access )?(?:is )?(?:denied|not (?:permitted|allowed)|prohibited)"
    r"|sender address rejected|not owned by|authentication (?:is )?required",
    re.IGNORECASE,
)
"""What a server says at the recipient and means of us: it holds for every letter."""

_QUOTED = re.compile(r"(?<!\S)(?:said|replied|responded|response)\b.*", re.IGNORECASE)
"""Where a server begins to repeat what the recipient's own one says, which may be anything."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the server says, in one line."""

    code: int
    lines: tuple[str, ...]

    def __str__(self) -> str:
        words = " ".join(" ".join(self.lines).split())
        return f"{self.code} {''.join(filter(str.isprintable, words))[:300]}".strip()

    @property
    def own(self) -> str:
        """The same, without what it repeats of another server."""
        return _QUOTED.sub("", str(self))


class Submission:
    """The way to one server. Its connection is kept from letter to letter.

    `at` says where the server is, and is asked for each connection; `credential` who we are (None
    signs nobody in), and is asked for each letter, so that a new sign-in counts at once.
    """

    def __init__(
        self, at: Callable[[], Place], credential: Callable[[], Credential | None], fetch: Fetch
    ) -> None:
        self._at = at
        self._credential = credential
        self._fetch = fetch
        self._lock = threading.Lock()
        self._kept: Session | None = None

    def send(self, sender: str, recipient: str, message: bytes) -> None:
        """One letter to one address; lines end in CRLF.

        Raises Uncertain only where the answer to the final dot is lost: before that nothing was
        sent, and a refusal is the server's word that it did not take it (RFC 5321, 4.2).
        """
        with self._lock:
            session = self._session()
            try:
                session.send(sender, recipient, message, self._fetch.permit)
            except OSError as error:
                self._drop()
                raise Unavailable(f"{session.at}: {error}") from error
            except (Uncertain, Unauthorized):
                self._drop()
                raise

    def verify(self) -> None:
        """Sign in, say a word, and leave. Raises Unauthorized or Unavailable."""
        session = self._opened(self._credential())
        alive = session.is_alive()
        session.close()
        if not alive:
            raise Unavailable(f"{session.at}: it signed us in and does not answer")

    def _session(self) -> "Session":
        """The one that was kept, if it still answers; else a new one."""
        credential = self._credential()
        kept = self._kept
        if kept is not None and kept.credential == credential and kept.is_alive():
            return kept
        self._drop()
        self._kept = self._opened(credential)
        return self._kept

    def _opened(self, credential: Credential | None) -> "Session":
        at = self._at()
        wire = connect(at, self._fetch)
        try:
            return Session(wire, at, credential)
        except OSError as error:
            wire.close()
            raise Unavailable(f"{at}: {error}") from error
        except OutreachError:
            wire.close()
            raise

    def _drop(self) -> None:
        if self._kept is not None:
            self._kept.close()
            self._kept = None


class Session:
    """One signed-in connection. Raises OSError where the connection is of no more use."""

    def __init__(self, wire: Wire, at: Place, credential: Credential | None) -> None:
        self.at = at
        self.credential = credential
        self._wire = wire
        self._greeted(self._reply())
        self._hello()
        if at.security is Security.STARTTLS:
            self._secure()
        if credential is not None:
            self._sign_in(*credential)

    def is_alive(self) -> bool:
        """Whether the server still listens; what was begun with it is forgotten."""
        self._wire.begin()
        try:
            return self._ask("RSET").code == 250
        except OSError:
            return False

    def send(self, sender: str, recipient: str, message: bytes, permit: Permit) -> None:
        """One transaction. `permit` is asked before the letter goes."""
        self._wire.begin()
        size = f" SIZE={len(message)}" if "SIZE" in self._can else ""
        self._begin(self._ask(f"MAIL FROM:<{sender}>{size}"))
        self._reached(self._ask(f"RCPT TO:<{recipient}>"))
        permit()
        self._expect(self._ask("DATA"), 3)
        content = stuffed(message)
        self._wire.send(content[:1])
        reached("first-byte")
        self._wire.send(content[1:])
        self._finish()

    def close(self) -> None:
        self._wire.close()

    def _finish(self) -> None:
        """The final dot; from here on only the server knows whether it has the letter."""
        try:
            self._wire.send(b".\r\n")
            reached("last-byte")
            reply = self._reply(reached)
        except OSError as error:
            raise Uncertain(f"{self.at}: no answer to the end of the letter: {error}") from error
        if reply.code == 421 or reply.code // 100 == 3:
            raise Uncertain(f"{self.at}: {reply}, as answer to the end of the letter")
        self._expect(reply, 2)

    def _greeted(self, reply: Reply) -> None:
        if reply.code // 100 != 2:
            raise self._unavailable(reply)

    def _hello(self) -> None:
        reply = self._ask(f"EHLO {self._wire.local}")
        self._greeted(reply)
        words = (line.replace("=", " ").upper().split() for line in reply.lines[1:])
        self._can = {found[0]: frozenset(found[1:]) for found in words if found}

    def _secure(self) -> None:
        if "STARTTLS" not in self._can:
            raise Unavailable(
                f"{self.at} offers no STARTTLS, and a password is not sent in the clear; "
                "name another port (465) or server"
            )
        self._greeted(self._ask("STARTTLS"))
        self._wire.secure(self.at.host)
        self._hello()

    def _sign_in(self, user: str, password: str) -> None:
        offered = self._can.get("AUTH", frozenset())
        if "PLAIN" in offered:
            words = "\0".join(("", user, password))
            reply = self._ask(f"AUTH PLAIN {_coded(words)}")
        elif "LOGIN" in offered:
            reply = self._ask("AUTH LOGIN")
            for word in (user, password):
                reply = self._ask(_coded(word)) if reply.code == 334 else reply
        else:
            raise Unauthorized(f"{self.at} offers no sign-in that we know (PLAIN, LOGIN)")
        if reply.code // 100 == 4:
            raise self._unavailable(reply)
        if reply.code != 235:
            raise Unauthorized(f"{self.at}: {reply}")

    def _begin(self, reply: Reply) -> None:
        """A sender that is refused is refused for every letter, but for one that is too large."""
        if reply.code // 100 == 5 and reply.code != 552:
            raise Unauthorized(f"{self.at}: {reply}")
        self._expect(reply, 2)

    def _reached(self, reply: Reply) -> None:
        """Where a server knows nobody of that name, it says so here (RFC 5321, 4.2.3)."""
        about = _STATUS.search(str(reply))
        is_address = about is None or about[1] == "1"
        if reply.code in NOBODY and is_address and not _OURSELVES.search(reply.own):
            raise Undeliverable(f"{self.at}: {reply}", reply.code)
        if reply.code // 100 == 4 and reply.code != 421 and not _RATE.search(str(reply)):
            raise Deferred(f"{self.at}: {reply}")
        self._expect(reply, 2)

    def _expect(self, reply: Reply, kind: int) -> None:
        """A reply of this kind; any other is a refusal, after which nothing was sent."""
        if reply.code // 100 == kind:
            return
        if reply.code in SIGN_IN or (reply.code >= 500 and _OURSELVES.search(reply.own)):
            raise Unauthorized(f"{self.at}: {reply}")
        if reply.code >= 500:
            raise Rejected(f"{self.at}: {reply}", reply.code)
        raise self._unavailable(reply)

    def _unavailable(self, reply: Reply) -> Unavailable:
        error = RateLimited if _RATE.search(str(reply)) else Unavailable
        return error(f"{self.at}: {reply}")

    def _ask(self, command: str) -> Reply:
        self._wire.send(f"{command}\r\n".encode("ascii"))
        return self._reply()

    def _reply(self, mark: Callable[[str], None] | None = None) -> Reply:
        """A whole reply; `mark` is told of its head and its end."""
        lines: list[str] = []
        while True:
            line = self._wire.readline()
            found = _LINE.fullmatch(line)
            if found is None:
                raise ConnectionError(f"no SMTP: {line[:80]!r}")
            if mark is not None and not lines:
                mark("answer-head")
            lines.append((found[3] or b"").decode("utf-8", "replace"))
            if found[2] != b"-":
                break
        if mark is not None:
            mark("answer-body")
        return Reply(code=int(found[1]), lines=tuple(lines))


def stuffed(message: bytes) -> bytes:
    """The message as it goes after DATA, without the final dot (RFC 5321, 4.5.2)."""
    lines = message.removesuffix(b"\r\n").split(b"\r\n")
    return b"".join((b"." + line if line[:1] == b"." else line) + b"\r\n" for line in lines)


def _coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")
