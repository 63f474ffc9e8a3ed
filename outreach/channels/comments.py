"""Comments and reactions by a form of our own pages; what we answer stands on the page, too."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import parse_qs

from outreach.channels._settings import ChannelSettings, Secrets
from outreach.fetch import Fetch
from outreach.model.delivery import Receipt
from outreach.model.errors import Rejected
from outreach.model.mention import Author, Kind, Mention, Page, Request
from outreach.model.note import Audience, Limits, Note

MARK = "#comment-"
"""What stands in a comment's address between the page and its name there."""

NAMELESS = "A reader"

LIMITS = Limits(
    length=5_000,
    measure=len,
    threads=False,
    audience=Audience.HERE,
    deduplication="nothing leaves: the page shows each answer in the outbox once",
    settle=timedelta(0),
)

sign_in = None


class Settings(ChannelSettings):
    """To have the account is to have the form; it asks nobody for anything."""

    kind: Literal["comments"]


class Comments:
    """Publisher, Finder, Deleter and Receiver, which talks to nobody.

    The page shows an answer while the ledger says that it is out. So there is nothing to send, and
    whatever is in doubt is not there.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    @property
    def limits(self) -> Limits:
        return LIMITS

    def publish(self, note: Note, key: str) -> Receipt:
        """Say where the answer stands from now on. Raises Rejected for what answers no comment."""
        page, mark, _ = (note.in_reply_to or "").partition(MARK)
        if not mark:
            raise Rejected("a page of ours takes answers to its comments, and nothing else", 400)
        if len(note.text) > LIMITS.length:
            raise Rejected(f"an answer has at most {LIMITS.length} characters", 413)
        where = f"{page}{MARK}{key}"
        return Receipt(id=where, url=where, at=self._now())

    def find(self, note: Note, key: str, since: datetime) -> Sequence[Receipt]:
        """None: what the ledger does not know is on no page."""
        return ()

    def delete(self, receipt: Receipt) -> None:
        """Done already: the page shows no answer that the ledger takes back."""

    def receive(self, request: Request, at: datetime) -> Page:
        """What a visitor sent. Raises Rejected for what our own door did not write."""
        form = {name: values[-1] for name, values in parse_qs(request.body).items()}
        what, where = form.get("what"), form.get("id", "")
        if not where.startswith(("http://", "https://")) or "#" not in where:
            raise Rejected("it names no place on a page")
        if what == "like":
            author = Author(id=where.rpartition("-")[2], handle=NAMELESS.lower())
            return Page(mentions=(_mention(where, author, at, kind=Kind.LIKE),))
        if what == "gone":
            author = Author(id=where, handle=NAMELESS)
            return Page(mentions=(_mention(where, author, at, moderate=True, withdrawn=True),))
        if what != "comment" or not form.get("text"):
            raise Rejected("it says nothing")
        name = form.get("name", NAMELESS)
        author = Author(id=where, handle=name, name=name, url=form.get("site", ""))
        return Page(mentions=(_mention(where, author, at, text=form["text"], moderate=True),))


def open(
    settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]
) -> Comments:
    """The account, which needs no secret and no way out."""
    return Comments(now)


def _mention(
    where: str,
    author: Author,
    at: datetime,
    *,
    kind: Kind = Kind.REPLY,
    text: str = "",
    moderate: bool = False,
    withdrawn: bool = False,
) -> Mention:
    """Its id is its address. Each comment is of an author of its own: a name proves nothing."""
    return Mention(
        account="",
        id=where,
        kind=kind,
        author=author,
        text=text,
        url=where,
        published=at,
        original=where.partition("#")[0],
        moderate=moderate,
        withdrawn=withdrawn,
    )
