"""Signing in at a Mastodon server: OAuth 2 with PKCE (docs.joinmastodon.org/spec/oauth)."""

import base64
import hashlib
import json
from collections.abc import Mapping, MutableMapping
from hmac import compare_digest
from secrets import token_urlsafe
from urllib.parse import urlencode

from outreach.channels._http import not_public_yet
from outreach.channels._mastodon_api import Api, handle, having, verified
from outreach.channels._settings import won
from outreach.channels._signin import Begun
from outreach.model.errors import Rejected, Unauthorized

ACCESS_TOKEN = "access_token"  # noqa: S105 - a name
CLIENT = "client"
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
SCOPES = "read:accounts read:notifications read:statuses write:media write:statuses"


class SignIn:
    """A Consent. `tokens` keeps our registration with the server, and the access token won.

    The registration is one token, JSON, so that it is there in whole or not at all. Servers forget
    applications that nobody used for a day (Mastodon 4.3), so it is tried before it is used.
    """

    def __init__(self, api: Api, instance: str, tokens: MutableMapping[str, str]) -> None:
        self._api = api
        self._instance = instance
        self._tokens = tokens

    def begin(self, redirect_uri: str) -> Begun:
        redirect_uri = redirect_uri or OUT_OF_BAND
        client = self._client(redirect_uri)
        state, verifier = token_urlsafe(32), token_urlsafe(64)
        asked = {
            "response_type": "code",
            "client_id": client["client_id"],
            "redirect_uri": redirect_uri,
            "scope": SCOPES,
            "state": state,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        }
        return Begun(
            url=f"{self._api.base}/oauth/authorize?{urlencode(asked)}",
            kept={"state": state, "verifier": verifier, "redirect_uri": redirect_uri},
        )

    def finish(self, kept: Mapping[str, str], answer: Mapping[str, str]) -> str:
        if not compare_digest(kept["state"].encode(), answer.get("state", "").encode()):
            raise Unauthorized("this answer belongs to another sign-in; begin again")
        if "code" not in answer:
            why = answer.get("error_description") or answer.get("error") or "no code in the answer"
            raise Unauthorized(f"{self._instance} was not given consent: {why}")
        token = self._token(kept, answer["code"])
        account = verified(self._api, token)
        self._tokens[ACCESS_TOKEN] = token  # proved: it may replace one that works
        return handle(account, self._instance)

    def _token(self, kept: Mapping[str, str], code: str) -> str:
        client = self._registered(kept["redirect_uri"])
        if client is None:
            raise Unauthorized("our registration changed since this sign-in began; begin again")
        try:
            with not_public_yet():
                granted = self._api(
                    "POST",
                    "/oauth/token",
                    fields={
                        "grant_type": "authorization_code",
                        "code": code.strip(),
                        "client_id": client["client_id"],
                        "client_secret": client["client_secret"],
                        "redirect_uri": kept["redirect_uri"],
                        "code_verifier": kept["verifier"],
                        "scope": SCOPES,
                    },
                )
        except Rejected as error:
            raise Unauthorized(f"{self._instance} does not take the code: {error}") from error
        return str(having(granted, "access_token")["access_token"])

    def _client(self, redirect_uri: str) -> Mapping[str, str]:
        """Our registration, made anew where there is none or the server refuses it."""
        client = self._registered(redirect_uri)
        if client is not None and self._known(client, redirect_uri):
            return client
        with not_public_yet():
            made = self._api(
                "POST",
                "/api/v1/apps",
                fields={
                    "client_name": "outreach",
                    "redirect_uris": redirect_uri,
                    "scopes": SCOPES,
                },
            )
        made = having(made, "client_id", "client_secret")
        client = {
            "instance": self._api.base,
            "redirect_uri": redirect_uri,
            "client_id": str(made["client_id"]),
            "client_secret": str(made["client_secret"]),
        }
        self._tokens[CLIENT] = json.dumps(client)
        return client

    def _registered(self, redirect_uri: str) -> Mapping[str, str] | None:
        """What was kept, if it is for this server and this way back, and can be read."""
        try:
            kept = won(self._tokens, CLIENT)
        except Unauthorized:
            return None
        client: dict[str, str] = json.loads(kept) if kept else {}
        ours = client.get("instance") == self._api.base
        return client if ours and client["redirect_uri"] == redirect_uri else None

    def _known(self, client: Mapping[str, str], redirect_uri: str) -> bool:
        """Whether the server still knows us (RFC 6749, 4.4: a token for the application itself)."""
        try:
            with not_public_yet():
                self._api(
                    "POST",
                    "/oauth/token",
                    fields={
                        "grant_type": "client_credentials",
                        "client_id": client["client_id"],
                        "client_secret": client["client_secret"],
                        "redirect_uri": redirect_uri,
                        "scope": SCOPES,
                    },
                )
        except (Rejected, Unauthorized):
            return False
        return True


def _challenge(verifier: str) -> str:
    """S256 (RFC 7636, 4.2)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
