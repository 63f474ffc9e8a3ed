"""Who has which mail, and how it looks there."""

import secrets
from collections.abc import Iterator
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from itertools import count, islice
from typing import Any

from outreach.sandbox.email_letters import Letter
from outreach.sandbox.world import Account, Note, World

NAME = "email"
READERS = "readers.example"
"""Where the people of the square have their addresses."""


def new_id(at: datetime, last: str) -> str:
    """The left half of a Message-ID; nobody can guess one."""
    return f"{int(at.timestamp() * 1000)}.{secrets.token_hex(4)}"


def named(parent: Note | None, new: str, extra: dict[str, Any]) -> str:
    """A note's id: the Message-ID that its sender gave it, or one of ours."""
    return str(extra.get("message_id") or f"<{new}@{READERS}>")


def compose(world: World, text: str, parent: Note | None) -> dict[str, Any]:
    """What a mail program puts beside the words of a person who answers."""
    if parent is None:
        return {}
    return {
        "mailbox": parent.author.handle,
        "to": address(parent),
        "subject": "Re: " + parent.extra["subject"].removeprefix("Re: "),
    }


def address(note: Note) -> str:
    """Where an answer to it goes."""
    return str(note.extra.get("reply_to") or f"{note.author.handle}@{READERS}")


class Directory:
    """Which account reads which address: the one that has sent from it last."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._seen = 0
        self._readers: dict[str, str] = {}

    def reader(self, recipient: str) -> str:
        """The handle of who reads an address, "" for nobody here. `+detail` is no matter."""
        notes = self._world.notes[NAME]
        for note in islice(notes.values(), self._seen, None):
            if note.extra.get("reply_to"):
                self._readers[_plain(note.extra["reply_to"])] = note.author.handle
        self._seen = len(notes)
        return self._readers.get(_plain(recipient), "")


def _plain(address: str) -> str:
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def arrived(world: World, account: Account) -> list[Note]:
    """The mails in an account's inbox, oldest first; one never moves."""
    mails = [n for n in world.listing(NAME) if n.extra.get("mailbox") == account.handle]
    return mails[::-1]


def take(
    world: World, directory: Directory, sender: Account, recipient: str, letter: Letter
) -> Note:
    """Carry a mail to one recipient. The same Message-ID again is another copy: nobody looks."""
    id = first = letter.id or f"<{new_id(world.now(), '')}@{READERS}>"
    copies = count(2)
    while id in world.notes[NAME]:
        id = f"{first} {next(copies)}"
    known = (name for name in letter.references if world.note(NAME, name))
    reader = directory.reader(recipient)
    return world.create(
        sender,
        letter.text,
        in_reply_to=next(known, None),
        message_id=id,
        mailbox=reader,
        to=recipient,
        reply_to=letter.reply_to,
        subject=letter.subject,
        html=letter.html,
        headers=letter.headers,
        source=letter.source.decode("latin-1") if reader else "",
    )


def source(world: World, note: Note) -> bytes:
    """A mail as it lies in the mailbox: always the same octets for the same mail."""
    if sent := note.extra.get("source"):
        return str(sent).encode("latin-1")
    message = EmailMessage(policy=policy.SMTP)
    message["Message-ID"] = note.id
    message["Date"] = note.at
    message["From"] = Address(note.author.name, addr_spec=address(note))
    message["To"] = Address(addr_spec=note.extra["to"])
    message["Subject"] = " ".join(note.extra["subject"].split())
    parents = [parent.id.partition(" ")[0] for parent in _above(world, note)]
    message["In-Reply-To"] = parents[0]
    message["References"] = " ".join(reversed(parents))
    message.set_content(_quoting(note, next(_above(world, note))))
    return message.as_bytes()


def _above(world: World, note: Note) -> Iterator[Note]:
    """The mails that this one comes after, the nearest first."""
    while parent := world.notes[NAME].get(note.in_reply_to or ""):
        yield parent
        note = parent


def _quoting(note: Note, asked: Note) -> str:
    """The words, and below them what they answer, as mail programs show it."""
    quoted = "".join(f"> {line}\n" for line in asked.text.splitlines())
    when = f"On {asked.at:%a, %d %b %Y at %H:%M}, {asked.author.name} <{address(asked)}> wrote:"
    return f"{note.text}\n\n{when}\n{quoted}"
