"""How X knows who asks: OAuth 1.0a here, OAuth 2.0 in `_x_oauth2`; both through our one door."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from outreach.channels._settings import Secrets
from outreach.fetch import Fetch
from outreach.model.errors import Rejected, Unauthorized, Unavailable

if TYPE_CHECKING:
    from tweepy import Client

TWEEPY = "https://api.twitter.com"
"""The host that tweepy writes into every request, and that OAuth 1.0a signs."""

READ_ONLY = (
    "X may only be read with this access token: give the app the permission to read and write in"
    " X's developer portal, then make a new access token"
)
_ACCOUNT = ("oauth1-permissions", "client-forbidden")
"""The problems of a 403 that are the account's, not the post's."""


class Access(Protocol):
    """One user's way into the API."""

    def identity(self) -> str:
        """Changes with a new sign-in only. Raises Unauthorized where there was none."""
        ...

    def ask(self, method: str, *arguments: object, **options: object) -> Any:
        """Call a method of tweepy's client as this user."""
        ...

    def unwritable(self, headers: Mapping[str, str]) -> str:
        """Why this user may not post, by what a sign-in or an answer told; "" where it may."""
        ...


@dataclass(frozen=True, kw_only=True)
class Wire:
    """The way to X, or to the server at `base_url` that stands in for it."""

    fetch: Fetch
    now: Callable[[], datetime]
    base_url: str | None

    def url(self, host: str, path: str) -> str:
        """An address of X, on `host` unless another server stands in for it."""
        return (self.base_url or host).rstrip("/") + path

    def client(self, **credentials: str) -> "Client":
        """A tweepy client that neither waits, nor asks again, nor logs."""
        import tweepy

        from outreach.channels._requests import Door, quiet, session

        quiet("tweepy")
        client = tweepy.Client(**credentials, return_type=dict, wait_on_rate_limit=False)
        moved = (TWEEPY, self.base_url.rstrip("/")) if self.base_url else ("", "")
        client.session = session(Door(self.fetch, self.now, moved))
        return client


class OAuth1:
    """Four secrets without an end; a sign-in may have won two of them."""

    def __init__(self, wire: Wire, secrets: Secrets, names: Mapping[str, str | None]) -> None:
        self._wire = wire
        self._secrets = secrets
        self._names = names

    def identity(self) -> str:
        return self._secret("access_token")

    def ask(self, method: str, *arguments: object, **options: object) -> Any:
        client = self._wire.client(**{name: self._secret(name) for name in self._names})
        return getattr(client, method)(*arguments, user_auth=True, **options)

    def unwritable(self, headers: Mapping[str, str]) -> str:
        """X names the permission of the access token in each answer: read, read-write, …"""
        level = headers.get("x-access-level", "").lower()
        if not level:
            return "write is not proved: X did not name the access token's permission"
        return "" if "write" in level else READ_ONLY

    def _secret(self, name: str) -> str:
        return self._secrets.credential(name, self._names[name])


@contextmanager
def meaning() -> Iterator[None]:
    """What some of X's refusals are about: the bill or the account, and not the post."""
    try:
        yield
    except Rejected as error:
        if error.status == 402:
            what = f"{error}: the credits are used up; buy more in X's developer console"
            raise Unavailable(what) from error
        if error.status == 403 and any(problem in error.body for problem in _ACCOUNT):
            raise Unauthorized(
                f"{error}: see the app's permissions in X's developer portal"
            ) from error
        raise
