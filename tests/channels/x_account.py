"""An account on the sandbox's X, opened as a test wants it."""

import json
from collections.abc import Callable, Mapping, MutableMapping
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from outreach.channels import Secrets, x
from outreach.channels._signin import Consent
from outreach.fetch import Answer, Fetch, loopback_only

from ..sandbox.running import Sandbox
from .contract import now

KEYS: dict[str, Any] = {
    "consumer_key": "$X_CONSUMER_KEY",
    "consumer_secret": "$X_CONSUMER_SECRET",
    "access_token": "$X_ACCESS_TOKEN",
    "access_token_secret": "$X_ACCESS_TOKEN_SECRET",
}
OAUTH2: dict[str, Any] = {"client_id": "$X_CLIENT_ID"}
CALLBACK = "http://127.0.0.1:8001/channels/callback"


class Counting:
    """The real door, and what went through it."""

    def __init__(self) -> None:
        self._fetch = Fetch(guard=loopback_only, deadline=5)
        self.calls: list[str] = []

    def __call__(self, method: str, url: str, **options: Any) -> Answer:
        self.calls.append(f"{method} {urlsplit(url).path}")
        return self._fetch(method, url, **options)


def opened(
    url: str,
    tokens: MutableMapping[str, str],
    name: str = "acme",
    clock: Callable[[], datetime] = now,
    fetch: Any = None,
    **settings: Any,
) -> x.X:
    """The channel, with what a sign-in won and every secret the account's name."""
    return x.open(
        x.Settings(kind="x", base_url=url, **settings),
        Secrets(named=lambda secret: name, tokens=tokens),
        fetch or Fetch(guard=loopback_only, deadline=1),
        clock,
    )


def session(access: str, refresh: str, ends: datetime | None = None) -> str:
    """What a sign-in by OAuth 2.0 keeps."""
    kept = {
        "access": access,
        "refresh": refresh,
        "scope": "tweet.read tweet.write users.read media.write offline.access",
        "expires": (ends or now() + timedelta(hours=2)).isoformat(),
        "began": now().isoformat(),
    }
    return json.dumps(kept)


def consent(
    url: str, tokens: MutableMapping[str, str], clock: Callable[[], datetime] = now, **more: Any
) -> Consent:
    """The sign-in of an account by OAuth 2.0."""
    signing = x.sign_in(
        x.Settings(kind="x", base_url=url, **OAUTH2, **more),
        Secrets(named=lambda secret: "app", tokens=tokens),
        Fetch(guard=loopback_only, deadline=1),
        clock,
    )
    return cast(Consent, signing)


def says(sandbox: Sandbox, url: str, account: str, answer: str = "yes") -> Mapping[str, str]:
    """What a person is sent back with who says yes, or no, on X's page."""
    page = urlsplit(url)
    assert sandbox.call("GET", f"{page.path}?{page.query}", token="").status_code == 200
    form = {**dict(parse_qsl(page.query)), "account": account, "answer": answer}
    back = sandbox.call("POST", page.path, token="", data=form, allow_redirects=False)
    return dict(parse_qsl(str(urlsplit(back.headers["location"]).query)))


def signed_in(
    sandbox: Sandbox, account: str, clock: Callable[[], datetime] = now
) -> dict[str, str]:
    """The tokens of somebody who has signed in."""
    tokens: dict[str, str] = {}
    signing = consent(sandbox.url, tokens, clock)
    begun = signing.begin("")
    signing.finish(begun.kept, says(sandbox, begun.url, account))
    return tokens
