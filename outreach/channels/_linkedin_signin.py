"""LinkedIn's three-legged OAuth (authorization-code-flow). Web applications there use no PKCE."""

import secrets as randomness
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from outreach.channels._linkedin_rest import Rest
from outreach.channels._signin import Begun
from outreach.model.errors import Rejected, Unauthorized


class SignIn:
    """A Consent. `callback` is where LinkedIn sends a person who copies the address by hand."""

    def __init__(
        self, rest: Rest, scopes: tuple[str, ...], callback: str, handle: Callable[[], str]
    ) -> None:
        self._rest = rest
        self._scopes = scopes
        self._callback = callback
        self._handle = handle

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
        if not randomness.compare_digest(answer.get("state", ""), kept["state"]):
            raise Unauthorized("this answer belongs to another sign-in; begin again")
        if "code" not in answer:
            why = answer.get("error_description") or answer.get("error") or "there is no code"
            raise Unauthorized(f"LinkedIn did not sign in: {why}")
        try:
            won = self._rest.form(
                "accessToken",
                grant_type="authorization_code",
                code=answer["code"],
                redirect_uri=kept["redirect_uri"],
            )
        except Rejected as error:
            raise Unauthorized(f"LinkedIn does not take the code: {error}") from error
        self._rest.keep(won)
        return self._handle()
