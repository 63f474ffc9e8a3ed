"""The log of what came back, each thing once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from outreach.model.errors import Refused
from outreach.model.mention import Author, Kind, Mention
from outreach.rules.pages import same_page
from outreach.store.conversation import stir, stir_at
from outreach.store.database import Database, Row, from_text, to_text

DIGEST = "digest/"
"""How the source of a digest begins that went to the team: what they say to it asks nothing."""


@dataclass(frozen=True, kw_only=True)
class Logged:
    """A mention in the log: the post it belongs to ('' if none) and what the team did with it.

    `moderation` is "" for what people see, else `pending` or `spam`. `page` is a person's word on
    its place under the post: show, hide, or "" for none.
    """

    mention: Mention
    post: str
    state: str
    moderation: str = ""
    page: str = ""


def log(database: Database, mentions: Iterable[Mention], now: datetime) -> list[Mention]:
    """Add what is new, leave what is there; gives back the new that people see. Inside a
    transaction.

    What anybody could send waits for a person where nothing of its author was ever let in; who
    sends it again has changed it, or taken it back; if that is another than before and nobody we
    know, it waits again. One page by many addresses is heard once.
    """
    added, shown = False, []
    for mention in mentions:
        if mention.moderate and _is_copy(database, mention):
            continue
        waits = mention.moderate and not _is_known(database, mention)
        if _add(database, mention, now, "pending" if waits else ""):
            added = True
            if not waits:
                shown.append(mention)
        elif mention.moderate or mention.withdrawn:
            _update(database, mention)
    if added:
        _place(database)
    return shown


def moderate(database: Database, account: str, identifier: str, moderation: str) -> None:
    """A person's word on what waits: "" lets it in, `spam` keeps it out."""
    database.execute(
        "UPDATE mention SET moderation = :moderation WHERE account = :account AND id = :id",
        account=account,
        id=identifier,
        moderation=moderation,
    )
    stir_at(database, account, identifier)


def moderate_author(database: Database, account: str, author: str, moderation: str) -> int:
    """The same word on all of an author's that waits; gives back how many."""
    changed = database.query(
        "UPDATE mention SET moderation = :moderation WHERE account = :account"
        " AND author_id = :author AND moderation = 'pending' RETURNING post",
        account=account,
        author=author,
        moderation=moderation,
    )
    _stir(database, changed)
    return len(changed)


def pending(database: Database) -> list[Logged]:
    """What waits for a person to let it in, oldest first."""
    rows = database.query(
        "SELECT * FROM mention WHERE moderation = 'pending' AND withdrawn = 0"
        " ORDER BY published, account, id"
    )
    return [_logged(row) for row in rows]


def every(database: Database) -> list[Logged]:
    """All of the log, oldest first."""
    rows = database.query("SELECT * FROM mention ORDER BY published, account, id")
    return [_logged(row) for row in rows]


def waiting(database: Database) -> list[Logged]:
    """What asks for an answer, longest first.

    Words to us that nobody answered or closed; of what was there before we met the account, only
    what belongs to a post.
    """
    rows = database.query(
        "SELECT mention.* FROM mention JOIN account ON account.name = mention.account"
        " WHERE state IN ('open', 'assigned') AND withdrawn = 0 AND moderation = ''"
        " AND post NOT LIKE :digest"
        " AND mention.kind IN ('reply', 'mention', 'quote', 'message')"
        " AND (post <> '' OR published >= first_seen) ORDER BY published, mention.account, id",
        digest=f"{DIGEST}%",
    )
    return [_logged(row) for row in rows]


def counts(database: Database) -> dict[str, int]:
    """How many mentions with words each account has in the log."""
    rows = database.query(
        "SELECT account, COUNT(*) AS n FROM mention WHERE moderation = ''"
        " AND kind NOT IN ('like', 'repost', 'bookmark') GROUP BY account"
    )
    return {row["account"]: row["n"] for row in rows}


END = 12
"""How much of a long id stands for it in a table, and finds it again."""


def end_of(identifier: str) -> str:
    """An id as a table shows it: whole, or its end behind `…`."""
    return identifier if len(identifier) <= END + 1 else f"…{identifier[-END:]}"


def one(database: Database, identifier: str, account: str = "") -> Logged:
    """The mention of that id or URL, or of the end that `end_of` shows.

    Where several accounts saw it, `account` says which is meant. Raises Refused where there is
    none, or more than one.
    """
    where = "id = :id OR url = :id"
    if identifier.startswith("…"):
        where, identifier = "substr(id, length(id) - length(:id) + 1) = :id", identifier[1:]
    rows = database.query(
        f"SELECT * FROM mention WHERE ({where}) AND :account IN ('', account)",  # noqa: S608
        id=identifier,
        account=account,
    )
    if not rows:
        raise Refused(f"there is no reply {identifier!r}; outreach replies lists them")
    if len(rows) > 1:
        saw = ", ".join(sorted(row["account"] for row in rows))
        raise Refused(f"several accounts saw {identifier!r}: say which answers ({saw})")
    return _logged(rows[0])


def answered(database: Database, account: str, identifier: str) -> None:
    """Somebody answers it: it does not wait any more."""
    database.execute(
        "UPDATE mention SET state = 'answered' WHERE account = :account AND id = :id",
        account=account,
        id=identifier,
    )


def reopen(database: Database, account: str, identifier: str) -> None:
    """Nobody answers it after all: it waits again."""
    database.execute(
        "UPDATE mention SET state = 'open' WHERE account = :account AND id = :id"
        " AND state = 'answered'",
        account=account,
        id=identifier,
    )


def is_there(database: Database, mention: Mention) -> bool:
    """Whether the log has it."""
    return bool(
        database.query(
            "SELECT 1 FROM mention WHERE account = :account AND id = :id",
            account=mention.account,
            id=mention.id,
        )
    )


def _is_copy(database: Database, mention: Mention) -> bool:
    """Whether what stands at this address is in the log already, by another way to it."""
    return bool(
        database.query(
            "SELECT 1 FROM mention WHERE account = :account AND url = :url AND id <> :id"
            " AND original = :original AND withdrawn = 0 LIMIT 1",
            account=mention.account,
            url=mention.url,
            id=mention.id,
            original=mention.original,
        )
    )


def _is_known(database: Database, mention: Mention) -> bool:
    """Whether something of this author is in the log and was let in."""
    return bool(
        database.query(
            "SELECT 1 FROM mention WHERE account = :account AND author_id = :author"
            " AND moderation = '' LIMIT 1",
            account=mention.account,
            author=mention.author.id,
        )
    )


def _update(database: Database, mention: Mention) -> None:
    """It was changed, taken back, or put there again. Who was let in vouches for nobody who speaks
    in their place."""
    database.execute(
        "UPDATE mention SET kind = :kind, text = :text, url = :url, raw = :raw,"
        " author_id = :author_id, author_handle = :author_handle, author_name = :author_name,"
        " author_url = :author_url, withdrawn = :withdrawn,"
        " moderation = CASE WHEN moderation = '' AND author_id <> :author_id AND :known = 0"
        " THEN 'pending' ELSE moderation END"
        " WHERE account = :account AND id = :id",
        known=int(_is_known(database, mention)),
        **_row(mention),
    )
    stir_at(database, mention.account, mention.id)


def _add(database: Database, mention: Mention, now: datetime, moderation: str) -> bool:
    return (
        database.execute(
            "INSERT INTO mention (account, id, kind, author_id, author_handle, author_name,"
            " author_url, text, url, published, in_reply_to, original, moderation, seen, raw,"
            " withdrawn)"
            " VALUES (:account, :id, :kind, :author_id, :author_handle, :author_name, :author_url,"
            " :text, :url, :published, :in_reply_to, :original, :moderation,"
            " :seen, :raw, :withdrawn)"
            " ON CONFLICT DO NOTHING",
            published=to_text(mention.published),
            in_reply_to=mention.in_reply_to,
            original=mention.original,
            moderation=moderation,
            seen=to_text(now),
            **_row(mention),
        )
        == 1
    )


def _row(mention: Mention) -> dict[str, str | int]:
    """What may change in a mention, and what names it."""
    return {
        "account": mention.account,
        "id": mention.id,
        "kind": mention.kind.value,
        "author_id": mention.author.id,
        "author_handle": mention.author.handle,
        "author_name": mention.author.name,
        "author_url": mention.author.url,
        "text": mention.text,
        "url": mention.url,
        "raw": mention.raw,
        "withdrawn": int(mention.withdrawn),
    }


_PAGES = "SELECT post AS slug, url FROM alias UNION ALL SELECT slug, url FROM post WHERE url <> ''"


def _place(database: Database) -> None:
    """Say which post each belongs to, in any order of arrival: the one whose page it is about, else
    the one whose note it answers, along its chain of parents."""
    about = database.query(
        "SELECT account, id, original FROM mention WHERE post = '' AND original <> ''"
    )
    pages = database.query(_PAGES) if about else []
    slugs = {same_page(row["url"]): row["slug"] for row in pages}
    for row in about:
        if slug := slugs.get(same_page(row["original"])):
            database.execute(
                "UPDATE mention SET post = :post WHERE account = :account AND id = :id",
                post=slug,
                account=row["account"],
                id=row["id"],
            )
            stir(database, slug)
    for row in database.query(
        "SELECT mention.account, mention.id, MIN(source) AS source FROM mention JOIN delivery"
        " ON delivery.account = mention.account AND receipt_id = mention.in_reply_to"
        " WHERE post = '' AND in_reply_to IS NOT NULL GROUP BY mention.account, mention.id"
    ):
        database.execute(
            "UPDATE mention SET post = :post WHERE account = :account AND id = :id",
            account=row["account"],
            id=row["id"],
            post=row["source"].partition("#")[0],
        )
        stir_at(database, row["account"], row["id"])
    while placed := database.query(
        "UPDATE mention SET post = (SELECT post FROM mention AS parent"
        " WHERE parent.account = mention.account AND parent.id = mention.in_reply_to)"
        " WHERE post = '' AND in_reply_to IS NOT NULL AND EXISTS (SELECT 1 FROM mention AS parent"
        " WHERE parent.account = mention.account AND parent.id = mention.in_reply_to"
        " AND parent.post <> '') RETURNING post"
    ):
        _stir(database, placed)


def _stir(database: Database, changed: Iterable[Row]) -> None:
    for post in {row["post"] for row in changed}:
        stir(database, post)


def _logged(row: Row) -> Logged:
    author = Author(
        id=row["author_id"],
        handle=row["author_handle"],
        name=row["author_name"],
        url=row["author_url"],
    )
    mention = Mention(
        account=row["account"],
        id=row["id"],
        kind=Kind(row["kind"]),
        author=author,
        text=row["text"],
        url=row["url"],
        published=from_text(row["published"]),
        in_reply_to=row["in_reply_to"],
        raw=row["raw"],
        withdrawn=bool(row["withdrawn"]),
        original=row["original"],
    )
    return Logged(
        mention=mention,
        post=row["post"],
        state=row["state"],
        moderation=row["moderation"],
        page=row["page"],
    )
