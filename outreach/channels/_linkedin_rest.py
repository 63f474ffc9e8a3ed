"""LinkedIn's versioned REST API: the token, the headers, and what a refusal means."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from outreach.channels._http import not_public_yet, refusal
from outreach.channels._settings import Secrets, won
from outreach.channels._signin import EXPIRES
from outreach.fetch import Answer, Fetch
from outreach.model.errors import OutreachError, Rejected, Unauthorized, Unavailable

API = "https://api.linkedin.com"
SITE = "https://www.linkedin.com"
ACCESS, REFRESH, SCOPE = "access_token", "refresh_token", "scope"
PAGE = 100

Json = dict[str, Any]


class Forbidden(Unauthorized):
    """The token is good, and may not do this: its application, or its member's role, lacks it."""


class Rest:
    """Calls for one account. `token`, `client_id` and `client_secret` are names of secrets.

    A refused token is refreshed once where LinkedIn gave a refresh token (approved partners only);
    the new one is on the disk before it is used.
    """

    def __init__(
        self,
        *,
        base_url: str | None,
        version: str,
        token: str | None,
        client_id: str | None,
        client_secret: str | None,
        secrets: Secrets,
        fetch: Fetch,
        now: Callable[[], datetime],
    ) -> None:
        self._api = (base_url or API).rstrip("/")
        self.site = (base_url or SITE).rstrip("/")
        self._version = version
        self._token = token
        self._client = (client_id, client_secret)
        self._secrets = secrets
        self._fetch = fetch
        self._now = now
        self._lock = threading.Lock()

    @property
    def tokens(self) -> Mapping[str, str]:
        return self._secrets.tokens

    def get(self, path: str, method: str = "") -> Json:
        return read(self.call("GET", path, method=method), Unavailable)

    def call(self, verb: str, path: str, body: Json | None = None, method: str = "") -> Answer:
        """One request. Raises Forbidden where the token may not, Unauthorized where it is none."""
        headers = self._headers(path, method)
        content = b""
        if body is not None:
            headers["content-type"] = "application/json"
            content = json.dumps(body, ensure_ascii=False).encode()
        used = self._secrets.credential(ACCESS, self._token)
        try:
            return self._send(verb, self._api + path, headers, content, used)
        except Forbidden:
            raise
        except Unauthorized:
            fresh = self._refreshed(used)
            if fresh is None:
                raise
        return self._send(verb, self._api + path, headers, content, fresh)

    def put(self, url: str, content: bytes) -> None:
        """An upload to where LinkedIn says. The token goes along to LinkedIn alone."""
        token = self._secrets.credential(ACCESS, self._token) if self._is_theirs(url) else ""
        headers = {"content-type": "application/octet-stream"}
        self._send("PUT", url, headers, content, token)

    def form(self, path: str, **values: str) -> Json:
        """A request to the OAuth server, which makes nothing public. Knows client and secret."""
        client, secret = self.client()
        sent = urlencode({**values, "client_id": client, "client_secret": secret})
        headers = {"content-type": "application/x-www-form-urlencoded"}
        url = f"{self.site}/oauth/v2/{path}"
        with not_public_yet():
            return read(self._send("POST", url, headers, sent.encode(), ""), Unavailable)

    def client(self) -> tuple[str, str]:
        """The application's id and secret. Raises Unauthorized where the settings name none."""
        identifier, secret = self._client
        if identifier is None or secret is None:
            raise Unauthorized("client_id and client_secret of the LinkedIn app are not set")
        return self._secrets(identifier), self._secrets(secret)

    @property
    def has_client(self) -> bool:
        return None not in self._client

    def keep(self, won: Json, *, anew: bool) -> None:
        """Put what the OAuth server answered on the disk, the access token last.

        A refresh keeps what the answer leaves out. A sign-in (`anew`) does not: it may be somebody
        else's.
        """
        with legible(Unavailable):
            ends = self._now() + timedelta(seconds=int(won["expires_in"]))
            access = str(won[ACCESS])
        for name in (REFRESH, SCOPE):
            if won.get(name):
                self._secrets.tokens[name] = str(won[name])
            elif anew:
                with suppress(KeyError):
                    del self._secrets.tokens[name]
        self.keep_end(ends)
        self._secrets.tokens[ACCESS] = access

    def keep_end(self, at: datetime) -> None:
        self._secrets.tokens[EXPIRES] = at.astimezone(UTC).isoformat()

    def used(self) -> str:
        """The access token of now."""
        return self._secrets.credential(ACCESS, self._token)

    def _refreshed(self, used: str) -> str | None:
        """A newer token than `used`; None where there is none to be had."""
        with self._lock:
            current = self.used()
            if current != used:
                return current
            refresh = won(self.tokens, REFRESH)
            if not refresh or not self.has_client:
                return None
            try:
                answer = self.form("accessToken", grant_type="refresh_token", refresh_token=refresh)
            except Rejected as error:
                raise Unauthorized(f"the sign-in has ended ({error})") from error
            self.keep(answer, anew=False)
            return self.used()

    def _headers(self, path: str, method: str) -> dict[str, str]:
        headers = {"x-restli-protocol-version": "2.0.0"}
        if path.startswith("/rest/"):
            headers["linkedin-version"] = self._version
        return headers | ({"x-restli-method": method} if method else {})

    def _send(
        self, verb: str, url: str, headers: Mapping[str, str], content: bytes, token: str
    ) -> Answer:
        known = {"authorization": f"Bearer {token}"} if token else {}
        answer = self._fetch(verb, url, headers={**headers, **known}, content=content)
        error = refusal(verb, answer, self._now())
        if error is not None:
            raise self._meant(error)
        return answer

    def _meant(self, error: OutreachError) -> OutreachError:
        """What concerns the account and not the note pauses it until somebody has acted."""
        if not isinstance(error, Rejected):
            return error
        if error.status == 403 and "Not enough permissions" in error.body:
            return Forbidden(str(error))
        if error.status == 426:
            hint = f"set another `version:`, YYYYMM; it is {self._version} now"
            return Unauthorized(f"{error}; {hint}")
        return error

    def _is_theirs(self, url: str) -> bool:
        parts = urlsplit(url)
        host = parts.hostname or ""
        ours = f"{parts.scheme}://{parts.netloc}" == self._api
        return ours or (
            parts.scheme == "https" and (host == "linkedin.com" or host.endswith(".linkedin.com"))
        )


def read(answer: Answer, broken: type[OutreachError]) -> Json:
    """The object that an answer holds; one that cannot be read is `broken`."""
    try:
        found = json.loads(answer.body)
    except ValueError as error:
        raise broken(f"the answer cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise broken("the answer is no object")
    return found


@contextmanager
def legible(broken: type[OutreachError]) -> Iterator[None]:
    """Around the reading of an answer: one that lacks what LinkedIn documents is `broken`."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise broken(f"the answer cannot be read: {type(error).__name__}: {error}") from error


def pages(rest: Rest, path: str, method: str) -> Iterator[Json]:
    """The elements of a listing. Each page repeats the last element of the one before: where it
    does not, something was taken out meanwhile, and Unavailable is raised rather than a gap left.
    """
    start, seen = 0, set[str]()
    while True:
        found = rest.get(f"{path}start={start}&count={PAGE}", method)
        elements: list[Json] = found.get("elements", [])
        names = [str(element["id"]) for element in elements]
        if seen and names and seen.isdisjoint(names):
            raise Unavailable("the listing changed while it was read")
        fresh = [one for one, name in zip(elements, names, strict=True) if name not in seen]
        yield from fresh
        seen.update(names)
        links = found.get("paging", {}).get("links", [])
        more = len(elements) >= PAGE or any(link.get("rel") == "next" for link in links)
        if not fresh or not more:
            return
        start += len(elements) - 1


def encoded(urn: str) -> str:
    """A URN as a key of a path or a query: every reserved sign of Rest.li is encoded."""
    return quote(urn, safe="")


def moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
