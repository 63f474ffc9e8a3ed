"""How a person signs in to Reddit: on its page (RFC 6749). Reddit knows no PKCE."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from hmac import compare_digest
from secrets import token_urlsafe
from urllib.parse import urlencode

from outreach.channels._reddit_access import REFRESH, SCOPES, Access
from outreach.channels._settings import Secrets
from outreach.channels._signin import Begun
from outreach.model.errors import Unauthorized


class SignIn:
    """A Consent. `callback` is the redirect URI that the app is registered with.

    `handle` asks Reddit who these secrets are; it proves them.
    """

    def __init__(
        self, access: Access, secrets: Secrets, callback: str, handle: Callable[[Secrets], str]
    ) -> None:
        self._access = access
        self._secrets = secrets
        self._callback = callback
        self._handle = handle

    def begin(self, redirect_uri: str) -> Begun:
        kept = {"state": token_urlsafe(32), "redirect_uri": redirect_uri or self._callback}
        query = {
            "client_id": self._access.app.client_id,
            "response_type": "code",
            "duration": "permanent",
            "scope": " ".join(SCOPES),
            **kept,
        }
        url = f"{self._access.site}/api/v1/authorize?{urlencode(query)}"
        return Begun(url=url, kept=kept)

    def finish(self, kept: Mapping[str, str], answer: Mapping[str, str]) -> str:
        if not compare_digest(kept["state"].encode(), answer.get("state", "").encode()):
            raise Unauthorized("this answer belongs to another sign-in; begin again")
        if answer.get("error") or not answer.get("code"):
            why = answer.get("error") or "the address has no code"
            raise Unauthorized(f"Reddit did not sign you in: {why}")
        told = self._access.grant(
            {
                "grant_type": "authorization_code",
                "code": answer["code"].removesuffix("#_"),
                "redirect_uri": kept["redirect_uri"],
            }
        )
        if not told.get(REFRESH):
            raise Unauthorized("Reddit gave no permanent token; sign in again")
        proved: dict[str, str] = {REFRESH: str(told[REFRESH])}
        handle = self._handle(replace(self._secrets, tokens=proved))
        self._secrets.tokens.update(proved)  # it may replace what works
        return handle
