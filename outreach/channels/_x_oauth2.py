"""X's OAuth 2.0 user context: tokens of two hours, renewed before use and stored before use."""

import base64
import json
import threading
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from outreach.channels._http import not_public_yet, refusal
from outreach.channels._settings import Secrets, won
from outreach.channels._x_access import Wire
from outreach.fetch import Answer
from outreach.model.errors import RateLimited, Unauthorized, Unavailable

SESSION = "session"
SCOPES = ("tweet.read", "tweet.write", "users.read", "media.write", "offline.access")
LIFE = timedelta(hours=2)
EARLY = timedelta(minutes=1)
"""How long before its end a token is renewed."""

LOOKS, PAUSE = 10, 0.2
"""How often, and after how many seconds each time, the store is asked for another's renewal."""

_REFUSED = frozenset(
    {
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
        "access_denied",
    }
)
"""What only a human can mend (RFC 6749, 5.2); X says invalid_request of a token that is spent."""

_renewing = threading.Lock()
"""One for all: a refresh token works once, and an account may be open in several threads."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """What a sign-in won. `began` and `expires` are ISO 8601 in UTC; a refresh keeps `began`."""

    access: str
    refresh: str
    scope: str
    expires: str
    began: str


class Endpoint:
    """X's token endpoint, as one app (RFC 6749, 4.1.3 and 6)."""

    def __init__(
        self, wire: Wire, secrets: Secrets, client_id: str, client_secret: str | None
    ) -> None:
        self._wire = wire
        self._secrets = secrets
        self._id = client_id
        self._secret = client_secret

    def client_id(self) -> str:
        return self._secrets.credential("client_id", self._id)

    def grant(self, form: Mapping[str, str], before: Session | None = None) -> Session:
        """Tokens for a code or a refresh token.

        Raises Unauthorized where X refuses what was shown, Unavailable for all else: a blip of
        the network is no refusal.
        """
        now = self._wire.now()
        url = self._wire.url("https://api.x.com", "/2/oauth2/token")
        body = urlencode({**form, "client_id": self.client_id()}).encode()
        with not_public_yet():
            answer = self._wire.fetch("POST", url, headers=self._headers(), content=body)
        _check(answer, now)
        return _session(answer, now, before)

    def _headers(self) -> dict[str, str]:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        if self._secret is not None:
            secret = self._secrets.credential("client_secret", self._secret)
            pair = base64.b64encode(f"{self.client_id()}:{secret}".encode()).decode()
            headers["authorization"] = f"Basic {pair}"
        return headers


class OAuth2:
    """The user who signed in."""

    def __init__(self, wire: Wire, tokens: MutableMapping[str, str], endpoint: Endpoint) -> None:
        self._wire = wire
        self._tokens = tokens
        self._endpoint = endpoint

    def identity(self) -> str:
        return self._stored().began

    def ask(self, method: str, *arguments: object, **options: object) -> Any:
        """Renewed before use where it ended, and once more where X refuses it all the same."""
        session = self._current()
        with suppress(Unauthorized):
            return self._asked(session, method, *arguments, **options)
        return self._asked(self._renewed(session), method, *arguments, **options)

    def unwritable(self, headers: Mapping[str, str]) -> str:
        granted = self._stored().scope.split()
        if not granted:
            return "write is not proved: X did not say what the sign-in may do"
        missing = [scope for scope in ("tweet.write", "media.write") if scope not in granted]
        if not missing:
            return ""
        return f"the sign-in did not grant {' and '.join(missing)}; sign in again"

    def _asked(self, session: Session, method: str, *arguments: object, **options: object) -> Any:
        client = self._wire.client(bearer_token=session.access)
        return getattr(client, method)(*arguments, user_auth=False, **options)

    def _current(self) -> Session:
        session = self._stored()
        if self._wire.now() < datetime.fromisoformat(session.expires) - EARLY:
            return session
        return self._renewed(session)

    def _renewed(self, used: Session) -> Session:
        """A newer session than `used`; of several threads one asks for it."""
        with _renewing:
            stored = self._stored()
            if stored.access != used.access:
                return stored
            if not stored.refresh:
                raise Unauthorized("the sign-in has ended: outreach channels login")
            form = {"grant_type": "refresh_token", "refresh_token": stored.refresh}
            try:
                session = self._endpoint.grant(form, stored)
            except Unauthorized:
                session = self._awaited(stored)
                if session == stored:
                    raise
                return session  # another process was first
            keep(self._tokens, session)
            return session

    def _awaited(self, before: Session) -> Session:
        """What another process stored since `before`; `before` itself where none did.

        Who loses a renewal is refused before the winner has stored what it won.
        """
        for _ in range(LOOKS):
            session = self._stored()
            if session.access != before.access:
                return session
            threading.Event().wait(PAUSE)
        return before

    def _stored(self) -> Session:
        kept = won(self._tokens, SESSION)
        if not kept:
            raise Unauthorized("nobody has signed in; outreach channels login")
        return Session(**json.loads(kept))


def keep(tokens: MutableMapping[str, str], session: Session) -> None:
    """On the disk when this returns: both tokens and their end at once."""
    tokens[SESSION] = json.dumps(asdict(session))


def _check(answer: Answer, now: datetime) -> None:
    error = refusal("POST", answer, now)
    if error is None:
        return
    if isinstance(error, RateLimited):
        raise error
    raise (Unauthorized if _named(answer) in _REFUSED else Unavailable)(str(error)) from error


def _named(answer: Answer) -> str:
    """The name that OAuth gives an error."""
    try:
        body = json.loads(answer.body)
    except ValueError:
        return ""
    return str(body.get("error", "")) if isinstance(body, dict) else ""


def _session(answer: Answer, now: datetime, before: Session | None) -> Session:
    """A token that X leaves out stays as it was: nothing empty replaces what works."""
    try:
        told = json.loads(answer.body)
        session = Session(
            access=str(told["access_token"]),
            refresh=str(told.get("refresh_token") or ""),
            scope=str(told.get("scope") or ""),
            expires=(now + _life(told)).isoformat(),
            began=now.isoformat(),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise Unavailable(f"X's tokens cannot be read: {type(error).__name__}") from error
    if not session.access:
        raise Unavailable("X answered with an empty token")
    if before is None:
        return session
    return replace(
        session,
        refresh=session.refresh or before.refresh,
        scope=session.scope or before.scope,
        began=before.began,
    )


def _life(told: Mapping[str, Any]) -> timedelta:
    return timedelta(seconds=float(told["expires_in"])) if "expires_in" in told else LIFE
