"""Every error, named for what its catcher does next.

OutreachError
├── Unavailable        try later
│   ├── RateLimited    try later, not before `until`
│   └── Deferred       try later; it is the recipient's fault alone
├── Uncertain          it may be there: settle, then ask `find`
│   └── Duplicate      the network says it is there
├── Rejected           never again; tell the author why
│   ├── Unwanted       never again; nobody needs to know
│   └── Undeliverable  never again to this recipient, whatever it is
├── Unauthorized       pause the account until a human reconnects it
└── Refused            stop the command, print the message, exit with `code`
    ├── FolderInUse    another process runs this folder
    └── Mistakes       a person's files need a person
"""

from dataclasses import dataclass
from datetime import datetime


class OutreachError(Exception):
    """Whatever we raise ourselves."""


class Unavailable(OutreachError):
    """Nothing happened on the other side; the same call may go through later."""


class Deferred(Unavailable):
    """The recipient cannot be reached now, which says nothing of the account."""


class RateLimited(Unavailable):
    """Not before `until` (UTC); None where the network did not say."""

    def __init__(self, message: str, until: datetime | None = None) -> None:
        super().__init__(message)
        self.until = until


class Uncertain(OutreachError):
    """The request left, and no answer says whether it was applied."""


class Duplicate(Uncertain):
    """The network refuses the note because it already has it."""


class Rejected(OutreachError):
    """The network will never take this request. `status` is its HTTP status, `body` its answer."""

    def __init__(self, message: str, status: int = 0, body: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.body = body


class Unwanted(Rejected):
    """Whom this is for takes no such thing, and that is all right."""


class Undeliverable(Rejected):
    """There is nobody at the recipient's address, and there will not be."""


class Unauthorized(OutreachError):
    """The account's credentials are refused."""


class Refused(OutreachError):
    """We will not go on; the message says what, where, why and what to do."""

    code = 1


class FolderInUse(Refused):
    """Another process runs this folder. Exit code 75 (EX_TEMPFAIL of sysexits.h)."""

    code = 75


@dataclass(frozen=True, kw_only=True, order=True)
class Mistake:
    """One thing wrong in a file that a person wrote. `line` counts from 1; 0 is the whole file."""

    path: str
    line: int
    what: str
    expected: str = ""

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line else self.path
        return f"{where}: {self.what}" + (f" (expected {self.expected})" if self.expected else "")


def unreadable(path: str, error: OSError) -> Mistake:
    """What to say of a file that cannot be read."""
    what = f"it cannot be read: {error.strerror or error}"
    return Mistake(path=path, line=0, what=what, expected="a file that outreach may read")


class Mistakes(Refused):
    """All mistakes of a person's configuration at once."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = mistakes
