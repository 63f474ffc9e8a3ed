"""An atproto session: signed in once, refreshed before use, kept on the disk first."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from outreach.channels._http import not_public_yet, refusal
from outreach.channels._settings import won
from outreach.fetch import Fetch
from outreach.model.errors import Rejected, Unauthorized, Unavailable, Uncertain

SESSION = "session"
PAGE = 100
_EXPIRED = ("ExpiredToken", "InvalidToken")


class Session:
    """One account on one PDS; `get` and `post` are XRPC calls with its token.

    `password` is asked for where somebody has to sign in, and not before.

    A refreshed pair is stored before it is used; the old refresh token works for two more hours,
    so a crash in between loses nothing (atproto). Only a refusal of the refresh token itself signs
    in again with the app password; a network blip keeps what there is.
    """

    def __init__(
        self,
        *,
        service: str,
        identifier: str,
        password: Callable[[], str],
        tokens: MutableMapping[str, str],
        fetch: Fetch,
        now: Callable[[], datetime],
    ) -> None:
        self._service = service.rstrip("/")
        self._identifier = identifier
        self._password = password
        self._tokens = tokens
        self._fetch = fetch
        self._now = now
        self._lock = threading.Lock()

    @property
    def did(self) -> str:
        return str(self._current()["did"])

    @property
    def handle(self) -> str:
        return str(self._current()["handle"])

    def get(self, method: str, **parameters: object) -> Any:
        """A query. Lists become repeated parameters."""
        given = {name: value for name, value in parameters.items() if value is not None}
        return self._authorized("GET", f"{method}?{urlencode(given, doseq=True)}", b"", "")

    def pages(self, method: str, **parameters: object) -> Iterator[Any]:
        """The answers of a query that lists, page by page.

        Raises Unavailable where a server leads back to a page that was read: what it lists was not
        read to its end.
        """
        cursor: str | None = None
        read: set[str] = set()
        while True:
            page = self.get(method, cursor=cursor, limit=PAGE, **parameters)
            yield page
            cursor = page.get("cursor")
            if not cursor:
                return
            if cursor in read:
                raise Unavailable(f"the pages of {method} lead in a circle; the server is at fault")
            read.add(cursor)

    def post(self, method: str, body: Mapping[str, object]) -> Any:
        """A procedure."""
        return self._authorized("POST", method, json.dumps(body).encode(), "application/json")

    def upload(self, data: bytes, content_type: str) -> Any:
        """A blob, which nobody sees before a record has it."""
        return self._authorized("POST", "com.atproto.repo.uploadBlob", data, content_type)["blob"]

    def _authorized(self, verb: str, path: str, content: bytes, content_type: str) -> Any:
        session = self._current()
        try:
            return self._call(verb, path, content, content_type, session["accessJwt"])
        except Rejected as error:
            if _name(error) not in _EXPIRED:
                raise
        session = self._refreshed(session)
        return self._call(verb, path, content, content_type, session["accessJwt"])

    def _current(self) -> Mapping[str, str]:
        with self._lock:
            stored = self._stored()
            return stored if stored is not None else self._sign_in()

    def _refreshed(self, used: Mapping[str, str]) -> Mapping[str, str]:
        """A newer session than `used`; of several threads one asks for it."""
        with self._lock, not_public_yet():
            stored = self._stored()
            if stored is not None and stored["accessJwt"] != used["accessJwt"]:
                return stored
            try:
                answer = self._call(
                    "POST", "com.atproto.server.refreshSession", b"", "", used["refreshJwt"]
                )
            except (Rejected, Unauthorized) as error:
                if isinstance(error, Rejected) and _name(error) not in _EXPIRED:
                    raise
                return self._sign_in()
            return self._keep({**used, **answer})

    def sign_in(self) -> None:
        """Sign in with the password, whatever there is. Raises Unauthorized."""
        with self._lock:
            self._sign_in()

    def _sign_in(self) -> Mapping[str, str]:
        body = {"identifier": self._identifier, "password": self._password()}
        with not_public_yet():
            answer = self._call(
                "POST",
                "com.atproto.server.createSession",
                json.dumps(body).encode(),
                "application/json",
                "",
            )
        return self._keep(answer)

    def _stored(self) -> Mapping[str, str] | None:
        kept = won(self._tokens, SESSION)
        session: Mapping[str, str] | None = json.loads(kept) if kept else None
        return session

    def _keep(self, session: Mapping[str, str]) -> Mapping[str, str]:
        kept = {name: session[name] for name in ("did", "handle", "accessJwt", "refreshJwt")}
        self._tokens[SESSION] = json.dumps(kept)
        return kept

    def _call(self, verb: str, path: str, content: bytes, content_type: str, token: str) -> Any:
        headers = {"content-type": content_type} if content_type else {}
        if token:
            headers["authorization"] = f"Bearer {token}"
        url = f"{self._service}/xrpc/{path}"
        answer = self._fetch(verb, url, headers=headers, content=content)
        error = refusal(verb, answer, self._now())
        if error is not None:
            raise error
        try:
            return json.loads(answer.body) if answer.body else {}
        except ValueError as broken:
            what = f"the answer of {path.partition('?')[0]} cannot be read: {broken}"
            raise (Unavailable if verb == "GET" else Uncertain)(what) from broken


def _name(error: Rejected) -> str:
    """The name that XRPC gives an error."""
    try:
        body = json.loads(error.body)
    except ValueError:
        return ""
    return str(body.get("error", "")) if isinstance(body, dict) else ""


def is_named(error: Rejected, *names: str) -> bool:
    """Whether the network refused with one of these XRPC errors."""
    return _name(error) in names
