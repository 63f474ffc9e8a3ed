"""How an application comes by a token: registration, consent, exchange (methods/oauth).

Registrations, codes and tokens tell everything themselves, so that a restart forgets none. A
sandbox has nothing to protect: whoever has the page says which account they are. A bearer token
that is none of these is the account's name, and may do everything.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from outreach.sandbox.forms import Malformed, fields
from outreach.sandbox.mastodon_entities import NAME, error
from outreach.sandbox.world import World

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
CODE_LIFE = timedelta(minutes=10)
ALL = frozenset({"read", "write", "follow", "push", "profile"})
_KEY = b"the sandbox signs with this"
_CARRIED = ("client_id", "redirect_uri", "scope", "state", "code_challenge")
_HEADERS = {"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'"}


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What a token allows: `account` is a handle, "" for the application itself."""

    account: str
    scopes: frozenset[str]

    def covers(self, scope: str) -> bool:
        """Whether it allows this; `read` allows all that begins with `read:`."""
        return scope in self.scopes or scope.partition(":")[0] in self.scopes


class Refused(Exception):
    """An OAuth error (RFC 6749, 5.2): its name, its HTTP status, its description."""

    def __init__(self, name: str, status: int, description: str) -> None:
        super().__init__(description)
        self.name = name
        self.status = status


def grant(token: str) -> Grant | None:
    """What a bearer token allows; None where it is none."""
    if not token.startswith("token."):
        handle = re.sub(r"\W", "_", token, flags=re.ASCII)
        return Grant(account=handle, scopes=ALL) if handle else None
    told = _opened("token", token)
    if told is None:
        return None
    return Grant(account=told["account"], scopes=frozenset(told["scope"].split()))


def routes(world: World) -> list[Route]:
    """The three steps."""

    async def register(request: Request) -> Response:
        try:
            return JSONResponse(_registered(await fields(request), world.now()))
        except (Malformed, ValueError) as problem:
            return JSONResponse(error(f"Validation failed: {problem}"), 422)

    async def ask(request: Request) -> Response:
        try:
            return _page(
                _asked(dict(request.query_params)), request.query_params.get("account", "")
            )
        except Refused as problem:
            return HTMLResponse(f"<p>{escape(str(problem))}</p>", problem.status, _HEADERS)

    async def consent(request: Request) -> Response:
        sent = {name: str(value) for name, value in (await fields(request)).items()}
        try:
            return _answered(_asked({"response_type": "code", **sent}), sent, world.now())
        except Refused as problem:
            return HTMLResponse(f"<p>{escape(str(problem))}</p>", problem.status, _HEADERS)

    async def exchange(request: Request) -> Response:
        try:
            sent = {name: str(value) for name, value in (await fields(request)).items()}
            return JSONResponse(_won(world, sent), headers={"Cache-Control": "no-store"})
        except Refused as problem:
            told = {"error": problem.name, "error_description": str(problem)}
            return JSONResponse(told, problem.status)

    return [
        Route("/api/v1/apps", register, methods=["POST"]),
        Route("/oauth/authorize", ask, methods=["GET"]),
        Route("/oauth/authorize", consent, methods=["POST"]),
        Route("/oauth/token", exchange, methods=["POST"]),
    ]


def _registered(sent: dict[str, Any], now: datetime) -> dict[str, Any]:
    """A CredentialApplication. Raises ValueError for what is no application."""
    name, uris = str(sent.get("client_name") or ""), sent.get("redirect_uris") or []
    uris = uris.split() if isinstance(uris, str) else [str(uri) for uri in uris]
    scopes = str(sent.get("scopes") or "read").split()
    if not name.strip():
        raise ValueError("Name can't be blank")
    if not uris or not all(re.match(r"\w[\w+.-]*:", uri) for uri in uris):
        raise ValueError("Redirect URI must be an absolute URI")
    if not _within(scopes, ALL):
        raise ValueError("Scopes doesn't match configured on the server")
    id = str(int(now.timestamp() * 1000))
    client = _sealed("client", {"id": id, "uris": uris, "scopes": " ".join(scopes)})
    return {
        "id": id,
        "name": name,
        "website": None,
        "scopes": scopes,
        "redirect_uri": "\n".join(uris),
        "redirect_uris": uris,
        "client_id": client,
        "client_secret": _secret(client),
        "client_secret_expires_at": 0,
        "vapid_key": "",
    }


def _asked(sent: dict[str, str]) -> dict[str, str]:
    """An authorization request that may be shown to a person (RFC 6749, 4.1.1)."""
    client = _opened("client", sent.get("client_id", ""))
    if client is None:
        raise Refused("invalid_client", 401, "This application is not known here.")
    if sent.get("redirect_uri") not in client["uris"]:
        raise Refused("invalid_request", 400, "The application did not register this redirect URI.")
    if sent.get("response_type") != "code":
        raise Refused("unsupported_response_type", 400, "The only response type is code.")
    scopes = (sent.get("scope") or "read").split()
    if not _within(scopes, frozenset(client["scopes"].split())):
        raise Refused("invalid_scope", 400, "The application did not register these scopes.")
    if sent.get("code_challenge") and sent.get("code_challenge_method", "S256") != "S256":
        raise Refused("invalid_request", 400, "The code challenge method must be S256.")
    return {**{name: sent.get(name, "") for name in _CARRIED}, "scope": " ".join(scopes)}


def _page(asked: dict[str, str], account: str) -> Response:
    """The question; `?account=` fills the name in."""
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in asked.items()
    )
    scopes = "".join(f"<li>{escape(scope)}</li>" for scope in asked["scope"].split())
    page = (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Authorization required</title>"
        "<h1>Authorization required</h1><p>An application wants to use an account of this sandbox "
        f'for:</p><ul>{scopes}</ul><form method="post" action="/oauth/authorize">{hidden}'
        f'<label>Account <input name="account" value="{escape(account)}" required></label> '
        '<button name="decision" value="authorize">Authorize</button> '
        '<button name="decision" value="deny" formnovalidate>Deny</button></form></html>'
    )
    return HTMLResponse(page, headers=_HEADERS)


def _answered(asked: dict[str, str], sent: dict[str, str], now: datetime) -> Response:
    """Back to the application with a code or a refusal; out of band the person carries the code."""
    account = re.sub(r"\W", "_", sent.get("account", "").strip(), flags=re.ASCII)
    if sent.get("decision") == "deny":
        answer = {"error": "access_denied", "error_description": "The person said no."}
    elif not account:
        return _page(asked, "")
    else:
        told = {**asked, "account": account, "at": now.isoformat(), "once": secrets.token_hex(8)}
        answer = {"code": _sealed("code", told)}
    if asked["redirect_uri"] == OUT_OF_BAND:
        shown = escape(answer.get("code") or answer["error_description"])
        return HTMLResponse(f"<!doctype html><p>Copy this: <code>{shown}</code></p>", 200, _HEADERS)
    if asked["state"]:
        answer["state"] = asked["state"]
    joint = "&" if "?" in asked["redirect_uri"] else "?"
    return RedirectResponse(f"{asked['redirect_uri']}{joint}{urlencode(answer)}", 302)


def _won(world: World, sent: dict[str, str]) -> dict[str, Any]:
    """A Token."""
    client = _opened("client", sent.get("client_id", ""))
    if client is None or sent.get("client_secret") != _secret(sent["client_id"]):
        raise Refused("invalid_client", 401, "The client is not known, or not authenticated.")
    match sent.get("grant_type"):
        case "client_credentials":
            scope = sent.get("scope") or "read"
            if not _within(scope.split(), frozenset(client["scopes"].split())):
                raise Refused("invalid_scope", 400, "The scope is not one of the application's.")
            account = ""
        case "authorization_code":
            told = _redeemed(world, sent)
            scope, account = told["scope"], told["account"]
        case _:
            raise Refused("unsupported_grant_type", 400, "The grant type is not supported.")
    token = {"account": account, "scope": scope, "once": secrets.token_hex(8)}
    return {
        "access_token": _sealed("token", token),
        "token_type": "Bearer",
        "scope": scope,
        "created_at": int(world.now().timestamp()),
    }


def _redeemed(world: World, sent: dict[str, str]) -> dict[str, Any]:
    """What a code stands for: young, used once, by whom it was made for (RFC 7636, 4.6)."""
    told, now = _opened("code", sent.get("code", "")), world.now()
    good = (
        told is not None
        and now - datetime.fromisoformat(told["at"]) < CODE_LIFE
        and told["client_id"] == sent.get("client_id")
        and told["redirect_uri"] == sent.get("redirect_uri")
        and told["code_challenge"] in ("", _challenge(sent.get("code_verifier", "")))
        and not any(entry["id"] == told["once"] for entry in world.ledger.entries)
    )
    if not good or told is None:
        raise Refused("invalid_grant", 400, "The code is not valid, not yours, used or too old.")
    world.mark(NAME, told["once"])
    return told


def _within(scopes: list[str], allowed: frozenset[str]) -> bool:
    return all(Grant(account="", scopes=allowed).covers(scope) for scope in scopes)


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _secret(client: str) -> str:
    return hmac.new(_KEY, client.encode(), "sha256").hexdigest()


def _sealed(kind: str, told: dict[str, Any]) -> str:
    text = base64.urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=").decode()
    return f"{kind}.{text}.{_secret(kind + text)[:32]}"


def _opened(kind: str, sealed: str) -> dict[str, Any] | None:
    """What was sealed; None where it was not, or as something else."""
    try:
        found, text, seal = sealed.split(".")
        told = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        return None
    good = found == kind and hmac.compare_digest(seal, _secret(kind + text)[:32])
    return told if good and isinstance(told, dict) else None
