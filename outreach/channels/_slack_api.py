"""Single calls of Slack's Web API (docs.slack.dev/apis/web-api)."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from outreach.channels._http import refusal, until
from outreach.channels._json import legible, parsed
from outreach.fetch import Answer, Fetch
from outreach.model.errors import (
    OutreachError,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    Uncertain,
)

Json = Mapping[str, Any]

SITE = "https://slack.com"
_ACCOUNT = (
    "account_inactive", "app_access_restricted", "invalid_auth", "not_allowed_token_type",
    "not_authed", "org_login_required", "team_not_found", "token_expired", "token_revoked",
    "two_factor_setup_required",
)  # fmt: skip
_LATER = ("ratelimited", "rate_limited", "message_limit_exceeded")
_DOUBT = (
    "fatal_error", "internal_error", "request_timeout", "service_unavailable", "team_added_to_org",
)  # fmt: skip
"""Of the first two Slack says that some aspect of the operation may have succeeded."""

_MISSING = ("channel_not_found", "message_not_found", "thread_not_found", "user_not_found")
_ADVICE = {
    "cannot_reply_to_message": "nobody can answer a message of that kind",
    "channel_not_found": "in Slack: click the channel's name → About → Copy channel ID; to a "
    "private channel the app has to be invited",
    "edit_window_closed": "your workspace lets nobody edit a message that is this old",
    "is_archived": "the channel is archived",
    "msg_too_long": "the text is too long",
    "not_in_channel": "invite the app: write /invite @its-name in the channel",
    "restricted_action": "a setting of the workspace does not let the app post there",
}


class Api:
    """`get` and `post` are methods of the API with the token.

    Slack answers 200 to nearly everything: `ok` says whether it was done, and `error` why not.
    """

    def __init__(
        self, base: str | None, fetch: Fetch, now: Callable[[], datetime], token: Callable[[], str]
    ) -> None:
        self.base = (base or SITE).rstrip("/")
        self._fetch = fetch
        self._now = now
        self._token = token

    def get(self, method: str, **query: object) -> Json:
        """What a method tells. A flag is written as Slack documents it."""
        given = {name: _written(value) for name, value in query.items() if value is not None}
        return self._told("GET", f"{method}?{urlencode(given)}", {}, b"")[0]

    def post(self, method: str, **body: object) -> Json:
        """What a method that writes answers."""
        given = {name: value for name, value in body.items() if value is not None}
        headers = {"content-type": "application/json; charset=utf-8"}
        return self._told("POST", method, headers, json.dumps(given).encode())[0]

    def test(self) -> tuple[Json, frozenset[str]]:
        """Who the token is (auth.test), and its scopes; they stand in a header."""
        told, headers = self._told("GET", "auth.test", {}, b"")
        scopes = headers.get("x-oauth-scopes", "").split(",")
        return told, frozenset(scope.strip() for scope in scopes if scope.strip())

    def _told(
        self, verb: str, path: str, headers: Mapping[str, str], content: bytes
    ) -> tuple[Json, Mapping[str, str]]:
        sent = {**headers, "authorization": f"Bearer {self._token()}"}
        answer = self._fetch(verb, f"{self.base}/api/{path}", headers=sent, content=content)
        error = refusal(verb, answer, self._now())
        if error is not None:
            raise error
        name = path.partition("?")[0]
        told = parsed(verb, name, answer)
        doubt = Unavailable if verb == "GET" else Uncertain
        with legible(doubt):
            if told["ok"]:
                return told, answer.headers
            said = str(told["error"])
        raise self._meant(f"{name}: {said}", said, told, answer, doubt)

    def _meant(
        self, what: str, said: str, told: Json, answer: Answer, doubt: type[OutreachError]
    ) -> OutreachError:
        if said in _LATER:
            return RateLimited(what, until(answer.headers, self._now()))
        if said in _ACCOUNT:
            return Unauthorized(what)
        if said in _DOUBT:
            return doubt(what)
        advice = _ADVICE.get(said, "")
        if said == "missing_scope":
            advice = (
                f"api.slack.com/apps → your app → OAuth & Permissions: add {told.get('needed')}"
            )
        reason = f"{what}: {advice}" if advice else what
        return Rejected(reason, 404 if said in _MISSING else 400, answer.text)


def ts_of(at: datetime) -> str:
    """A time as Slack writes it: seconds, six digits behind the point."""
    return f"{at.timestamp():.6f}"


def time_of(ts: str) -> datetime:
    """The time of a message, which is its name. Raises ValueError for what is none."""
    seconds, _, micro = ts.partition(".")
    return datetime.fromtimestamp(int(seconds), UTC) + timedelta(microseconds=int(micro or 0))


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
