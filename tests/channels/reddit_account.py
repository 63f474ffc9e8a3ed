"""An account on the sandbox's Reddit, opened as a test wants it."""

from collections.abc import Callable, MutableMapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from outreach.channels import Secrets, reddit
from outreach.channels._reddit_signin import SignIn
from outreach.fetch import Fetch, loopback_only

from ..sandbox.running import Sandbox
from .contract import now

APP: dict[str, Any] = {
    "kind": "reddit",
    "username": "acme",
    "client_id": "abc",
    "client_secret": "$REDDIT_CLIENT_SECRET",
    "subreddit": "lanterns",
}


def opened(
    url: str,
    name: str = "acme",
    tokens: MutableMapping[str, str] | None = None,
    clock: Callable[[], datetime] = now,
    **settings: Any,
) -> reddit.Reddit:
    """The channel of an account whose refresh token is its name, as in the sandbox mode."""
    given = {**APP, "refresh_token": "$REDDIT_REFRESH_TOKEN", "subreddit": name, **settings}
    return reddit.open(
        reddit.Settings.model_validate({**given, "base_url": url}),
        Secrets(named=lambda secret: name, tokens={} if tokens is None else tokens),
        Fetch(guard=loopback_only, deadline=5),
        clock,
    )


def signing(url: str, tokens: MutableMapping[str, str]) -> SignIn:
    """The sign-in of an account that has no token yet."""
    return reddit.sign_in(
        reddit.Settings.model_validate({**APP, "base_url": url}),
        Secrets(named=lambda secret: "app", tokens=tokens),
        Fetch(guard=loopback_only, deadline=1),
        now,
    )


def says(sandbox: Sandbox, url: str, account: str, answer: str = "yes") -> dict[str, str]:
    """What a person is sent back with who says yes, or no, on Reddit's page."""
    page = urlsplit(url)
    assert sandbox.call("GET", f"{page.path}?{page.query}", token="").status_code == 200
    form = {**dict(parse_qsl(page.query)), "account": account, "answer": answer}
    back = sandbox.call("POST", page.path, token="", data=form, allow_redirects=False)
    return dict(parse_qsl(str(urlsplit(back.headers["location"]).query)))
