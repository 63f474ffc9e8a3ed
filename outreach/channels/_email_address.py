"""Mail addresses, and the ids that our letters have."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from outreach.rules import keys
from outreach.rules.addresses import normal

_MAILBOX = re.compile(r"(?:(?P<name>[^<>]*)<(?P<inside>[^<>]*)>|(?P<bare>\S+))")
_KEY = r"(?P<key>[2-7a-z]{13})"
_EARLIEST, _LATEST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Who writes: a name, which may be empty, and an address in ASCII.

    `plus`: mail to `local+anything` comes to it too (RFC 5233).
    """

    name: str
    local: str
    domain: str
    plus: bool = True

    @property
    def address(self) -> str:
        return f"{self.local}@{self.domain}"

    def message_id(self, key: str) -> str:
        """The Message-ID of the letter with this key; the same for each attempt."""
        return f"<{key}@{self.domain}>"

    def returning(self, key: str) -> str:
        """Where the letter goes back to if it cannot be delivered."""
        return f"{self.local}+bounce-{key}@{self.domain}" if self.plus else self.address

    def answering(self, key: str) -> str:
        """Where answers to the letter go."""
        return f"{self.local}+{key}@{self.domain}" if self.plus else self.address

    def wrote(self, message_id: str) -> bool:
        """Whether a Message-ID looks like one of ours."""
        return self.key_of(message_id) != ""

    def key_of(self, message_id: str) -> str:
        """The key of the letter with this Message-ID; "" where it is none of ours."""
        return _key(rf"<{_KEY}@{re.escape(self.domain)}>", message_id)

    def came_back(self, address: str) -> str:
        """The key of the letter of ours that mail to this address brings back; "" for any other."""
        return _key(rf"{re.escape(self.local)}\+bounce-{_KEY}@{re.escape(self.domain)}", address)

    def answered(self, address: str) -> str:
        """The key of the letter of ours that mail to this address answers; "" for any other.

        Some programs answer to where a letter goes back to.
        """
        shape = rf"{re.escape(self.local)}\+(?:bounce-)?{_KEY}@{re.escape(self.domain)}"
        return _key(shape, address)


def sender(value: str) -> Sender:
    """`Ada <ada@acme.example>`, or the address alone. Raises ValueError for anything else."""
    found = _MAILBOX.fullmatch(value.strip())
    if found is None or not value.isprintable():
        raise ValueError(f"{value!r} is no mailbox; write Ada <ada@acme.example>")
    local, _, domain = address(found["inside"] or found["bare"] or "").rpartition("@")
    name = (found["name"] or "").strip().strip('"')
    return Sender(name=name, local=local, domain=domain)


def address(value: str) -> str:
    """A mail address as we keep them. Raises ValueError, which quotes it, for anything else."""
    try:
        return normal(value)
    except ValueError as error:
        raise ValueError(f"{value!r} is no mail address that we can write to: {error}") from error


def _key(shape: str, text: str) -> str:
    """The key in a text of this shape, if it was made in our time: not each word is a key."""
    found = re.fullmatch(shape, text, re.IGNORECASE)
    key = found["key"].lower() if found else ""
    return key if key and _EARLIEST < keys.time_of(key) < _LATEST else ""
