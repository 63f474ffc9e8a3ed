"""LinkedIn's three-legged OAuth (authorization-code-flow). Web applications there use no PKCE."""

import secrets as randomness
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from outreach.channels._linkedin_rest import ACCESS, Json, Rest, legible
from outreach.channels._signin import Begun
from outreach.model.errors import Rejected, Unauthorized, Unavailable


class SignIn:
    """A Consent. `callback` is where LinkedIn sends a person who copies the address by hand.

    `verified` gives the handle of who has an access token, or raises Unauthorized.
    """

    def __init__(
        self, rest: Rest, scopes: tuple[str, ...], callback: str, verified: Callable[[str], str]
    ) -> None:
        self._rest = rest
        self._scopes = scopes
        self._callback = callback
        self._verified = verified

    def begin(self, redirect_uri: str) -> Begun:
        client, _ = self._rest.client()
        kept = {
            "state": randomness.token_urlsafe(24),
            "redirect_uri": redirect_uri or self._callback,
        }
        asked = {
            "response_type": "code",
            "client_id": client,
            "scope": " ".join(self._scopes),
            **kept,
        }
        return Begun(url=f"{self._rest.site}/oauth/v2/authorization?{urlencode(asked)}", kept=kept)

    def finish(self, kept: Mapping[str, str], answer: Mapping[str, str]) -> str:
        if not randomness.compare_digest(answer.get("state", "").encode(), kept["state"].encode()):
            raise Unauthorized("this answer belongs to another sign-in; begin again")
        if "code" not in answer:
            why = answer.get("error_description") or answer.get("error") or "there is no code"
            raise Unauthorized(f"LinkedIn did not sign in: {why}")
        won = self._won(answer["code"], kept["redirect_uri"])
        with legible(Unavailable):
            token = str(won[ACCESS])
        handle = self._verified(token)
        self._rest.keep(won, anew=True)
        return handle

    def _won(self, code: str, redirect_uri: str) -> Json:
        try:
            return self._rest.form(
                "accessToken",
                grant_type="authorization_code",
                code=code,
                redirect_uri=redirect_uri,
            )
        except Rejected as error:
            raise Unauthorized(f"LinkedIn does not take the code: {error}") from error
