"""What stands under a post's page: what people said, what we answered, and when that changed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import parse_qs

from outreach.model.mention import Author, Kind
from outreach.store import notes
from outreach.store.database import Database, Row, from_text

MOST = 5_000
"""How many words under one post are read at most, the oldest first."""

STATES = "SELECT slug, talk FROM post WHERE talk > 0"

_SEEN = "post = :post AND withdrawn = 0 AND moderation = ''"
_COUNTED = "('like', 'repost', 'bookmark')"
_SPOKEN = "('reply', 'mention', 'quote')"
_HEARD = (
    "SELECT account, id, kind, author_id, author_handle, author_name, author_url, text, url,"
    " published, in_reply_to, post, page FROM mention"
)


@dataclass(frozen=True, kw_only=True)
class Heard:
    """Words of somebody at a post. `page` is a person's word on them: show, hide, or "" for none.

    `published` is UTC.
    """

    account: str
    id: str
    kind: Kind
    author: Author
    text: str
    url: str
    published: datetime
    in_reply_to: str | None
    post: str
    page: str


@dataclass(frozen=True, kw_only=True)
class Answered:
    """An answer of ours that is out, to the mention `to` of the same account. `at` is UTC."""

    account: str
    to: str
    id: str
    url: str
    text: str
    at: datetime


class Standing(StrEnum):
    """How a comment of our own pages stands, as who wrote it is told."""

    COMING = "coming"
    WAITING = "waiting"
    SHOWN = "shown"
    GONE = "gone"


def standing(database: Database, account: str, name: str) -> tuple[str, Standing | None]:
    """The comment whose address ends with this name, and how it stands; None where there is none.

    What a person called spam waits for ever.
    """
    rows = database.query(
        "SELECT id, moderation, withdrawn, page FROM mention"
        " WHERE account = :account AND id LIKE :end",
        account=account,
        end=f"%-{name}",
    )
    for row in rows:
        if row["withdrawn"]:
            return row["id"], Standing.GONE
        is_shown = not row["moderation"] and row["page"] != "hide"
        return row["id"], Standing.SHOWN if is_shown else Standing.WAITING
    coming = database.query(
        "SELECT body FROM received WHERE account = :account AND state = 'waiting'"
        " AND body LIKE :has",
        account=account,
        has=f"%-{name}%",
    )
    for row in coming:
        return parse_qs(row["body"])["id"][0], Standing.COMING
    return "", None


def stir(database: Database, post: str) -> None:
    """Note that what is said under a post has changed; "" is none."""
    database.execute("UPDATE post SET talk = talk + 1 WHERE slug = :post", post=post)


def stir_at(database: Database, account: str, mention: str) -> None:
    """The same, of the post where a mention stands."""
    database.execute(
        "UPDATE post SET talk = talk + 1 WHERE slug = (SELECT post FROM mention"
        " WHERE account = :account AND id = :id)",
        account=account,
        id=mention,
    )


def states(database: Database) -> dict[str, int]:
    """How often the conversation has changed under each post that ever had one."""
    return {row["slug"]: row["talk"] for row in database.query(STATES)}


def heard(database: Database, post: str) -> list[Heard]:
    """The words at a post that were let in and not taken back, oldest first; no private one."""
    rows = database.query(
        f"{_HEARD} WHERE {_SEEN} AND kind IN {_SPOKEN} ORDER BY published, account, id LIMIT :most",
        post=post,
        most=MOST,
    )
    return [_heard(row) for row in rows]


def counts(database: Database, post: str) -> list[tuple[str, Kind, int]]:
    """How many liked, reposted and bookmarked a post, by account."""
    rows = database.query(
        f"SELECT account, kind, COUNT(*) AS n FROM mention WHERE {_SEEN} AND kind IN {_COUNTED}"  # noqa: S608
        " AND page <> 'hide' GROUP BY account, kind ORDER BY account, kind",
        post=post,
    )
    return [(row["account"], Kind(row["kind"]), row["n"]) for row in rows]


def answers(database: Database, post: str) -> list[Answered]:
    """What we answered under a post and is out, oldest first.

    Its source has the id of the mention; also where that had no post yet when we answered.
    """
    rows = database.query(
        "SELECT mention.account, mention.id AS parent, receipt_id, receipt_url, note, sent"
        " FROM mention JOIN delivery ON delivery.account = mention.account AND delivery.source IN"
        " (mention.post || '#answer-' || mention.id, '#answer-' || mention.id)"
        " WHERE mention.post = :post AND activity = 'create' AND delivery.state = 'sent'"
        " AND NOT EXISTS (SELECT 1 FROM delivery AS gone WHERE gone.after = delivery.id"
        " AND gone.activity = 'delete' AND gone.state = 'sent') ORDER BY sent, delivery.id",
        post=post,
    )
    return [_answered(row) for row in rows]


def undecided(database: Database, accounts: Collection[str]) -> list[Heard]:
    """The words at posts that nobody said yet whether to show, of these accounts; oldest first."""
    names = {f"account{number}": name for number, name in enumerate(accounts)}
    if not names:
        return []
    where = f"page = '' AND account IN ({', '.join(f':{name}' for name in names)})"
    return _of_posts(database, where, "published, account, id", MOST, **names)


def latest(database: Database, most: int) -> list[Heard]:
    """The newest words at posts that were let in, newest first."""
    return _of_posts(database, "page <> 'hide'", "published DESC, account, id", most)


def put_on_page(database: Database, account: str, mention: str, word: str) -> None:
    """A person's word on what is shown: show, hide, or "" for what config.yaml says."""
    database.execute(
        "UPDATE mention SET page = :word WHERE account = :account AND id = :id",
        account=account,
        id=mention,
        word=word,
    )
    stir_at(database, account, mention)


def put_author_on_page(database: Database, account: str, author: str, word: str) -> int:
    """The same word on all of an author's at posts; gives back on how many."""
    changed = database.query(
        "UPDATE mention SET page = :word WHERE account = :account AND author_id = :author"
        " AND post <> '' RETURNING post",
        account=account,
        author=author,
        word=word,
    )
    for post in {row["post"] for row in changed}:
        stir(database, post)
    return len(changed)


def _of_posts(database: Database, where: str, order: str, most: int, **more: str) -> list[Heard]:
    rows = database.query(
        f"{_HEARD} WHERE post <> '' AND withdrawn = 0 AND moderation = ''"
        f" AND kind IN {_SPOKEN} AND {where} ORDER BY {order} LIMIT :most",
        most=most,
        **more,
    )
    return [_heard(row) for row in rows]


def _heard(row: Row) -> Heard:
    return Heard(
        account=row["account"],
        id=row["id"],
        kind=Kind(row["kind"]),
        author=Author(
            id=row["author_id"],
            handle=row["author_handle"],
            name=row["author_name"],
            url=row["author_url"],
        ),
        text=row["text"],
        url=row["url"],
        published=from_text(row["published"]),
        in_reply_to=row["in_reply_to"],
        post=row["post"],
        page=row["page"],
    )


def _answered(row: Row) -> Answered:
    return Answered(
        account=row["account"],
        to=row["parent"],
        id=row["receipt_id"],
        url=row["receipt_url"] or "",
        text=notes.from_json(row["note"]).text,
        at=from_text(row["sent"]),
    )
