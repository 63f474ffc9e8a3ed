"""One account of Mastodon in the sandbox, and a person in front of its page of consent."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests

from outreach.channels import Secrets, mastodon
from outreach.fetch import Fetch, loopback_only

from .contract import now, numbers

BACK = "http://127.0.0.1/back?folder=a%20b"


def opened(
    url: str,
    token: str | None = None,
    tokens: dict[str, str] | None = None,
    clock: Callable[[], datetime] = now,
    **settings: Any,
) -> mastodon.Mastodon:
    """The channel with a token that the owner set, or with what a sign-in won."""
    named = "$TOKEN" if token else None
    return mastodon.open(
        mastodon.Settings(kind="mastodon", instance=url, token=named, **settings),
        Secrets(named=lambda name: str(token), tokens={} if tokens is None else tokens),
        Fetch(guard=loopback_only, deadline=5),
        clock,
    )


def somebody() -> str:
    """An account that nobody else has."""
    return f"somebody{next(numbers)}"


def consent(page: str, account: str, decision: str = "authorize") -> Mapping[str, str]:
    """What comes back where a person says yes, or `deny`, on the network's page."""
    form = requests.get(page, timeout=10)
    assert form.ok, form.text
    hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form.text)
    sent = {name: unescape(value) for name, value in hidden}
    (action,) = re.findall(r'action="([^"]+)"', form.text)
    sent |= {"account": account, "decision": decision}
    answer = requests.post(urljoin(page, action), data=sent, allow_redirects=False, timeout=10)
    if "location" in answer.headers:
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))
    (code,) = re.findall(r"<code>([^<]*)</code>", answer.text)
    return {"code": unescape(code), "state": sent["state"]}
