"""Reddit's OAuth 2.0: a refresh token without an end, access tokens of an hour
(github.com/reddit-archive/reddit/wiki/OAuth2)."""

import base64
import hashlib
import json
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from urllib.parse import urlencode

from outreach.channels._http import not_public_yet, refusal
from outreach.channels._settings import Secrets, won
from outreach.fetch import Answer, Fetch
from outreach.model.errors import RateLimited, Unauthorized, Unavailable

REFRESH, ACCESS = "refresh_token", "access"
"""Under which names a sign-in and a renewal are kept."""

SCOPES = ("identity", "read", "submit", "edit", "privatemessages", "history")
EARLY = timedelta(minutes=1)
"""How long before its end a token is renewed."""

_renewing = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class Token:
    """An access token. `of` tells whose refresh token won it; times are ISO 8601 in UTC."""

    access: str
    scope: str
    expires: str
    of: str


@dataclass(frozen=True, kw_only=True)
class App:
    """Who asks: Reddit wants the app, its version and a person's name in each request."""

    client_id: str
    client_secret: str
    username: str

    @property
    def user_agent(self) -> str:
        ours = f"outreach.{self.client_id}:{version('outreach')}"
        return f"{sys.platform}:{ours} (by /u/{self.username})"


class Access:
    """One account's way in. `site` is where people see Reddit, and where tokens are given."""

    def __init__(
        self,
        app: App,
        site: str,
        secrets: Secrets,
        refresh_token: str | None,
        fetch: Fetch,
        now: Callable[[], datetime],
    ) -> None:
        self.app = app
        self.site = site
        self._secrets = secrets
        self._refresh_token = refresh_token
        self._fetch = fetch
        self._now = now

    def current(self) -> Token:
        """The token that is good now, renewed before its end. Raises Unauthorized."""
        kept = self._kept(self._refresh())
        return self.renewed(kept) if kept is None or self._ends(kept) else kept

    def renewed(self, used: Token | None) -> Token:
        """A newer token than `used`, which was refused or ends; of several threads one asks."""
        with _renewing:
            refresh = self._refresh()
            kept = self._kept(refresh)
            if kept is not None and kept != used:
                return kept
            form = {"grant_type": "refresh_token", "refresh_token": refresh}
            token = self._token(self.grant(form), refresh)
            self._secrets.tokens[ACCESS] = json.dumps(asdict(token))
            return token

    def grant(self, form: Mapping[str, str]) -> Mapping[str, object]:
        """What Reddit gives for a code or a refresh token.

        Raises Unauthorized where it refuses what was shown, Unavailable for all else.
        """
        secret = self._secrets.credential("client_secret", self.app.client_secret)
        pair = base64.b64encode(f"{self.app.client_id}:{secret}".encode()).decode()
        headers = {
            "authorization": f"Basic {pair}",
            "content-type": "application/x-www-form-urlencoded",
            "user-agent": self.app.user_agent,
        }
        url = f"{self.site}/api/v1/access_token"
        with not_public_yet():
            answer = self._fetch("POST", url, headers=headers, content=urlencode(form).encode())
        return _granted(answer, self._now())

    def _token(self, told: Mapping[str, object], refresh: str) -> Token:
        now = self._now()
        try:
            life = timedelta(seconds=float(str(told["expires_in"])))
            access = str(told["access_token"])
        except (KeyError, ValueError, OverflowError) as error:
            raise Unavailable(f"Reddit's token cannot be read: {error}") from error
        return Token(
            access=access,
            scope=str(told.get("scope") or ""),
            expires=(now + life).isoformat(),
            of=_mark(refresh),
        )

    def _refresh(self) -> str:
        return self._secrets.credential(REFRESH, self._refresh_token)

    def _kept(self, refresh: str) -> Token | None:
        """What this refresh token won last; nothing after a new sign-in."""
        kept = won(self._secrets.tokens, ACCESS)
        token = Token(**json.loads(kept)) if kept else None
        return token if token is not None and token.of == _mark(refresh) else None

    def _ends(self, token: Token) -> bool:
        return self._now() >= datetime.fromisoformat(token.expires) - EARLY


def _granted(answer: Answer, now: datetime) -> Mapping[str, object]:
    """Reddit says no also with a 200 that names an error."""
    error = refusal("POST", answer, now)
    if isinstance(error, RateLimited):
        raise error
    if error is not None and answer.status not in (400, 401):
        raise Unavailable(str(error)) from error
    try:
        told = json.loads(answer.body)
    except ValueError:
        told = None
    if error is not None or (isinstance(told, dict) and told.get("error")):
        why = told.get("error") if isinstance(told, dict) else answer.status
        raise Unauthorized(f"Reddit does not take the app's secret or what it was given: {why}")
    if not isinstance(told, dict) or not told.get("access_token"):
        raise Unavailable("Reddit's answer holds no token")
    return told


def _mark(refresh: str) -> str:
    return hashlib.sha256(refresh.encode()).hexdigest()[:16]
