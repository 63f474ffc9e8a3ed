"""LinkedIn, a member or an organisation (learn.microsoft.com/linkedin, Community Management).

The two are two applications at LinkedIn, with different rights, and so two classes here.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import takewhile
from typing import Annotated, Literal

from pydantic import Field, model_validator

from outreach.channels._http import not_public_yet
from outreach.channels._linkedin_answers import Answers, Unreadable, reading
from outreach.channels._linkedin_comments import EVERYBODY, PARTNERS, Comments, is_comment
from outreach.channels._linkedin_posts import begin_upload, compose
from outreach.channels._linkedin_rest import ACCESS, Forbidden, Json, Rest, encoded, legible, moment
from outreach.channels._linkedin_signin import SignIn
from outreach.channels._linkedin_text import little, plain
from outreach.channels._settings import ChannelSettings, SecretName, Secrets, won
from outreach.channels._signin import EXPIRES, Consent
from outreach.channels._text import same
from outreach.fetch import Fetch
from outreach.model.channel import Rights
from outreach.model.delivery import Receipt
from outreach.model.errors import Duplicate, Rejected, Unauthorized, Unavailable, Uncertain
from outreach.model.mention import Page
from outreach.model.note import Limits, Note
from outreach.rules import keys, measure

MEMBER = ("openid", "profile", "w_member_social")
ORGANISATION = (
    "r_basicprofile",
    "r_organization_social",
    "r_organization_social_feed",
    "rw_organization_admin",
    "w_organization_social",
    "w_organization_social_feed",
)
SKEW = timedelta(minutes=5)
"""How far LinkedIn's clock may be behind ours when it names a post as the duplicate of ours."""

_POST = re.compile(r"urn:li:(?:share|ugcPost):\d+")


class Settings(ChannelSettings):
    """`organisation` is the number of a page; without it the account is a member's.

    `token` names an access token of one's own; without it somebody signs in, for which LinkedIn
    wants the application's `client_id` and `client_secret`, and `callback` as registered there.
    `author` spares a member's token the right to ask who it is. `version` is the API's, a month.
    """

    kind: Literal["linkedin"]
    organisation: Annotated[int, Field(gt=0)] | None = None
    author: Annotated[str, Field(pattern=r"^urn:li:person:[\w-]+$")] | None = None
    token: SecretName | None = None
    client_id: SecretName | None = None
    client_secret: SecretName | None = None
    callback: str = "http://127.0.0.1:8001/channels/callback"
    version: Annotated[str, Field(pattern=r"^\d{6}(\.\d{2})?$")] = "202609"

    @model_validator(mode="after")
    def _one_of_the_two(self) -> "Settings":
        if self.organisation is not None and self.author is not None:
            raise ValueError("an account is a member's (author) or an organisation's, not both")
        return self


LIMITS = Limits(
    length=3000,
    measure=measure.linkedin,
    images=20,
    cards=True,
    image_bytes=5_000_000,
    image_side=6012,  # 36,152,320 pixels at most
    image_types=("image/jpeg", "image/png", "image/gif"),
    alt_length=4086,
    threads=False,
    deduplication="refusal of the same text (422); look-up of an organisation's posts",
    settle=timedelta(seconds=10),
)


class Account:
    """What a member and an organisation have in common."""

    limits = LIMITS
    _commenting = PARTNERS

    def __init__(self, settings: Settings, rest: Rest, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._rest = rest
        self._now = now
        self._comments = Comments(rest, self._commenting)
        self._known: tuple[str, Json] | None = None

    @property
    def _author(self) -> str:
        """Our URN."""
        if self._settings.organisation is not None:
            return f"urn:li:organization:{self._settings.organisation}"
        return self._settings.author or f"urn:li:person:{self._me['sub']}"

    @property
    def _me(self) -> Json:
        """Whose token it is, asked once a token: another sign-in may be somebody else's."""
        token = self._rest.used()
        if self._known is None or self._known[0] != token:
            me = self._rest.get("/v2/userinfo")
            if not {"sub", "name"} <= set(me):
                raise Unavailable("LinkedIn does not say whose token it is")
            self._known = (token, me)
        return self._known[1]

    def publish(self, note: Note, key: str) -> Receipt:
        """A post, or a comment where the note answers something.

        LinkedIn refuses what it has from this author already, and says under which name. That is
        our note, if it is there and says the same.
        """
        with not_public_yet():
            author = self._author
        if note.in_reply_to:
            return self._comments.create(author, note.in_reply_to, note.text)
        with not_public_yet():
            body = compose(self._rest, author, note)
        at = self._now()
        try:
            answer = self._rest.call("POST", "/rest/posts", body)
        except Rejected as error:
            if "DUPLICATE_POST" not in error.body:
                raise
            return self._there(note, error, keys.time_of(key) - SKEW)
        urn = answer.headers.get("x-restli-id", "")
        if not _POST.fullmatch(urn):
            raise Uncertain(f"the answer names no post: {urn[:80]!r}")
        return self._receipt(urn, at)

    def edit(self, receipt: Receipt, note: Note) -> Receipt:
        if is_comment(receipt.id):
            self._comments.edit(self._author, receipt.id, note.text)
            return receipt
        patch = {"patch": {"$set": {"commentary": little(note)}}}
        self._rest.call("POST", f"/rest/posts/{encoded(receipt.id)}", patch, "PARTIAL_UPDATE")
        return receipt

    def delete(self, receipt: Receipt) -> None:
        try:
            if is_comment(receipt.id):
                self._comments.delete(self._author, receipt.id)
            else:
                self._rest.call("DELETE", f"/rest/posts/{encoded(receipt.id)}", method="DELETE")
        except Rejected as error:
            if error.status not in (404, 410):
                raise

    def expires(self) -> datetime | None:
        kept = won(self._rest.tokens, EXPIRES)
        return datetime.fromisoformat(kept) if kept else None

    def _there(self, note: Note, error: Rejected, since: datetime) -> Receipt:
        """The receipt of what LinkedIn says it has already. Raises Duplicate where that cannot be
        shown to be this note: it is older than our first attempt, or was taken back, say, which
        LinkedIn remembers for a day or two.
        """
        named = _POST.search(error.body)
        if named is None:
            raise Duplicate(str(error)) from error
        try:
            if _made(named[0]) < since:
                raise Rejected("it is older than this note")
            with legible(Unavailable):
                return self._shown(named[0], note)
        except (Forbidden, Rejected, Unavailable, Uncertain) as hidden:
            raise Duplicate(f"{error}; but that one: {hidden}") from hidden

    def _shown(self, urn: str, note: Note) -> Receipt:
        """A post, read back. A token that may not read proves it by an edit that changes nothing:
        LinkedIn takes that only for a post that is there, and is ours.
        """
        try:
            post = self._rest.get(f"/rest/posts/{encoded(urn)}")
        except Forbidden:
            return self.edit(self._receipt(urn, _made(urn)), note)
        if post["author"] != self._author or not _says(post, note):
            raise Rejected("it says something else")
        return self._receipt(urn, moment(post["createdAt"]))

    def _receipt(self, urn: str, at: datetime) -> Receipt:
        return Receipt(id=urn, url=f"{self._rest.site}/feed/update/{urn}", at=at)

    def _look_at_token(self) -> None:
        """Ask when the token ends, where the application's secret is here to ask with."""
        if self._rest.has_client:
            told = self._rest.form("introspectToken", token=self._rest.used())
            if not told.get("active"):
                raise Unauthorized(f"LinkedIn says that the token is {told.get('status')}")
            with legible(Unavailable):
                self._rest.keep_end(moment(int(told["expires_at"]) * 1000))


class Member(Account):
    """One member: Publisher, Repeatable, Editor, Deleter, Identified, Tested, Expiring, Unread.

    No Finder: a self-serve application may not read a member's posts. No Listener either.
    """

    unread = "LinkedIn lets no self-serve application read the comments on a member's posts"
    _commenting = EVERYBODY

    def repeatable(self, note: Note) -> bool:
        """LinkedIn refuses a second copy of a post, and of a comment it is not known to."""
        return not note.in_reply_to

    def handle(self) -> str:
        return str(self._me["name"])

    def rights(self) -> Rights:
        self._look_at_token()
        return Rights(
            handle=self.handle(),
            read=self.unread,
            write=_why_not(lambda: begin_upload(self._rest, self._author)),
        )


class Organisation(Account):
    """One organisation's page: what a Member is, and Finder and Listener; but it is not Unread."""

    def find(self, note: Note, key: str, since: datetime) -> Sequence[Receipt]:
        """Our posts back to `since`; of a comment, all that was said to its parent."""
        with reading():
            if note.in_reply_to:
                return self._found_comments(note, note.in_reply_to, since)
            return self._found_posts(note, since)

    def collect(self, cursor: str | None) -> Page:
        return self._answers.collect(cursor)

    def handle(self) -> str:
        """Its name in addresses, its number where the token may not ask for that.

        Raises Unauthorized where LinkedIn knows no such organisation.
        """
        number = self._settings.organisation
        try:
            found = self._rest.get(f"/rest/organizations/{number}")
        except Forbidden:
            return str(number)
        except Rejected as error:
            raise Unauthorized(f"organisation {number}: {error}") from error
        return str(found.get("vanityName") or found.get("localizedName") or number)

    def rights(self) -> Rights:
        self._look_at_token()
        return Rights(
            handle=self.handle(),
            read=_why_not(self._answers.peek),
            write=_why_not(lambda: begin_upload(self._rest, self._author)),
        )

    def _found_posts(self, note: Note, since: datetime) -> Sequence[Receipt]:
        newer = takewhile(lambda post: moment(post["createdAt"]) >= since, self._answers.posts())
        return [
            self._receipt(post["id"], moment(post["createdAt"]))
            for post in newer
            if _says(post, note)
        ]

    def _found_comments(self, note: Note, parent: str, since: datetime) -> Sequence[Receipt]:
        return [
            self._comments.receipt(one)
            for one in self._answers.comments(parent)
            if one["actor"] == self._author
            and moment(one["created"]["time"]) >= since
            and same(one["message"]["text"], note.text)
        ]

    @cached_property
    def _answers(self) -> Answers:
        return Answers(self._rest, self._author)


def open(
    settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]
) -> Member | Organisation:
    """The account of these settings; nothing is asked before its first use."""
    rest = Rest(
        base_url=settings.base_url,
        version=settings.version,
        token=settings.token,
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        secrets=secrets,
        fetch=fetch,
        now=now,
    )
    kind = Member if settings.organisation is None else Organisation
    return kind(settings, rest, now)


def sign_in(
    settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]
) -> Consent:
    """A page of LinkedIn. The application needs the product that the account is for."""
    account = open(settings, secrets, fetch, now)
    scopes = MEMBER if settings.organisation is None else ORGANISATION

    def verified(token: str) -> str:
        """As whom the token speaks, which has to have the right to post."""
        trial = open(settings, replace(secrets, tokens={ACCESS: token}), fetch, now)
        handle = trial.handle()
        begin_upload(trial._rest, trial._author)
        return handle

    return SignIn(account._rest, scopes, settings.callback, verified)


def _says(post: Json, note: Note) -> bool:
    """Whether a post is this note: by its link, or else by its words."""
    text = plain(post["commentary"])
    if note.original and note.original in note.text:
        return note.original in [link[0] for link in measure.URL.finditer(text)]
    return same(text, plain(little(note)))


def _made(urn: str) -> datetime:
    """When a post was made: its number begins with the milliseconds, which LinkedIn does not
    document and each post shows."""
    return moment(int(urn.rpartition(":")[2]) >> 22)


def _why_not(ask: Callable[[], object]) -> str:
    """Why LinkedIn refuses what is asked; "" if it does not. The asking makes nothing public."""
    try:
        ask()
    except (Forbidden, Rejected, Unreadable) as error:
        return str(error)
    return ""
