"""The outbox: every delivery, its state, and how it came there."""

from dataclasses import replace
from datetime import datetime, timedelta

from outreach.fault import reached
from outreach.model.delivery import Activity, Delivery, Doubt, Held, Receipt, State
from outreach.rules.retry import DROPPED, IN_DOUBT, Step
from outreach.store import content, mentions, notes
from outreach.store.conversation import stir_at
from outreach.store.database import Database, Row, from_text, maybe_text, maybe_time, to_text


def queue(database: Database, delivery: Delivery, now: datetime) -> bool:
    """Put a delivery into the outbox, unless it is there already; says whether it was put."""
    added = database.execute(
        "INSERT INTO delivery (id, account, activity, source, occurrence, part, revision,"
        " recipient, after, note, state, held, due, fresh_from, look_from, error, written_by)"
        " VALUES (:id, :account, :activity, :source, :occurrence, :part, :revision, :recipient,"
        " :after, :note, :state, :held, :due, :fresh_from, :look_from, :error, :written_by)"
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
        note=notes.to_json(delivery.note),
        state=delivery.state.value,
        held=delivery.held.value,
        due=to_text(delivery.due),
        fresh_from=to_text(delivery.fresh_from),
        look_from=maybe_text(delivery.look_from),
        error=delivery.error,
        written_by=delivery.written_by,
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
            note=notes.to_json(delivery.note),
        )
    )


def in_flight(database: Database, account: str) -> Delivery | None:
    """The delivery of this account that is SENDING."""
    rows = database.query(
        "SELECT * FROM delivery WHERE account = :account AND state = 'sending'", account=account
    )
    return _delivery(rows[0]) if rows else None


def claim(
    database: Database,
    account: str,
    key: str,
    now: datetime,
    fence: int = 0,
    trusted: timedelta | None = None,
) -> Delivery | None:
    """Set the account's next due delivery to SENDING; the first claim fixes key, parent and note.

    None where one is in flight already or nothing is due. A delivery that has to be looked up
    first comes back in doubt: after a restore, or where its last attempt is longer ago than the
    network is `trusted` to know its key.
    """
    with database.atomic():
        rows = database.query(_NEXT, account=account, now=to_text(now))
        if not rows:
            return None
        waiting, target = _delivery(rows[0]), _target(rows[0])
        note = waiting.note
        if target is not None and waiting.started is None and waiting.activity is Activity.CREATE:
            note = replace(note, in_reply_to=target.id)
        look = waiting.look_from is not None or _is_forgotten(waiting, now, trusted)
        claimed = database.query(
            "UPDATE delivery SET state = 'sending', note = :note, fence = :fence,"
            " key = CASE WHEN key = '' THEN :key ELSE key END,"
            " started = COALESCE(started, look_from, :now), look_from = NULL, attempted = :now,"
            " attempts = attempts + :attempt, doubt = :doubt, looks = 0"
            " WHERE id = :id AND state = 'ready' RETURNING *",
            id=waiting.id,
            key=key,
            note=notes.to_json(note),
            fence=fence,
            now=to_text(now),
            attempt=0 if look else 1,
            doubt=Doubt.LOST.value if look else "",
        )
        reached("claiming")
        _record(database, waiting.id, State.SENDING, "looking first" if look else "claimed", now)
    reached("claimed")
    delivery = _delivery(claimed[0])
    return replace(delivery, target=target, note=content.whole(database, delivery.note))


def _is_forgotten(waiting: Delivery, now: datetime, trusted: timedelta | None) -> bool:
    """Whether a repeated attempt comes too late for its key to protect it."""
    if waiting.activity is not Activity.CREATE or waiting.attempted is None or trusted is None:
        return False
    return now - waiting.attempted > trusted


# Nobody holds it, what it waits for is sent, and no older change of the note is still to come.
_TURN = (
    "NOT EXISTS (SELECT 1 FROM hold WHERE hold.account IN ('', :account))"
    " AND (delivery.after IS NULL OR parent.state = 'sent')"
    " AND (delivery.activity = 'create' OR NOT EXISTS (SELECT 1 FROM delivery AS older"
    " WHERE older.source = delivery.source AND older.after = delivery.after"
    " AND older.activity <> 'create' AND older.revision < delivery.revision"
    " AND older.state IN ('ready', 'sending')))"
)
_NEXT = (
    "SELECT delivery.*, parent.receipt_id AS target_id, parent.receipt_url AS target_url,"  # noqa: S608
    " parent.sent AS target_sent FROM delivery"
    " JOIN account ON account.name = delivery.account"
    " LEFT JOIN delivery AS parent ON parent.id = delivery.after"
    " WHERE delivery.account = :account AND delivery.state = 'ready' AND delivery.due <= :now"
    " AND (account.not_before IS NULL OR account.not_before <= :now)"
    f" AND {_TURN}"
    " AND NOT EXISTS (SELECT 1 FROM delivery AS busy"
    " WHERE busy.account = :account AND busy.state = 'sending')"
    " ORDER BY delivery.due, delivery.id LIMIT 1"
)


def move(database: Database, delivery: Delivery, step: Step, now: datetime) -> None:
    """Carry out one transition in a transaction of its own, with what follows from it."""
    with database.atomic():
        change(database, delivery, step, now)
        reached("moving")
    reached("moved")


def change(database: Database, delivery: Delivery, step: Step, now: datetime) -> None:
    """Carry out one transition, inside a transaction; leaves its row in the history.

    Behind a note that is UNKNOWN or FAILED the rest of its thread is HELD; once it is SENT after
    all, the rest goes on. Whose answer FAILED waits again.
    """
    receipt = step.receipt
    database.execute(
        "UPDATE delivery SET state = :state, held = :held, due = :due, error = :error,"
        " doubt = :doubt, looks = :looks, receipt_id = COALESCE(:receipt_id, receipt_id),"
        " receipt_url = COALESCE(:receipt_url, receipt_url), sent = COALESCE(:sent, sent),"
        " started = COALESCE(started, :sent)"
        " WHERE id = :id",
        id=delivery.id,
        state=step.state.value,
        held=step.held.value,
        due=to_text(step.due),
        error=step.error,
        doubt=step.doubt.value,
        looks=step.looks,
        receipt_id=receipt.id if receipt else None,
        receipt_url=receipt.url if receipt else None,
        sent=to_text(receipt.at) if receipt else None,
    )
    _record(database, delivery.id, step.state, step.why or step.error, now)
    if delivery.written_by and State.FAILED in (delivery.state, step.state):
        _await(database, delivery)
    if step.state is State.SENT and delivery.note.in_reply_to:
        stir_at(database, delivery.account, delivery.note.in_reply_to)
    for child in _behind(database, delivery.id):
        if step.state in (State.UNKNOWN, State.FAILED) and child.state is State.READY:
            why = f"waits for {delivery.id}, which is {step.state}"
            held = Step(state=State.HELD, due=child.due, error=why, held=Held.PARENT)
            change(database, child, held, now)
        elif step.state is State.SENT and child.held is Held.PARENT:
            why = f"{delivery.id} is sent"
            step_on = Step(state=State.READY, due=max(child.due, now), why=why)
            change(database, child, step_on, now)


def _await(database: Database, answer: Delivery) -> None:
    """Let whom this answers wait where no answer is left; inside a transaction."""
    asked = answer.note.in_reply_to
    if asked is None:
        return
    failed = all(one.state is State.FAILED for one in answers(database, answer.account, asked))
    (mentions.reopen if failed else mentions.answered)(database, answer.account, asked)


def approve(database: Database, delivery: Delivery, now: datetime) -> State:
    """A human says: send this now, however old it is. Inside a transaction.

    Of what is unknown or failed the human has seen that it is not there; it is not looked up.
    Gives the state it is in then: an edit that a newer one has overtaken is not sent any more.
    """
    if delivery.activity is not Activity.CREATE and _is_overtaken(database, delivery):
        why = "a newer change of the same note has taken its place"
        change(database, delivery, Step(state=State.FAILED, due=now, error=why), now)
        return State.FAILED
    database.execute(
        "UPDATE delivery SET fresh_from = :now, attempted = CASE WHEN state = 'held'"
        " THEN attempted END WHERE id = :id",
        id=delivery.id,
        now=to_text(now),
    )
    change(database, delivery, Step(state=State.READY, due=now, why="approved by hand"), now)
    return State.READY


def put_off(database: Database, delivery: Delivery, due: datetime) -> None:
    """Not before `due`; inside a transaction."""
    database.execute(
        "UPDATE delivery SET due = :due WHERE id = :id", id=delivery.id, due=to_text(due)
    )


def _is_overtaken(database: Database, delivery: Delivery) -> bool:
    newer = database.query(
        "SELECT 1 FROM delivery WHERE after = :after AND activity <> 'create'"
        " AND revision > :revision AND state <> 'failed'",
        after=delivery.after,
        revision=delivery.revision,
    )
    return bool(newer)


def drop_stale(database: Database, account: str, oldest: datetime, now: datetime) -> None:
    """Let go of what could not be sent for so long."""
    for delivery in _stale(database, account, oldest):
        why = f"{DROPPED}not sent within a day: {delivery.error or 'it was not tried'}"
        move(database, delivery, Step(state=State.FAILED, due=delivery.due, error=why), now)


def _stale(database: Database, account: str, oldest: datetime) -> list[Delivery]:
    rows = database.query(
        "SELECT * FROM delivery WHERE account = :account AND state = 'ready'"
        " AND fresh_from < :oldest",
        account=account,
        oldest=to_text(oldest),
    )
    return [_delivery(row) for row in rows]


def hold_stale(database: Database, account: str, oldest: datetime, now: datetime) -> None:
    """Set aside what was due so long ago that a human should look at it first."""
    for delivery in _stale(database, account, oldest):
        why = f"due since {delivery.fresh_from:%Y-%m-%d %H:%M} UTC; look at it before it goes out"
        step = Step(state=State.HELD, due=delivery.due, error=why, held=Held.STALE)
        move(database, delivery, step, now)


def due(database: Database, account: str, now: datetime) -> list[list[Delivery]]:
    """What an account could be asked to send now, the earliest first, each with the READY parts
    of its thread that follow it."""
    first = database.query(
        "SELECT delivery.* FROM delivery LEFT JOIN delivery AS parent ON parent.id = delivery.after"
        " WHERE delivery.account = :account AND delivery.state = 'ready' AND delivery.due <= :now"
        " AND (delivery.after IS NULL OR parent.state = 'sent') ORDER BY delivery.due, delivery.id",
        account=account,
        now=to_text(now),
    )
    behind: dict[str, list[Delivery]] = {}
    for row in database.query(
        "SELECT * FROM delivery WHERE account = :account AND state = 'ready'"
        " AND activity = 'create' AND after IS NOT NULL ORDER BY id",
        account=account,
    ):
        behind.setdefault(row["after"], []).append(_delivery(row))
    threads = [[_delivery(row)] for row in first]
    for thread in threads:
        for part in thread:
            thread += behind.get(part.id, ())
    return threads


def repeated_late(database: Database, account: str, oldest: datetime) -> list[Delivery]:
    """What is READY and IN_DOUBT since an attempt before `oldest`."""
    rows = database.query(
        "SELECT * FROM delivery WHERE account = :account AND state = 'ready'"
        " AND activity = 'create' AND attempted < :oldest AND EXISTS (SELECT 1 FROM delivery_event"
        " WHERE delivery_event.delivery = delivery.id AND why LIKE :doubtful) ORDER BY id",
        account=account,
        oldest=to_text(oldest),
        doubtful=f"{IN_DOUBT}%",
    )
    return [_delivery(row) for row in rows]


def space(
    database: Database, account: str, spacing: timedelta, late: timedelta, now: datetime
) -> None:
    """Spread what is overdue by more than `late`: an account that was off sends no burst."""
    with database.atomic():
        rows = database.query(
            "SELECT id FROM delivery WHERE account = :account AND state = 'ready' AND due < :late"
            " AND after IS NULL ORDER BY due, id",
            account=account,
            late=to_text(now - late),
        )
        for place, row in enumerate(rows):
            database.execute(
                "UPDATE delivery SET due = :due WHERE id = :id",
                id=row["id"],
                due=to_text(now + place * spacing),
            )


def next_due(database: Database, account: str) -> datetime | None:
    """When this account has something to do: the look-up in flight, else the earliest READY."""
    rows = database.query(
        "SELECT MIN(delivery.due) AS due, MAX(account.not_before) AS not_before"  # noqa: S608
        " FROM delivery JOIN account ON account.name = delivery.account"
        " LEFT JOIN delivery AS parent ON parent.id = delivery.after"
        " WHERE delivery.account = :account AND (delivery.state = 'sending'"
        f" OR (delivery.state = 'ready' AND {_TURN}"
        " AND NOT EXISTS (SELECT 1 FROM delivery AS busy"
        " WHERE busy.account = :account AND busy.state = 'sending')))",
        account=account,
    )
    times = [time for time in (rows[0]["due"], rows[0]["not_before"]) if time is not None]
    return from_text(max(times)) if rows[0]["due"] is not None else None


def one(database: Database, identifier: str) -> Delivery | None:
    """The delivery of that id."""
    rows = database.query("SELECT * FROM delivery WHERE id = :id", id=identifier)
    return _delivery(rows[0]) if rows else None


def in_state(database: Database, state: State) -> list[Delivery]:
    """All deliveries in one state, in the order in which they were queued."""
    rows = database.query(
        "SELECT * FROM delivery WHERE state = :state ORDER BY id", state=state.value
    )
    return [_delivery(row) for row in rows]


def stuck(database: Database) -> list[Delivery]:
    """What waits for a human, in the order in which it was queued: held, unknown, or failed and
    not as it should be."""
    rows = database.query(
        "SELECT * FROM delivery WHERE state IN ('held', 'unknown', 'failed')"
        " AND error NOT LIKE :dropped ORDER BY id",
        dropped=f"{DROPPED}%",
    )
    return [_delivery(row) for row in rows]


def every(database: Database) -> list[Delivery]:
    """All deliveries, in the order in which they were queued."""
    return [_delivery(row) for row in database.query("SELECT * FROM delivery ORDER BY id")]


def of_source(database: Database, source: str) -> list[Delivery]:
    """The deliveries of one post, in the order in which they were queued."""
    rows = database.query(
        "SELECT * FROM delivery WHERE source = :source ORDER BY id", source=source
    )
    return [_delivery(row) for row in rows]


def answers(database: Database, account: str, mention: str) -> list[Delivery]:
    """What people answered to a mention, first to last, at whichever post it stood then."""
    rows = database.query(
        "SELECT * FROM delivery WHERE account = :account AND activity = 'create'"
        " AND written_by <> '' AND source LIKE '%#answer-%' ORDER BY id",
        account=account,
    )
    return [_delivery(row) for row in rows if row["source"].partition("#answer-")[2] == mention]


def announced(database: Database) -> set[tuple[str, str]]:
    """The (source, account) pairs that have a CREATE for everyone in the outbox."""
    rows = database.query(
        "SELECT source, account FROM delivery WHERE activity = 'create' AND recipient = ''"
        " AND part = 0"
    )
    return {(row["source"], row["account"]) for row in rows}


def addressed(database: Database, source: str) -> set[str]:
    """The accounts that have a post in the outbox for somebody, not for everyone."""
    rows = database.query(
        "SELECT DISTINCT account FROM delivery WHERE source = :source AND recipient <> ''",
        source=source,
    )
    return {row["account"] for row in rows}


def to_subscribers(database: Database, account: str, source: str) -> list[Delivery]:
    """What one letter of a list is to each of its readers."""
    rows = database.query(
        "SELECT * FROM delivery WHERE account = :account AND source = :source"
        " AND recipient <> '' AND activity = 'create' ORDER BY id",
        account=account,
        source=source,
    )
    return [_delivery(row) for row in rows]


def drop(database: Database, delivery: Delivery, why: str, now: datetime) -> None:
    """Somebody does not want it to go out; inside a transaction."""
    step = Step(state=State.FAILED, due=delivery.due, error=f"{DROPPED}{why}")
    change(database, delivery, step, now)


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
        " WHERE activity = 'create' AND state = 'sent' AND part = 0 AND recipient = ''"
        " ORDER BY sent, id"
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


def _behind(database: Database, identifier: str) -> list[Delivery]:
    rows = database.query("SELECT * FROM delivery WHERE after = :id ORDER BY id", id=identifier)
    return [_delivery(row) for row in rows]


def _target(row: Row) -> Receipt | None:
    if row["target_id"] is None:
        return None
    return Receipt(id=row["target_id"], url=row["target_url"], at=from_text(row["target_sent"]))


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
        note=notes.from_json(row["note"]),
        key=row["key"],
        state=State(row["state"]),
        due=from_text(row["due"]),
        fresh_from=from_text(row["fresh_from"]),
        look_from=maybe_time(row["look_from"]),
        held=Held(row["held"]),
        started=maybe_time(row["started"]),
        attempted=maybe_time(row["attempted"]),
        attempts=row["attempts"],
        doubt=Doubt(row["doubt"]),
        looks=row["looks"],
        error=row["error"],
        receipt=receipt,
        written_by=row["written_by"],
    )
