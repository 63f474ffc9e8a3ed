"""The verdict on a run, by the sandbox's book and never by our database's word alone."""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from outreach.model.channel import Finder
from outreach.model.delivery import Delivery, Held, State
from outreach.model.note import Audience
from outreach.store import ledger, mentions
from outreach.store.database import Database

from .folders import MEANWHILE, READER, Stage
from .kinds import limits


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What one run came to. `problems` are whatever else is not as it must be."""

    duplicates: int
    lost: int
    unknown: int
    problems: tuple[str, ...]

    @property
    def good(self) -> bool:
        return not (self.duplicates or self.lost or self.problems)


def judge(stage: Stage, parts: int) -> Verdict:
    """Count what is on the network against what was to be said there."""
    created = [entry for entry in stage.created() if MEANWHILE not in entry["text"]]
    notes = [entry for entry in created if READER not in entry["text"]]
    there = Counter(part for entry in notes for part in range(parts) if stage.is_part(entry, part))
    with closing(stage.workspace.read()) as database:
        rows = {delivery.part: delivery for delivery in ledger.every(database)}
        problems = [
            *_stray(notes, there),
            *_unsound(stage),
            *_unread(database, created),
            *_unfounded(stage, rows, notes),
            *_unsettled(stage, database, rows),
        ]
    told = [part for part, row in rows.items() if row.state in (State.UNKNOWN, State.HELD)]
    return Verdict(
        duplicates=there.total() - len(there),
        lost=sum(not there[part] for part in range(parts) if part not in told),
        unknown=sum(row.state is State.UNKNOWN for row in rows.values()),
        problems=tuple(problems),
    )


def _stray(notes: list[dict[str, Any]], there: Counter[int]) -> Iterator[str]:
    if there.total() != len(notes):
        yield f"{len(notes) - there.total()} notes are there that nobody wanted"


def _unsound(stage: Stage) -> Iterator[str]:
    with closing(sqlite3.connect(stage.workspace.database_path)) as database:
        found = database.execute("PRAGMA integrity_check").fetchone()[0]
        dangling = database.execute("PRAGMA foreign_key_check").fetchall()
    if found != "ok" or dangling:
        yield f"the database is damaged: {found} {dangling}"


def _unread(database: Database, created: list[dict[str, Any]]) -> Iterator[str]:
    """Every answer is in the log, once."""
    answers = Counter(entry["id"] for entry in created if READER in entry["text"])
    read = Counter(logged.mention.id for logged in mentions.every(database))
    if read != answers:
        yield f"the answers are {dict(answers)}, the log has {dict(read)}"


def _unfounded(
    stage: Stage, rows: Mapping[int, Delivery], notes: list[dict[str, Any]]
) -> Iterator[str]:
    """Nothing is SENT that is not there, and every part answers the part before.

    What is told to a page is there by its address: a receipt's id is ours then.
    """
    if limits(stage.kind).audience is Audience.LINKED:
        told = {entry["extra"]["target"] for entry in notes}
        sent = [row for row in rows.values() if row.state is State.SENT]
        lies = [row.note.to for row in sent if row.note.to not in told]
        yield from (f"{to} is sent, which is not there" for to in lies)
        return
    parents = {entry["id"]: entry["in_reply_to"] for entry in notes}
    for part, row in rows.items():
        if row.state is State.SENT and (row.receipt is None or row.receipt.id not in parents):
            yield f"part {part} is sent as {row.receipt}, which is not there"
        elif row.receipt and part and not _follows(parents[row.receipt.id], rows[part - 1]):
            yield f"part {part} answers {parents[row.receipt.id]}"


def _follows(parent: str | None, before: Delivery) -> bool:
    """Whether a part answers the part before; where threads have one level (Slack), the thread that
    the part before is in, as its id says."""
    if parent is None or before.receipt is None:
        return False
    return before.receipt.id == parent or before.receipt.id.startswith(f"{parent}/")


def _unsettled(stage: Stage, database: Database, rows: Mapping[int, Delivery]) -> Iterator[str]:
    """Each row has come to its end, as its history says; a doubt that stays is shown."""
    shown = {row.id for row in ledger.in_state(database, State.UNKNOWN)}
    for part, row in rows.items():
        last = ledger.history(database, row.id)[-1][1]
        ended = row.state in (State.SENT, State.UNKNOWN) or row.held is Held.PARENT
        if not ended or last is not row.state:
            yield f"part {part} is {row.state}, its history says {last}: {row.error}"
        if row.state is State.UNKNOWN and row.id not in shown:
            yield f"part {part} is unknown, and nobody is told"
        if row.state is State.UNKNOWN and isinstance(stage.channel, Finder) and not _may_doubt(row):
            yield f"part {part} is unknown, though the network can be asked: {row.error}"


def _may_doubt(row: Delivery) -> bool:
    """A duplicate that the network refuses and does not show stays in doubt."""
    return row.error.endswith("but none is shown")
