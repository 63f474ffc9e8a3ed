"""OAuth 2.0 tokens that tell everything themselves, so that a restart forgets none."""

import base64
import hmac
import json
import secrets
from datetime import datetime, timedelta
from typing import Any

PREFIX = "x2."
LIVES = {
    "code": timedelta(seconds=30),
    "access": timedelta(hours=2),
    "refresh": timedelta(days=180),
}
# A sandbox has nothing to protect: anybody may sign in as anybody.
_KEY = b"the sandbox signs with this"


def make(kind: str, now: datetime, **claims: str) -> str:
    """A token of a kind; it ends when its kind does."""
    ends = (now + LIVES[kind]).timestamp()
    whole = {**claims, "kind": kind, "exp": ends, "jti": secrets.token_urlsafe(9)}
    head = PREFIX + _encoded(json.dumps(whole).encode())
    return f"{head}.{_signature(head)}"


def read(token: str, kind: str, now: datetime) -> dict[str, Any] | None:
    """What a token claims; None where it is none of ours, of another kind, or over."""
    head, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(head).encode()):
        return None
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(head.removeprefix(PREFIX) + "=="))
    return claims if claims["kind"] == kind and now.timestamp() < claims["exp"] else None


def _signature(head: str) -> str:
    return _encoded(hmac.digest(_KEY, head.encode(), "sha256"))


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
