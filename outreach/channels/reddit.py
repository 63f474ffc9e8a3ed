"""Reddit, by its data API (reddit.com/dev/api)."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Annotated, Literal

from pydantic import AfterValidator

from outreach.channels._reddit_access import SCOPES, Access, App
from outreach.channels._reddit_api import SHOWN, Api, Thing, legible
from outreach.channels._reddit_listening import Listening
from outreach.channels._reddit_mentions import written
from outreach.channels._reddit_signin import SignIn
from outreach.channels._reddit_text import markdown, plain, title_and_body
from outreach.channels._settings import ChannelSettings, SecretName, Secrets, Words
from outreach.channels._terms import terms
from outreach.fetch import Fetch
from outreach.model.channel import Rights
from outreach.model.delivery import Receipt
from outreach.model.errors import Rejected, Unavailable, Uncertain
from outreach.model.mention import Mention, Page
from outreach.model.note import Limits, Note

MESSAGE = "t4_"
"""How the id of a private message begins."""

BY_HAND = "a private message is answered by hand, on Reddit; outreach answers comments only"

_READS = frozenset({"identity", "read", "privatemessages", "history"})


def _subreddit(value: str) -> str:
    return value.strip("/").removeprefix("r/")


class Settings(ChannelSettings):
    """`username` is the account's name, which Reddit wants in each request; `client_id` and
    `client_secret` are the app's. A sign-in wins what `refresh_token` may name. `search` are
    addresses of ours and names; `flair` is the id of the flair that the subreddit asks for.
    `callback` is the redirect URI that the app is registered with."""

    kind: Literal["reddit"]
    username: str
    client_id: str
    client_secret: SecretName
    subreddit: Annotated[str, AfterValidator(_subreddit)]
    refresh_token: SecretName | None = None
    search: Words = ()
    flair: str = ""
    callback: str = "http://127.0.0.1:8001/channels/callback"


LIMITS = Limits(
    length=10_000,
    measure=lambda text: len(markdown(text)),
    deduplication="a link once in a subreddit (resubmit=false); else look-up",
    settle=timedelta(seconds=10),
)
"""What a comment takes. A submission's own text may be four times as long."""


class Reddit:
    """One Reddit account: Publisher, Finder, Editor, Deleter, Listener, Identified, Tested,
    Summoned."""

    limits = LIMITS

    def __init__(self, settings: Settings, api: Api) -> None:
        self._settings = settings
        self._api = api
        self._site = api.access.site
        self._known = ("", "")

    def publish(self, note: Note, key: str) -> Receipt:
        """A link of ours as a link post, words as a text post, an answer as a comment."""
        if note.in_reply_to:
            if note.in_reply_to.startswith(MESSAGE):
                raise Rejected(BY_HAND)
            form = {"thing_id": note.in_reply_to, "text": markdown(note.text)}
            data = self._api.post("/api/comment", **form)
            with legible(Uncertain):
                return self._receipt(data["things"][0]["data"])
        at = self._api.now()
        data = self._api.post("/api/submit", **self._submission(note))
        with legible(Uncertain):
            return Receipt(id=str(data["name"]), url=str(data["url"]), at=at)

    def find(self, note: Note, key: str, since: datetime) -> Sequence[Receipt]:
        what = "comments" if note.in_reply_to else "submitted"
        listed = self._api.listing(f"/user/{self._me}/{what}", sort="new")
        start = since.replace(microsecond=0)
        subreddit = self._settings.subreddit
        with legible(Unavailable):
            things = list(takewhile(lambda thing: written(thing) >= start, listed))
            if len(things) >= SHOWN:
                raise Unavailable(f"Reddit shows {SHOWN} things, and all are newer than {since}")
            return [self._receipt(thing) for thing in things if _is(thing, note, subreddit)]

    def edit(self, receipt: Receipt, note: Note) -> Receipt:
        """The words of a comment or a text post. Neither a title nor a link can be changed:
        where those are as they were there is nothing to do, else it is Rejected."""
        thing = next(self._api.listing("/api/info", id=receipt.id), None)
        if thing is None:
            raise Rejected(f"Reddit has no {receipt.id}", 404)
        text = note.text
        if receipt.id.startswith("t3_"):
            title, text = title_and_body(note.title, note.text)
            with legible(Unavailable):
                same = thing["title"] == title and (
                    not note.original or _links(thing, note.original)
                )
            if not same:
                raise Rejected("Reddit lets nobody change the title or the link of a submission")
        if not (receipt.id.startswith("t3_") and note.original):
            self._api.post("/api/editusertext", thing_id=receipt.id, text=markdown(text))
        return receipt

    def delete(self, receipt: Receipt) -> None:
        try:
            self._api.post("/api/del", id=receipt.id)
        except Rejected as error:
            if error.status not in (404, 410):
                raise

    def collect(self, cursor: str | None) -> Page:
        listening = Listening(self._api, self._site, terms(self._settings.search), self._me)
        with legible(Unavailable):
            return listening.page(cursor)

    def handle(self) -> str:
        return f"u/{self._me}"

    def rights(self) -> Rights:
        """By who we are, and by what the sign-in granted."""
        handle = self.handle()
        granted = self._api.access.current().scope.replace(",", " ").split()
        missing = [scope for scope in SCOPES if scope not in granted and "*" not in granted]
        read, write = (
            f"the sign-in did not grant {', '.join(those)}; sign in again" if those else ""
            for those in (
                [scope for scope in missing if scope in _READS],
                [scope for scope in missing if scope not in _READS],
            )
        )
        return Rights(handle=handle, read=read, write=write)

    def unanswerable(self, mention: Mention) -> str:
        return BY_HAND if mention.id.startswith(MESSAGE) else ""

    def _submission(self, note: Note) -> dict[str, str]:
        title, body = title_and_body(note.title, note.text)
        form = {"sr": self._settings.subreddit, "title": title, "resubmit": "false"}
        if self._settings.flair:
            form["flair_id"] = self._settings.flair
        if note.original:
            return {**form, "kind": "link", "url": note.original}
        return {**form, "kind": "self", "text": markdown(body)}

    def _receipt(self, thing: Thing) -> Receipt:
        return Receipt(
            id=str(thing["name"]), url=f"{self._site}{thing['permalink']}", at=written(thing)
        )

    @property
    def _me(self) -> str:
        """Who we are, asked once a sign-in."""
        of = self._api.access.current().of
        if self._known[0] != of:
            with legible(Unavailable):
                self._known = of, str(self._api.get("/api/v1/me")["name"])
        return self._known[1]


def open(settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]) -> Reddit:
    """The account of these settings; nothing is asked before its first use."""
    access = _access(settings, secrets, fetch, now)
    base = access.site if settings.base_url else "https://oauth.reddit.com"
    return Reddit(settings, Api(access, base, fetch, now))


def sign_in(
    settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]
) -> SignIn:
    """On Reddit's own page."""

    def handle(these: Secrets) -> str:
        return open(settings, these, fetch, now).handle()

    access = _access(settings, secrets, fetch, now)
    return SignIn(access, secrets, settings.callback, handle)


def _access(
    settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]
) -> Access:
    app = App(
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        username=settings.username,
    )
    near = f"{settings.base_url.rstrip('/')}/reddit" if settings.base_url else ""
    site = near or "https://www.reddit.com"
    return Access(app, site, secrets, settings.refresh_token, fetch, now)


def _is(thing: Thing, note: Note, subreddit: str) -> bool:
    """Whether a thing of ours is this note: a comment by its parent and words, a submission by its
    subreddit and its link, or its title and words."""
    if note.in_reply_to:
        return thing["parent_id"] == note.in_reply_to and _same(thing["body"], note.text)
    if str(thing["subreddit"]).casefold() != subreddit.casefold():
        return False
    if note.original:
        return _links(thing, note.original)
    title, body = title_and_body(note.title, note.text)
    return bool(thing["is_self"]) and thing["title"] == title and _same(thing["selftext"], body)


def _links(thing: Thing, url: str) -> bool:
    return not thing["is_self"] and str(thing["url"]).rstrip("/") == url.rstrip("/")


def _same(body: str, text: str) -> bool:
    """Whether Markdown says this, but for white space."""
    return plain(body).split() == text.split()
