"""How a person signs in to X: by its page (OAuth 2.0), or with the portal's tokens (OAuth 1.0a)."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import replace
from secrets import token_urlsafe
from urllib.parse import urlencode

from outreach.channels._settings import Secrets
from outreach.channels._signin import Begun, Field
from outreach.channels._x_access import Wire
from outreach.channels._x_oauth2 import SCOPES, Endpoint, keep
from outreach.model.errors import Unauthorized

Handle = Callable[[Secrets], str]
"""Asks X who these secrets are; proves them."""

PORTAL = "X's developer portal, your app, Keys and tokens"


class CodeGrant:
    """X's page, with PKCE (RFC 7636). X has no code to copy: the person is sent to `callback`."""

    def __init__(
        self, wire: Wire, secrets: Secrets, endpoint: Endpoint, callback: str, handle: Handle
    ) -> None:
        self._wire = wire
        self._secrets = secrets
        self._endpoint = endpoint
        self._callback = callback
        self._handle = handle

    def begin(self, redirect_uri: str) -> Begun:
        redirect = redirect_uri or self._callback
        state, verifier = token_urlsafe(32), token_urlsafe(48)
        query = {
            "response_type": "code",
            "client_id": self._endpoint.client_id(),
            "redirect_uri": redirect,
            "scope": " ".join(SCOPES),
            "state": state,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        }
        url = self._wire.url("https://x.com", "/i/oauth2/authorize")
        kept = {"state": state, "verifier": verifier, "redirect_uri": redirect}
        return Begun(url=f"{url}?{urlencode(query)}", kept=kept)

    def finish(self, kept: Mapping[str, str], answer: Mapping[str, str]) -> str:
        if answer.get("error"):
            raise Unauthorized(f"X did not sign you in: {answer['error']}")
        if not hmac.compare_digest(kept["state"].encode(), answer.get("state", "").encode()):
            raise Unauthorized("this answer belongs to another sign-in; begin again")
        if not answer.get("code"):
            raise Unauthorized("the address has no code; copy the whole address you were sent to")
        session = self._endpoint.grant(
            {
                "grant_type": "authorization_code",
                "code": answer["code"],
                "redirect_uri": kept["redirect_uri"],
                "code_verifier": kept["verifier"],
            }
        )
        won: dict[str, str] = {}
        keep(won, session)
        handle = self._handle(replace(self._secrets, tokens=won))
        self._secrets.tokens.update(won)  # proved: it may replace what works
        return handle


class TokenForm:
    """The access token and its secret, as the developer portal shows them."""

    fields = (
        Field(name="access_token", label="Access token", hint=PORTAL),
        Field(name="access_token_secret", label="Access token secret", hint=PORTAL),
    )

    def __init__(self, secrets: Secrets, handle: Handle) -> None:
        self._secrets = secrets
        self._handle = handle

    def submit(self, values: Mapping[str, str]) -> str:
        tokens = {field.name: values.get(field.name, "").strip() for field in self.fields}
        if not all(tokens.values()):
            raise Unauthorized("X needs both, the access token and its secret")
        handle = self._handle(replace(self._secrets, tokens=dict(tokens)))
        self._secrets.tokens.update(tokens)
        return handle


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
