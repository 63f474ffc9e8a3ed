"""Everything that exists on the sandbox's networks, as the ledger tells it."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from outreach.sandbox.faults import Faults
from outreach.sandbox.ledger import Entry, Ledger
from outreach.sandbox.network import Network, iso

NOTE_EFFECTS = frozenset({"create", "update", "delete"})


@dataclass(frozen=True, kw_only=True)
class Account:
    """Somebody on one network. `kind` is "account" (by token), "reader" (by form) or "resident"."""

    network: str
    id: str
    handle: str
    name: str
    kind: str
    at: datetime


@dataclass(kw_only=True)
class Note:
    """One message on one network. `extra` is what only this network cares about."""

    network: str
    id: str
    author: Account
    text: str
    at: datetime
    key: str = ""
    in_reply_to: str | None = None
    edited: datetime | None = None
    deleted: bool = False
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def page(self) -> str:
        """What the note's own page is called below its author's: the end of its id."""
        return self.id.rpartition("/")[2]


@dataclass(frozen=True, kw_only=True)
class Reaction:
    """A like or a repost."""

    id: str
    kind: str
    author: Account
    note: Note
    at: datetime


@dataclass(kw_only=True)
class Attachment:
    """An uploaded file; its bytes are beside the ledger."""

    id: str
    content_type: str
    description: str
    path: Path


class World:
    """The state of all networks. Every change is a ledger entry first, so a rebuild is a replay.

    `stir` lets those speak who speak by themselves; call it before anybody looks.
    """

    def __init__(self, ledger: Ledger, networks: Mapping[str, Network], time_scale: float) -> None:
        self.ledger = ledger
        self.networks = networks
        self.time_scale = time_scale
        self.offset = timedelta()
        self.stir: Callable[[], None] = lambda: None
        self.faults = Faults()
        self.accounts: dict[str, dict[str, Account]] = defaultdict(dict)
        self.notes: dict[str, dict[str, Note]] = defaultdict(dict)
        self.reactions: dict[str, list[Reaction]] = defaultdict(list)
        self.attachments: dict[str, dict[str, Attachment]] = defaultdict(dict)
        self._answers: dict[tuple[str, str], list[Note]] = defaultdict(list)
        self._keys: dict[tuple[str, str, str], Note] = {}
        self._last: dict[str, str] = defaultdict(str)
        self._marks: dict[tuple[str, str], datetime] = {}
        for entry in ledger.entries:
            self._apply(entry)

    def now(self) -> datetime:
        """The sandbox's own clock, UTC."""
        return datetime.now(UTC) + self.offset

    # Reading

    def account_by_id(self, network: str, id: str) -> Account | None:
        """The account that a network calls by this id."""
        return next((a for a in self.accounts[network].values() if a.id == id), None)

    def account_by_handle(self, network: str, handle: str) -> Account | None:
        """The account with this handle; networks do not tell case apart."""
        return self.accounts[network].get(handle.lower())

    def note(self, network: str, id: str | None) -> Note | None:
        """One note, unless it was deleted."""
        found = self.notes[network].get(id or "")
        return None if found is None or found.deleted else found

    def note_on_page(self, network: str, handle: str, page: str) -> Note | None:
        """The note whose page is below this author's."""
        author = self.account_by_handle(network, handle)
        own = (note for note in self.notes[network].values() if note.author is author)
        return next((note for note in own if note.page == page and not note.deleted), None)

    def listing(self, network: str) -> Iterator[Note]:
        """What the network's read index shows: newest first, without what it is late with."""
        lag = timedelta(seconds=self.faults.lag(network) / self.time_scale)
        youngest = self.now() - lag
        for note in reversed(self.notes[network].values()):
            if not note.deleted and (not lag or note.at <= youngest):
                yield note

    def answers(self, note: Note) -> list[Note]:
        """The direct answers to a note, oldest first."""
        return [answer for answer in self._answers[note.network, note.id] if not answer.deleted]

    def root(self, note: Note) -> Note:
        """The first note of the conversation, also where parts of it were deleted."""
        while note.in_reply_to and (parent := self.notes[note.network].get(note.in_reply_to)):
            note = parent
        return note

    def note_by_key(self, author: Account, key: str, since: datetime) -> Note | None:
        """What this account created with an idempotency key at or after a time."""
        found = self._keys.get((author.network, author.handle, key))
        return found if found and found.at >= since else None

    def reacted(self, note: Note, kind: str) -> list[Reaction]:
        """Who liked or reposted a note."""
        return [r for r in self.reactions[note.network] if r.kind == kind and r.note is note]

    # Writing

    def join(self, network: str, handle: str, *, name: str = "", kind: str = "account") -> Account:
        """The account with this handle, made on first sight."""
        known = self.account_by_handle(network, handle)
        if known is None:
            self._record(network, "account", by=handle, name=name or handle, kind=kind)
            known = self.accounts[network][handle.lower()]
        return known

    def create(
        self,
        author: Account,
        text: str,
        *,
        key: str = "",
        in_reply_to: str | None = None,
        **extra: Any,
    ) -> Note:
        """Put a note on its author's network."""
        network = self.networks[author.network]
        parent = self.note(network.name, in_reply_to)
        if network.keyed:
            key = key or self._next_id(network.name, self.now())
        entry = self._record(
            author.network,
            "create",
            id=self._note_id(author, key) if network.keyed else self._named(author, parent, extra),
            key=key,
            text=text,
            by=author.handle,
            in_reply_to=in_reply_to,
            extra=extra or network.compose(self, text, parent),
        )
        return self.notes[author.network][entry["id"]]

    def update(self, note: Note, text: str, **extra: Any) -> None:
        """Change what a note says."""
        self._record(
            note.network, "update", id=note.id, text=text, by=note.author.handle, extra=extra
        )

    def delete(self, note: Note) -> None:
        """Take a note away."""
        self._record(note.network, "delete", id=note.id, text=note.text, by=note.author.handle)

    def react(self, author: Account, note: Note, kind: str) -> None:
        """Like or repost a note, once a person."""
        if not any(r.author is author for r in self.reacted(note, kind)):
            self._record(note.network, kind, by=author.handle, note=note.id)

    def attach(
        self, author: Account, data: bytes, content_type: str, text: str, id: str = ""
    ) -> Attachment:
        """Keep an uploaded file."""
        id = id or self._next_id(author.network, self.now())
        path = self._attachment_path(author.network, id)
        path.parent.mkdir(exist_ok=True)
        with path.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        self._record(
            author.network, "media", id=id, by=author.handle, type=content_type, description=text
        )
        return self.attachments[author.network][id]

    def describe(self, network: str, attachment: Attachment, text: str) -> None:
        """Change an uploaded file's description."""
        self._record(network, "describe", id=attachment.id, description=text)

    def mark(self, network: str, what: str) -> datetime:
        """When this was first marked: now, if it never was."""
        if (network, what) not in self._marks:
            self._record(network, "mark", id=what)
        return self._marks[network, what]

    def _record(self, network: str, effect: str, *, id: str = "", **rest: Any) -> Entry:
        at = self.now()
        entry = {
            "network": network,
            "effect": effect,
            "id": id or self._next_id(network, at),
            "key": "",
            **rest,
            "at": iso(at),
        }
        self.ledger.append(entry)
        self._apply(entry)
        return entry

    def _next_id(self, network: str, at: datetime) -> str:
        return self.networks[network].new_id(at, self._last[network])

    def _named(self, author: Account, parent: Note | None, extra: dict[str, Any]) -> str:
        new, named = self._next_id(author.network, self.now()), self.networks[author.network].named
        return named(parent, new, extra) if named else new

    def _note_id(self, author: Account, key: str) -> str:
        keyed = self.networks[author.network].keyed
        return keyed(author, key) if keyed else key

    def _attachment_path(self, network: str, id: str) -> Path:
        return self.ledger.path.with_name(self.ledger.path.name + ".media") / f"{network}-{id}"

    # Replaying

    def _apply(self, entry: Entry) -> None:
        network = entry["network"]
        if entry["effect"] not in {"update", "delete", "describe", "mark"}:
            self._last[network] = entry["id"]
        getattr(self, "_apply_" + entry["effect"])(
            network, datetime.fromisoformat(entry["at"]), entry
        )

    def _apply_account(self, network: str, at: datetime, entry: Entry) -> None:
        self.accounts[network][entry["by"].lower()] = Account(
            network=network,
            id=entry["id"],
            handle=entry["by"],
            name=entry["name"],
            kind=entry["kind"],
            at=at,
        )

    def _apply_create(self, network: str, at: datetime, entry: Entry) -> None:
        note = Note(
            network=network,
            id=entry["id"],
            author=self.accounts[network][entry["by"].lower()],
            text=entry["text"],
            at=at,
            key=entry["key"],
            in_reply_to=entry["in_reply_to"],
            extra=entry["extra"],
        )
        self.notes[network].pop(note.id, None)
        self.notes[network][note.id] = note
        if note.in_reply_to:
            self._answers[network, note.in_reply_to].append(note)
        if note.key:
            self._keys[network, note.author.handle, note.key] = note

    def _apply_update(self, network: str, at: datetime, entry: Entry) -> None:
        note = self.notes[network][entry["id"]]
        note.text = entry["text"]
        note.edited = at
        note.extra = note.extra | entry["extra"]

    def _apply_delete(self, network: str, at: datetime, entry: Entry) -> None:
        self.notes[network][entry["id"]].deleted = True

    def _apply_like(self, network: str, at: datetime, entry: Entry) -> None:
        self.reactions[network].append(
            Reaction(
                id=entry["id"],
                kind=entry["effect"],
                author=self.accounts[network][entry["by"].lower()],
                note=self.notes[network][entry["note"]],
                at=at,
            )
        )

    _apply_repost = _apply_like

    def _apply_media(self, network: str, at: datetime, entry: Entry) -> None:
        self.attachments[network][entry["id"]] = Attachment(
            id=entry["id"],
            content_type=entry["type"],
            description=entry["description"],
            path=self._attachment_path(network, entry["id"]),
        )

    def _apply_describe(self, network: str, at: datetime, entry: Entry) -> None:
        self.attachments[network][entry["id"]].description = entry["description"]

    def _apply_mark(self, network: str, at: datetime, entry: Entry) -> None:
        self._marks[network, entry["id"]] = at
