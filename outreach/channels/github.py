"""GitHub: posts announced as discussions, and what people say there (docs.github.com)."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from outreach.channels._github_api import Api, Forbidden, legible
from outreach.channels._github_news import News
from outreach.channels._github_text import MARK, markdown
from outreach.channels._github_threads import Threads
from outreach.channels._settings import ChannelSettings, IsList, SecretName, Secrets, Word
from outreach.channels._token_form import KEPT_AS, TokenForm
from outreach.fetch import Fetch
from outreach.model.channel import Rights
from outreach.model.delivery import Receipt
from outreach.model.errors import Rejected, Unavailable
from outreach.model.mention import Page
from outreach.model.note import Limits, Note

_REPOSITORY = re.compile(r"[\w-]+(\.[\w-]+)*/[\w.-]+")
WRITERS = ("ADMIN", "MAINTAIN", "WRITE", "TRIAGE")
LONGEST = 65_536
HINT = (
    "github.com → your picture → Settings → Developer settings → Personal access tokens → "
    "Fine-grained tokens → Generate new token: only your repository, with Discussions, "
    "Issues and Pull requests set to Read and write"
)


def _is_repository(value: str) -> str:
    if not _REPOSITORY.fullmatch(value):
        raise ValueError("owner/name, as it stands in the repository's address")
    return value


Repository = Annotated[str, AfterValidator(_is_repository)]


class Settings(ChannelSettings):
    """`repository` is where posts are announced, `owner/name`, as discussions of a `category`.

    `listen` are the repositories whose issues and discussions are read, by itself that one.
    `search` are names and addresses of ours that people may write anywhere on GitHub. `token` names
    a personal access token; without it somebody signs in.
    """

    kind: Literal["github"]
    repository: Repository
    category: str = "Announcements"
    listen: Annotated[tuple[Repository, ...], IsList] | None = None
    search: Annotated[tuple[Annotated[Word, Field(min_length=3)], ...], IsList] = ()
    token: SecretName | None = None


LIMITS = Limits(
    length=LONGEST - MARK,
    measure=lambda text: len(markdown(text)),
    deduplication="hidden mark, look-up",
    settle=timedelta(seconds=20),
)
"""GitHub refuses no copy, so the second look comes after half a minute that a listing may lag."""


class GitHub:
    """One account: Publisher, Finder, Editor, Deleter, Listener, Identified, Tested."""

    limits = LIMITS

    def __init__(
        self, settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]
    ) -> None:
        self._secrets = secrets
        self._named = settings.token
        self._api = Api(settings.base_url, self._token, fetch, now)
        self._threads = Threads(self._api, settings.repository, settings.category)
        self._news = News(
            self._api,
            repositories=(settings.repository,) if settings.listen is None else settings.listen,
            terms=settings.search,
            me=self._login,
            now=now,
        )
        # Lives as long as the token does: after a new sign-in it is somebody else's.
        self._known = lru_cache(maxsize=1)(lambda token: _login(self._api))

    def publish(self, note: Note, key: str) -> Receipt:
        return self._threads.publish(note, key)

    def find(self, note: Note, key: str, since: datetime) -> Sequence[Receipt]:
        try:
            return self._threads.find(note, key, since, self._login())
        except Rejected as error:
            raise Unavailable(f"it cannot be looked up: {error}") from error

    def edit(self, receipt: Receipt, note: Note) -> Receipt:
        self._threads.edit(receipt.id, note)
        return receipt

    def delete(self, receipt: Receipt) -> None:
        self._threads.delete(receipt.id)

    def collect(self, cursor: str | None) -> Page:
        return self._news.page(cursor)

    def handle(self) -> str:
        return f"@{self._login()}"

    def rights(self) -> Rights:
        """What the repository lets this person do; what their token may shows at the first post."""
        handle = f"@{_login(self._api)}"
        try:
            home = self._threads.home()
        except (Forbidden, Rejected) as error:
            return Rights(handle=handle, read=str(error), write=str(error))
        with legible(Unavailable):
            why = self._threads.closed(home)
        if not why and home.get("viewerPermission") not in WRITERS:
            why = f"{handle} may only read there"
        return Rights(handle=handle, write=why)

    def _login(self) -> str:
        return self._known(self._token())

    def _token(self) -> str:
        return self._secrets.credential(KEPT_AS, self._named)


def open(settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]) -> GitHub:
    """The account of these settings; nothing is asked before its first use."""
    return GitHub(settings, secrets, fetch, now)


def sign_in(
    settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]
) -> TokenForm:
    """A personal access token, copied here."""

    def verify(token: str) -> str:
        return f"@{_login(Api(settings.base_url, lambda: token, fetch, now))}"

    return TokenForm(tokens=secrets.tokens, label="Token", hint=HINT, verify=verify)


def _login(api: Api) -> str:
    """Whose token it is."""
    with legible(Unavailable):
        return str(api.ask("query { viewer { login } }")["viewer"]["login"])
