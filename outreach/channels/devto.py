"""dev.to, and whatever else runs Forem (developers.forem.com/api/v1)."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from outreach.channels._devto_api import Api, legible, moment
from outreach.channels._devto_comments import Comments
from outreach.channels._devto_text import body
from outreach.channels._settings import ChannelSettings, SecretName, Secrets
from outreach.channels._token_form import KEPT_AS, TokenForm
from outreach.fetch import Fetch
from outreach.model.channel import Rights
from outreach.model.delivery import Receipt
from outreach.model.errors import Duplicate, Rejected, Unavailable, Uncertain
from outreach.model.mention import Mention, Page
from outreach.model.note import Limits, Note, NoteKind
from outreach.rules import cut

TITLE = 128
TAGS = 4
TAG = 30
PAGE = 30
"""How many articles one request lists, bodies and all."""

TAKEN = "already been taken"
"""The words of a refusal of what is there: the canonical URL, or title and body of this author."""

NO_WAY = "Forem has no interface to write comments"
HINT = "dev.to → your picture → Settings → Extensions → DEV Community API Keys → Generate API Key"


class Settings(ChannelSettings):
    """`api_key` names an API key; without it somebody signs in. `organization_id` is the number of
    an organisation that the articles appear under. `base_url` is another Forem than dev.to."""

    kind: Literal["devto"]
    api_key: SecretName | None = None
    organization_id: int | None = None


LIMITS = Limits(
    kind=NoteKind.ARTICLE,
    format="markdown",
    length=800_000,
    measure=lambda text: len(body(text).encode()),
    images=1,
    image_types=("image/jpeg", "image/png", "image/gif", "image/webp"),
    threads=False,
    deduplication="canonical URL",
)


class DevTo:
    """One author: Publisher, Finder, Editor, Deleter, Listener, Summoned, Identified, Tested."""

    limits = LIMITS

    def __init__(
        self, settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]
    ) -> None:
        self._secrets = secrets
        self._named = settings.api_key
        self._organization = settings.organization_id
        self._api = Api(settings.base_url, self._key, fetch, now)
        # Lives as long as the key does: after a new sign-in it is somebody else's.
        self._known = lru_cache(maxsize=1)(lambda key: _username(self._api))
        self._comments = Comments(self._api, lambda: self._known(self._key()), now)

    def publish(self, note: Note, key: str) -> Receipt:
        """An article, out at once: a draft is not kept from being there twice."""
        if note.in_reply_to is not None:
            raise Rejected(f"{NO_WAY}: answer on the page of the article", 422)
        try:
            made = self._api.put("POST", "/articles", self._article(note))
        except Rejected as error:
            if error.status == 422 and TAKEN in error.body:
                raise Duplicate(str(error)) from error
            raise
        with legible(Uncertain):
            return _receipt(made)

    def find(self, note: Note, key: str, since: datetime) -> Sequence[Receipt]:
        """Our published articles of that canonical URL, or else of that title and body."""
        since = since.replace(microsecond=0)
        with legible(Unavailable):
            found = ((article, _receipt(article)) for article in self._published())
            newer = []
            for article, receipt in found:
                if receipt.at < since:
                    break
                newer.append((article, receipt))
            return [receipt for article, receipt in newer if _is(article, note)]

    def edit(self, receipt: Receipt, note: Note) -> Receipt:
        self._api.put("PUT", f"/articles/{receipt.id}", self._article(note))
        return receipt

    def delete(self, receipt: Receipt) -> None:
        """Unpublish: nothing can be deleted there, and a draft is seen by its author alone."""
        try:
            self._api.put("PUT", f"/articles/{receipt.id}", {"published": False})
        except Rejected as error:
            if error.status != 404:
                raise

    def collect(self, cursor: str | None) -> Page:
        return self._comments.page(cursor)

    def unanswerable(self, mention: Mention) -> str:
        return f"{NO_WAY}: the answer is written there, by hand"

    def handle(self) -> str:
        return f"@{self._known(self._key())}"

    def rights(self) -> Rights:
        """A key may do all that its owner may."""
        return Rights(handle=f"@{_username(self._api)}")

    def _article(self, note: Note) -> dict[str, object]:
        """What Forem is told. Fields that it is not told stay as they are."""
        article: dict[str, object] = {
            "title": title(note),
            "body_markdown": body(note.text),
            "published": True,
            "tags": tags(note.tags),
        }
        if note.original:
            article["canonical_url"] = note.original
        if note.media and note.media[0].url:
            article["main_image"] = note.media[0].url
        if note.series:
            article["series"] = note.series
        if self._organization is not None:
            article["organization_id"] = self._organization
        return article

    def _published(self) -> Iterator[Any]:
        """Our published articles, newest first; drafts may stand before them."""
        number = 1
        while True:
            page = self._api.listed(f"/articles/me/all?per_page={PAGE}&page={number}")
            yield from (article for article in page if article["published"])
            if len(page) < PAGE:
                return
            number += 1

    def _key(self) -> str:
        return self._secrets.credential(KEPT_AS, self._named)


def open(settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]) -> DevTo:
    """The account of these settings; nothing is asked before its first use."""
    return DevTo(settings, secrets, fetch, now)


def sign_in(
    settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]
) -> TokenForm:
    """An API key, copied here."""

    def verify(key: str) -> str:
        return f"@{_username(Api(settings.base_url, lambda: key, fetch, now))}"

    return TokenForm(tokens=secrets.tokens, label="API key", hint=HINT, verify=verify)


def title(note: Note) -> str:
    """What an article is called: as the post, or how the note begins."""
    first = note.title or note.text.strip().partition("\n")[0]
    return cut.at_word(first, TITLE, len)


def tags(given: Sequence[str]) -> list[str]:
    """The first four, in the letters and digits that Forem takes: `open source` is `opensource`."""
    made = ("".join(filter(str.isalnum, tag.lower()))[:TAG] for tag in given)
    return list(dict.fromkeys(filter(None, made)))[:TAGS]


def _is(article: Any, note: Note) -> bool:
    if note.original:
        return bool(article["canonical_url"] == note.original)
    told = (article["title"], article["body_markdown"].strip())
    return told == (title(note), body(note.text).strip())


def _receipt(article: Any) -> Receipt:
    return Receipt(
        id=str(article["id"]), url=str(article["url"]), at=moment(article["published_at"])
    )


def _username(api: Api) -> str:
    """Whose key it is."""
    with legible(Unavailable):
        return str(api.get("/users/me")["username"])
