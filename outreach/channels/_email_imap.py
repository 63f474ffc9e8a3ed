"""Mail comes home: one mailbox, read and left as it is (IMAP4rev1, RFC 3501)."""

import imaplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from outreach.channels._email_servers import Place, Security, connect
from outreach.channels._email_smtp import Credential
from outreach.channels._email_wire import Wire
from outreach.fetch import Fetch
from outreach.model.errors import Unauthorized, Unavailable

LARGEST = 1 << 20
"""How much of one mail is read, in bytes: its words come before what is attached."""

PAGE = 50

_LATER = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]")
"""Refusals of a sign-in that say nothing of the password (RFC 5530)."""


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """The next mails of a mailbox, oldest first, and the cursor behind them."""

    mails: tuple[bytes, ...]
    cursor: str


class Mailbox:
    """The INBOX of one account. A cursor is UIDVALIDITY:UID, the last mail that was read.

    Raises Unauthorized where the sign-in is refused, else Unavailable.
    """

    def __init__(
        self, at: Callable[[], Place], credential: Callable[[], Credential], fetch: Fetch
    ) -> None:
        self._at = at
        self._credential = credential
        self._fetch = fetch

    def verify(self) -> None:
        """Sign in and open the mailbox."""
        with self._opened():
            pass

    def after(self, cursor: str | None) -> Stretch:
        """The mails after the cursor, PAGE at most; all where the mailbox was made anew since."""
        with self._opened() as client:
            validity = client.validity()
            known, _, last = (cursor or "").partition(":")
            read = int(last) if known == str(validity) and last.isdecimal() else 0
            found = client.uids(read)[:PAGE]
            mails = tuple(mail for uid in found if (mail := client.mail(uid)))
            return Stretch(mails=mails, cursor=f"{validity}:{found[-1] if found else read}")

    @contextmanager
    def _opened(self) -> Iterator["_Client"]:
        """The mailbox, opened to read and nothing else."""
        at = self._at()
        credential = self._credential()
        wire = connect(at, self._fetch)
        try:
            client = _Client(wire)
            if at.security is Security.STARTTLS:
                client.secure(at)
            client.sign_in(*credential)
            client.examine()
            yield client
        except (OSError, imaplib.IMAP4.error, ValueError) as error:
            raise Unavailable(f"{at}: {_words(error)}") from error
        finally:
            wire.close()


class _Client(imaplib.IMAP4):
    """imaplib over our own connection, in the words that we need."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        super().__init__()

    def secure(self, at: Place) -> None:
        """STARTTLS, or Unavailable."""
        kind, _ = self.xatom("STARTTLS")
        if kind != "OK":
            raise Unavailable(
                f"{at} offers no STARTTLS, and a password is not sent in the clear; "
                "name another port (993) or server"
            )
        self._wire.secure(at.host)

    def sign_in(self, user: str, password: str) -> None:
        """Raises Unauthorized where the password is refused, for good."""
        self._wire.begin()
        try:
            if "AUTH=PLAIN" in self.capabilities:
                words = "\0".join(("", user, password)).encode()
                self.authenticate("PLAIN", lambda _: words)
            else:
                self.login(user, password)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            said = _words(error)
            if any(code in said.upper() for code in _LATER):
                raise
            raise Unauthorized(f"the mailbox refuses {user}: {said}") from error

    def examine(self) -> None:
        """Open the INBOX without marking anything as read."""
        self._wire.begin()
        kind, said = self.select("INBOX", readonly=True)
        if kind != "OK":
            raise imaplib.IMAP4.error(f"INBOX cannot be opened: {said!r}")

    def validity(self) -> int:
        """What the mailbox's numbers are worth; another one means that they were given anew."""
        _, said = self.response("UIDVALIDITY")
        return int(_bytes(said[-1]))

    def uids(self, after: int) -> list[int]:
        """The numbers above `after`. `n:*` names the newest mail also where that is older."""
        self._wire.begin()
        kind, said = self.uid("SEARCH", "UID", f"{after + 1}:*")
        if kind != "OK":
            raise imaplib.IMAP4.error(f"SEARCH: {said!r}")
        numbers = {int(word) for line in said for word in _bytes(line).split()}
        return sorted(number for number in numbers if number > after)

    def mail(self, uid: int) -> bytes:
        """How a mail begins, LARGEST bytes at most; b"" where it is gone."""
        self._wire.begin()
        kind, said = self.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{LARGEST}>)")
        if kind != "OK":
            raise imaplib.IMAP4.error(f"FETCH {uid}: {said!r}")
        return next((part[1] for part in said if isinstance(part, tuple)), b"")

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        """The connection is there already."""

    def read(self, size: int) -> bytes:
        return self._wire.read(size)

    def readline(self) -> bytes:
        return self._wire.readline()

    def send(self, data: bytes) -> None:  # type: ignore[override]
        self._wire.send(data)

    def shutdown(self) -> None:
        self._wire.close()


def _bytes(said: object) -> bytes:
    return said if isinstance(said, bytes) else b""


def _words(error: Exception) -> str:
    """What imaplib's error says; it may hold bytes."""
    parts = (p.decode("utf-8", "replace") if isinstance(p, bytes) else str(p) for p in error.args)
    return " ".join(" ".join(parts).split())[:300] or type(error).__name__
