"""The outbox: every delivery, its state, and how it came there."""

import json
from dataclasses import asdict, replace
from datetime import datetime

from outreach.model.delivery import Activity, Delivery, Doubt, Receipt, State
from outreach.model.note import Note, NoteKind
from outreach.model.post import Media
from outreach.rules.retry import Step
from outreach.store.database import Database, Row, from_text, maybe_time, to_text


def queue(database: Database, delivery: Delivery, now: datetime) -> bool:
    """Put a delivery into the outbox, unless it is there already; says whether it was put."""
    added = database.execute(
        "INSERT INTO delivery (id, account, activity, source, occurrence, part, revision,"
        " recipient, after, note, state, due) VALUES (:id, :account, :activity, :source,"
        " :occurrence, :part, :revision, :recipient, :after, :note, :state, :due)"
        " ON CONFLICT DO NOTHING",
        id=delivery.id,
        account=delivery.account,
        activity=delivery.activity.value,
        source=delivery.source,
        occurrence=delivery.occurrence,
        part=delivery.part,
        revision=delivery.revision,
        recipient=delivery.recipient,
        after=delivery.after,
        note=_note_json(delivery.note),
        state=delivery.state.value,
        due=to_text(delivery.due),
    )
    if added:
        _record(database, delivery.id, delivery.state, "queued", now)
    return bool(added)


def recompose(database: Database, delivery: Delivery) -> bool:
    """Give a delivery that was never claimed a newer note; says whether it still could."""
    return bool(
        database.execute(
            "UPDATE delivery SET note = :note WHERE id = :id AND started IS NULL",
            id=delivery.id,
            note=_note_json(delivery.note),
        )
    )


def in_flight(database: Database, account: str) -> Delivery | None:
    """The delivery of this account that is SENDING."""
    rows = database.query(
        "SELECT * FROM delivery WHERE account = :account AND state = 'sending'", account=account
    )
    return _delivery(rows[0]) if rows else None


def claim(database: Database, account: str, key: str, now: datetime) -> Delivery | None:
    """Set the account's next due delivery to SENDING; the first claim fixes key, parent and note.

    None where one is in flight already, nothing is due, or the account is paused.
    """
    with database.atomic():
        rows = database.query(_NEXT, account=account, now=to_text(now))
        if not rows:
            return None
        delivery = _delivery(rows[0])
        note = delivery.note
        if rows[0]["parent"] is not None and delivery.started is None:
            note = replace(note, in_reply_to=rows[0]["parent"])
        claimed = database.query(
            "UPDATE delivery SET state = 'sending', note = :note,"
            " key = CASE WHEN key = '' THEN :key ELSE key END,"
            " started = COALESCE(started, :now), attempted = :now, attempts = attempts + 1,"
            " doubt = '', looks = 0 WHERE id = :id AND state = 'ready' RETURNING *",
            id=delivery.id,
            key=key,
            note=_note_json(note),
            now=to_text(now),
        )
        _record(database, delivery.id, State.SENDING, "claimed", now)
    return _delivery(claimed[0])


_NEXT = (
    "SELECT delivery.*, parent.receipt_id AS parent FROM delivery"
    " JOIN account ON account.name = delivery.account AND account.paused = ''"
    " LEFT JOIN delivery AS parent ON parent.id = delivery.after"
    " WHERE delivery.account = :account AND delivery.state = 'ready' AND delivery.due <= :now"
    " AND (delivery.after IS NULL OR parent.state = 'sent')"
    " AND NOT EXISTS (SELECT 1 FROM delivery AS busy"
    " WHERE busy.account = :account AND busy.state = 'sending')"
    " ORDER BY delivery.due, delivery.id LIMIT 1"
)


def move(database: Database, delivery: Delivery, step: Step, now: datetime) -> None:
    """Carry out one transition and leave its row in the history."""
    receipt = step.receipt
    with database.atomic():
        database.execute(
            "UPDATE delivery SET state = :state, due = :due, error = :error, doubt = :doubt,"
            " looks = :looks, receipt_id = COALESCE(:receipt_id, receipt_id),"
            " receipt_url = COALESCE(:receipt_url, receipt_url), sent = COALESCE(:sent, sent)"
            " WHERE id = :id",
            id=delivery.id,
            state=step.state.value,
            due=to_text(step.due),
            error=step.error,
            doubt=step.doubt.value,
            looks=step.looks,
            receipt_id=receipt.id if receipt else None,
            receipt_url=receipt.url if receipt else None,
            sent=to_text(receipt.at) if receipt else None,
        )
        _record(database, delivery.id, step.state, step.error, now)


def next_due(database: Database, account: str) -> datetime | None:
    """When this account has something to do: the look-up in flight, else the earliest READY."""
    rows = database.query(
        "SELECT MIN(due) AS due FROM delivery JOIN account ON account.name = delivery.account"
        " WHERE account = :account AND (state = 'sending' OR (state = 'ready' AND paused = ''"
        " AND NOT EXISTS (SELECT 1 FROM delivery AS busy"
        " WHERE busy.account = :account AND busy.state = 'sending')"
        " AND (after IS NULL OR EXISTS (SELECT 1 FROM delivery AS parent"
        " WHERE parent.id = delivery.after AND parent.state = 'sent'))))",
        account=account,
    )
    return maybe_time(rows[0]["due"])


def every(database: Database) -> list[Delivery]:
    """All deliveries, in the order in which they were queued."""
    return [_delivery(row) for row in database.query("SELECT * FROM delivery ORDER BY id")]


def of_source(database: Database, source: str) -> list[Delivery]:
    """The deliveries of one post, in the order in which they were queued."""
    rows = database.query(
        "SELECT * FROM delivery WHERE source = :source ORDER BY id", source=source
    )
    return [_delivery(row) for row in rows]


def announced(database: Database) -> set[tuple[str, str]]:
    """The (source, account) pairs that have a CREATE in the outbox."""
    rows = database.query("SELECT DISTINCT source, account FROM delivery WHERE activity = 'create'")
    return {(row["source"], row["account"]) for row in rows}


def is_known(database: Database, account: str, receipt_id: str, *, besides: str) -> bool:
    """Whether the ledger has the network's id as a delivery other than `besides`."""
    rows = database.query(
        "SELECT 1 FROM delivery WHERE account = :account AND receipt_id = :receipt_id"
        " AND id <> :besides",
        account=account,
        receipt_id=receipt_id,
        besides=besides,
    )
    return bool(rows)


def syndication(database: Database) -> dict[str, list[tuple[str, str]]]:
    """Per post the (account, URL) of every copy that is out, oldest first."""
    links: dict[str, list[tuple[str, str]]] = {}
    for row in database.query(
        "SELECT source, account, receipt_url FROM delivery"
        " WHERE activity = 'create' AND state = 'sent' AND part = 0 ORDER BY sent, id"
    ):
        links.setdefault(row["source"], []).append((row["account"], row["receipt_url"]))
    return links


def counts(database: Database) -> dict[str, int]:
    """How many deliveries stand in each state, the empty ones included."""
    counted = {state.value: 0 for state in State}
    for row in database.query("SELECT state, COUNT(*) AS n FROM delivery GROUP BY state"):
        counted[row["state"]] = row["n"]
    return counted


def history(database: Database, delivery: str) -> list[tuple[datetime, State, str]]:
    """Every transition of one delivery, oldest first."""
    rows = database.query(
        "SELECT at, state, why FROM delivery_event WHERE delivery = :delivery ORDER BY number",
        delivery=delivery,
    )
    return [(from_text(row["at"]), State(row["state"]), row["why"]) for row in rows]


def _record(database: Database, delivery: str, state: State, why: str, now: datetime) -> None:
    database.execute(
        "INSERT INTO delivery_event (delivery, number, at, state, why)"
        " SELECT :delivery, COUNT(*) + 1, :at, :state, :why FROM delivery_event"
        " WHERE delivery = :delivery",
        delivery=delivery,
        at=to_text(now),
        state=state.value,
        why=why,
    )


def _note_json(note: Note) -> str:
    return json.dumps(asdict(note), ensure_ascii=False, sort_keys=True)


def _note(text: str) -> Note:
    fields = json.loads(text)
    fields["kind"] = NoteKind(fields["kind"])
    fields["media"] = tuple(Media(**item) for item in fields["media"])
    fields["tags"] = tuple(fields["tags"])
    return Note(**fields)


def _delivery(row: Row) -> Delivery:
    receipt = None
    if row["receipt_id"] is not None and row["sent"] is not None:
        receipt = Receipt(id=row["receipt_id"], url=row["receipt_url"], at=from_text(row["sent"]))
    return Delivery(
        id=row["id"],
        account=row["account"],
        activity=Activity(row["activity"]),
        source=row["source"],
        occurrence=row["occurrence"],
        part=row["part"],
        revision=row["revision"],
        recipient=row["recipient"],
        after=row["after"],
        note=_note(row["note"]),
        key=row["key"],
        state=State(row["state"]),
        due=from_text(row["due"]),
        started=maybe_time(row["started"]),
        attempted=maybe_time(row["attempted"]),
        attempts=row["attempts"],
        doubt=Doubt(row["doubt"]),
        looks=row["looks"],
        error=row["error"],
        receipt=receipt,
    )
