"""Webmention (W3C): a page is told that we link to it, and our pages are told who links to them."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Literal
from urllib.parse import parse_qsl, urlencode

from outreach.channels import _extra
from outreach.channels import _web as web
from outreach.channels._http import refusal
from outreach.channels._settings import ChannelSettings, Secrets
from outreach.channels._webmention_discovery import endpoint
from outreach.channels._webmention_entry import host, page_of, read
from outreach.channels._webmention_source import leads_to, mentions
from outreach.fetch import Answer, Fetch
from outreach.model.delivery import Receipt
from outreach.model.errors import Rejected, Unauthorized, Unwanted
from outreach.model.mention import Author, Kind, Mention, Page, Request
from outreach.model.note import Audience, Limits, Note

GONE = (404, 410)
FORM = "application/x-www-form-urlencoded"
RAW = 100_000
"""Characters of a page's own data that are kept."""

LIMITS = Limits(
    length=100_000,
    measure=len,
    threads=False,
    audience=Audience.LINKED,
    deduplication="source and target name it; sending again changes nothing",
)
"""A note's text does not travel: who is told comes and reads our page."""

NO_WORDS = "a webmention carries no words: answer with a post that links there, or by hand"

sign_in = None


class Settings(ChannelSettings):
    """Nobody signs in. `base_url` is the one server of this machine that may be talked to."""

    kind: Literal["webmention"]


class Webmention:
    """Publisher, Repeatable, Editor, Deleter, Receiver and Summoned.

    A receipt's id says which page of ours told which page, so that it can be told again.
    """

    def __init__(self, fetch: Fetch, now: Callable[[], datetime]) -> None:
        self._fetch = fetch
        self._now = now

    @property
    def limits(self) -> Limits:
        return LIMITS

    def publish(self, note: Note, key: str) -> Receipt:
        """Tell the page `note.to` that our page `note.original` links to it.

        Raises Unwanted where it takes no webmentions, is gone, or lies where we do not go.
        """
        if not note.original or not note.to:
            raise Rejected("a webmention needs a page of ours and a page that it links to")
        return self._tell(note.original, note.to)

    def repeatable(self, note: Note) -> bool:
        """Always: the same source and target are the same webmention (3.2.4)."""
        return True

    def edit(self, receipt: Receipt, note: Note) -> Receipt:
        """Tell it again, so that it reads our page anew (3.1.4)."""
        return self._tell(*_pair(receipt.id))

    def delete(self, receipt: Receipt) -> None:
        """Tell it again: our page is gone now (3.1.5). A page that hears nothing needs not to."""
        try:
            self._tell(*_pair(receipt.id))
        except Unwanted:
            return

    def receive(self, request: Request, at: datetime) -> Page:
        """Read the page that says it links to ours.

        A page that is gone, or links to ours no more, is a mention taken back. Raises Rejected for
        what cannot be a webmention, Unavailable where the page cannot be read now.
        """
        told = _told(request)
        answer = web.get(self._fetch, told.source)
        error = refusal("GET", answer, self._now())
        if error is None and not mentions(answer, told.target) and leads_to(answer, told.page):
            raise Rejected("the source has a link to this page, and not this one")
        if answer.status in GONE or (error is None and not mentions(answer, told.target)):
            return Page(mentions=(_taken_back(told, answer, at),))
        if error is not None:
            raise Rejected(str(error), 401) if isinstance(error, Unauthorized) else error
        return Page(mentions=(_mention(told, answer, at),))

    def unanswerable(self, mention: Mention) -> str:
        return NO_WORDS

    def _tell(self, source: str, target: str) -> Receipt:
        """Find out where, and say it there. Each time anew: where may have changed (3.1.4)."""
        to = self._endpoint(target)
        form = urlencode({"source": source, "target": target}).encode()
        try:
            answer = self._fetch("POST", to, headers={"content-type": FORM}, content=form)
        except Rejected as refused:  # by the guard: nothing was sent
            raise Unwanted(str(refused)) from refused
        error = refusal("POST", answer, self._now())
        if isinstance(error, Unauthorized):  # we have no credentials that could be wrong
            raise Rejected(str(error), 401)
        if error is not None:
            raise error
        where = answer.headers.get("location", "") if answer.status == 201 else ""
        return Receipt(id=_name(source, target), url=where or target, at=self._now())

    def _endpoint(self, target: str) -> str:
        try:
            answer = web.get(self._fetch, target)
        except Rejected as refused:
            raise Unwanted(str(refused)) from refused
        error = refusal("GET", answer, self._now())
        if isinstance(error, Rejected | Unauthorized):
            raise Unwanted(f"the page cannot be read: {error}")
        if error is not None:
            raise error
        found = endpoint(answer)
        if found is None:
            raise Unwanted("the page takes no webmentions")
        return web.in_ascii(found)


def open(
    settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]
) -> Webmention:
    """The account. Raises Refused without the extra that reads microformats."""
    _extra.require("webmention", "mf2py")
    return Webmention(web.outside(fetch, settings.base_url), now)


def _name(source: str, target: str) -> str:
    """A webmention's id: both addresses, in letters that need no escaping."""
    return urlsafe_b64encode(f"{source} {target}".encode()).decode()


def _pair(name: str) -> tuple[str, str]:
    """The source and the target of an id. Raises Rejected for another's."""
    try:
        source, target = urlsafe_b64decode(name).decode().split(" ")
    except ValueError as error:
        raise Rejected(f"{name!r} is no webmention of ours", 404) from error
    return source, target


@dataclass(frozen=True, kw_only=True)
class _Told:
    """What a request says: `target` as it stands in the source, `page` as we call it."""

    source: str
    target: str
    page: str

    @property
    def id(self) -> str:
        """One page is one mention of one page of ours, whatever it links to in it."""
        return sha256(f"{self.source} {self.page}".encode()).hexdigest()


def _told(request: Request) -> _Told:
    form = dict(parse_qsl(request.body))
    source, target = form.get("source", "").partition("#")[0], form.get("target", "")
    if not source or not target:
        raise Rejected("it has no source, or no target")
    return _Told(source=source, target=target, page=form.get("page") or page_of(target))


def _whose(told: _Told, answer: Answer) -> str:
    """The host that spoke. One that leads on to another is known only together with that one: it
    may say something else tomorrow, and may lead anywhere."""
    asked, spoke = host(web.in_ascii(told.source)), host(answer.url)
    return spoke if asked == spoke else f"{asked} → {spoke}"


def _mention(told: _Told, answer: Answer, at: datetime) -> Mention:
    entry, whose = read(web.text(answer), answer.url, told.target, at), _whose(told, answer)
    said = {"source": told.source, "target": told.target, "url": answer.url}
    raw = json.dumps({**said, "item": entry.item})
    return Mention(
        account="",
        id=told.id,
        kind=entry.kind,
        author=replace(entry.author, id=whose, handle=whose),
        text=entry.text,
        url=entry.url,
        published=entry.published,
        raw=raw if len(raw) <= RAW else json.dumps(said),
        original=told.page,
        moderate=True,
    )


def _taken_back(told: _Told, answer: Answer, at: datetime) -> Mention:
    whose = _whose(told, answer)
    return Mention(
        account="",
        id=told.id,
        kind=Kind.MENTION,
        author=Author(id=whose, handle=whose),
        text="",
        url=told.source,
        published=at,
        raw=json.dumps({"source": told.source, "status": answer.status}),
        withdrawn=True,
        original=told.page,
        moderate=True,
    )
