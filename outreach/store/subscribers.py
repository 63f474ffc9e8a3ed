"""Who reads a newsletter. A list is an account that writes to subscribers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from outreach.model.mention import Bounce
from outreach.store import ledger
from outreach.store.database import Database, Row, from_text, maybe_time, to_text

BOUNCES = 5
"""How often mail to somebody may come back for a passing reason, before it is a lasting one."""

TEST = "#test"
"""How the source of a letter ends that somebody sent to themselves."""


class Standing(StrEnum):
    """Where a subscriber stands: asked, said yes, said no, or cannot be reached."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    LEFT = "left"
    BOUNCED = "bounced"


@dataclass(frozen=True, kw_only=True)
class Subscriber:
    """One reader of one list (`account`).

    `language` is a primary subtag (`de`), "" for whatever there is. `token` opens their own pages,
    and stays the same for good: the links of every letter have it. `asked`, `confirmed` and `ended`
    are UTC; `why` is why it ended. `bounces` counts what came back since the last time they said
    yes.
    """

    account: str
    address: str
    language: str
    standing: Standing
    token: str
    asked: datetime
    confirmed: datetime | None = None
    ended: datetime | None = None
    why: str = ""
    bounces: int = 0


def ask(
    database: Database, account: str, address: str, language: str, token: str, now: datetime
) -> Subscriber:
    """Somebody asks for the letters at this address: they are PENDING until they confirm there.

    Who is CONFIRMED stays it. Who left or could not be reached may ask again. `address` is one of
    `addresses.normal`; upper and lower case before its `@` are one reader.
    """
    rows = database.query(
        "INSERT INTO subscriber (account, address, language, state, token, asked)"
        " VALUES (:account, :address, :language, 'pending', :token, :now)"
        " ON CONFLICT (account, lower(address)) DO UPDATE SET"
        " language = CASE WHEN subscriber.state = 'confirmed' THEN subscriber.language"
        " ELSE excluded.language END,"
        " asked = CASE WHEN subscriber.state = 'confirmed' THEN subscriber.asked"
        " ELSE excluded.asked END,"
        " state = CASE WHEN subscriber.state = 'confirmed' THEN 'confirmed' ELSE 'pending' END"
        " RETURNING *",
        account=account,
        address=address,
        language=primary(language),
        token=token,
        now=to_text(now),
    )
    return _subscriber(rows[0])


def confirm(database: Database, token: str, now: datetime) -> Subscriber | None:
    """Who has this token said yes, if they were asked; gives back how they stand, None if nobody
    has it."""
    database.execute(
        "UPDATE subscriber SET state = 'confirmed', confirmed = :now, ended = NULL, why = '',"
        " bounces = 0 WHERE token = :token AND state = 'pending'",
        token=token,
        now=to_text(now),
    )
    return by_token(database, token)


def leave(database: Database, token: str, why: str, now: datetime) -> Subscriber | None:
    """Who has this token gets no more letters, not even what waits for them now.

    Inside a transaction; gives back who it is, None if nobody has the token.
    """
    found = by_token(database, token)
    if found is None:
        return None
    _end(database, found, Standing.LEFT, why, now)
    return by_token(database, token)


def bounced(database: Database, account: str, bounce: Bounce, now: datetime) -> None:
    """Mail to a reader came back: for good, or once more. Inside a transaction.

    A report counts only for a letter of ours to that address, once (a mailbox may be read again),
    and not where it is from before the reader last said yes or was gone.
    """
    letter = _letter(database, account, bounce)
    if letter is None:
        return
    rows = database.query(
        "UPDATE subscriber SET bounces = bounces + :more WHERE account = :account"
        " AND lower(address) = lower(:address) AND state IN ('pending', 'confirmed')"
        " AND COALESCE(ended, confirmed, '') <= :started RETURNING *",
        more=_note(database, letter, f"came back: {bounce.why}", now),
        account=account,
        address=letter["recipient"],
        started=letter["started"],
    )
    for found in map(_subscriber, rows):
        if bounce.lasting or found.bounces >= BOUNCES:
            _end(database, found, Standing.BOUNCED, bounce.why, now)


def unreachable(database: Database, account: str, address: str, why: str, now: datetime) -> None:
    """Our own server takes no mail to this address: no more letters. Inside a transaction."""
    found = at_address(database, account, address)
    if found is not None and found.standing in (Standing.PENDING, Standing.CONFIRMED):
        _end(database, found, Standing.BOUNCED, why, now)


def _letter(database: Database, account: str, bounce: Bounce) -> Row | None:
    rows = database.query(
        "SELECT id, recipient, state, started FROM delivery WHERE account = :account"
        " AND key = :key AND key <> '' AND lower(recipient) = lower(:address)",
        account=account,
        key=bounce.key,
        address=bounce.address.strip(),
    )
    return rows[0] if rows else None


def _note(database: Database, letter: Row, why: str, now: datetime) -> int:
    """That it came back, in the letter's history; gives back 0 where that is there already."""
    return database.execute(
        "INSERT INTO delivery_event (delivery, number, at, state, why)"
        " SELECT :letter, (SELECT COUNT(*) + 1 FROM delivery_event WHERE delivery = :letter),"
        " :now, :state, :why WHERE NOT EXISTS"
        " (SELECT 1 FROM delivery_event WHERE delivery = :letter AND why LIKE 'came back: %')",
        letter=letter["id"],
        now=to_text(now),
        state=letter["state"],
        why=why,
    )


def add_confirmed(
    database: Database,
    account: str,
    address: str,
    language: str,
    token: str,
    confirmed: datetime,
    now: datetime,
) -> Standing:
    """Take over somebody who said yes elsewhere; who left here or bounced stays out."""
    rows = database.query(
        "INSERT INTO subscriber (account, address, language, state, token, asked, confirmed)"
        " VALUES (:account, :address, :language, 'confirmed', :token, :now, :confirmed)"
        " ON CONFLICT (account, lower(address)) DO UPDATE SET"
        " confirmed = CASE WHEN subscriber.state = 'pending' THEN excluded.confirmed"
        " ELSE subscriber.confirmed END,"
        " state = CASE WHEN subscriber.state = 'pending' THEN 'confirmed'"
        " ELSE subscriber.state END RETURNING *",
        account=account,
        address=address,
        language=primary(language),
        token=token,
        confirmed=to_text(confirmed),
        now=to_text(now),
    )
    return _subscriber(rows[0]).standing


def confirmed(database: Database, account: str, language: str = "") -> list[Subscriber]:
    """Who gets a letter in this language ("" is any): its readers, and those who named none.

    The order is always the same.
    """
    rows = database.query(
        "SELECT * FROM subscriber WHERE account = :account AND state = 'confirmed'"
        " AND (:language = '' OR language IN ('', :language)) ORDER BY address",
        account=account,
        language=primary(language),
    )
    return [_subscriber(row) for row in rows]


def every(database: Database, account: str) -> list[Subscriber]:
    """All of a list, whatever they said."""
    rows = database.query(
        "SELECT * FROM subscriber WHERE account = :account ORDER BY address", account=account
    )
    return [_subscriber(row) for row in rows]


def at_address(database: Database, account: str, address: str) -> Subscriber | None:
    """Who reads this list at this address."""
    rows = database.query(
        "SELECT * FROM subscriber WHERE account = :account AND lower(address) = lower(:address)",
        account=account,
        address=address,
    )
    return _subscriber(rows[0]) if rows else None


def by_token(database: Database, token: str) -> Subscriber | None:
    """Who has this token."""
    rows = database.query("SELECT * FROM subscriber WHERE token = :token", token=token)
    return _subscriber(rows[0]) if rows else None


def counts(database: Database, account: str) -> dict[str, int]:
    """How many stand where, the empty ones included."""
    counted = {standing.value: 0 for standing in Standing}
    for row in database.query(
        "SELECT state, COUNT(*) AS n FROM subscriber WHERE account = :account GROUP BY state",
        account=account,
    ):
        counted[row["state"]] = row["n"]
    return counted


def tested(database: Database, account: str) -> datetime | None:
    """When somebody last got a letter of this list that they sent to themselves (UTC)."""
    rows = database.query(
        "SELECT MAX(sent) AS sent FROM delivery WHERE account = :account AND state = 'sent'"
        " AND source LIKE :test",
        account=account,
        test=f"%{TEST}",
    )
    return maybe_time(rows[0]["sent"])


def primary(language: str) -> str:
    """The part of a language tag that letters are told apart by (RFC 5646): `de` of `de-AT`."""
    return language.replace("_", "-").partition("-")[0].lower()


def _end(
    database: Database, found: Subscriber, standing: Standing, why: str, now: datetime
) -> None:
    """No more letters: neither the next nor those that wait. Answers to them still go out."""
    database.execute(
        "UPDATE subscriber SET state = :state, ended = :now, why = :why"
        " WHERE token = :token AND state <> :state",
        state=standing.value,
        token=found.token,
        why=why,
        now=to_text(now),
    )
    for identifier in _waiting(database, found):
        delivery = ledger.one(database, identifier)
        if delivery is not None:
            ledger.drop(database, delivery, f"this reader has {standing}: {why}", now)


def _waiting(database: Database, found: Subscriber) -> Iterable[str]:
    rows = database.query(
        "SELECT id FROM delivery WHERE account = :account AND lower(recipient) = lower(:address)"
        " AND activity = 'create' AND state IN ('ready', 'held') AND written_by = ''",
        account=found.account,
        address=found.address,
    )
    return [row["id"] for row in rows]


def _subscriber(row: Row) -> Subscriber:
    return Subscriber(
        account=row["account"],
        address=row["address"],
        language=row["language"],
        standing=Standing(row["state"]),
        token=row["token"],
        asked=from_text(row["asked"]),
        confirmed=maybe_time(row["confirmed"]),
        ended=maybe_time(row["ended"]),
        why=row["why"],
        bounces=row["bounces"],
    )
