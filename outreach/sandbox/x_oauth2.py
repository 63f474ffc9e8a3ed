"""X's page to say yes on, and its token endpoint (OAuth 2.0 with PKCE, RFC 6749 and 7636)."""

import base64
import hashlib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from outreach.sandbox import x_tokens as tokens
from outreach.sandbox.forms import Malformed, fields
from outreach.sandbox.world import World
from outreach.sandbox.x_entities import NAME

KEPT = ("client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method")
_PAGE = Markup(
    """<!doctype html><html lang="en"><meta charset="utf-8"><title>X · Authorize app</title>
<body><h1>{app} wants to access an X account</h1>
<p>It may: {scopes}</p>
<form method="post" action="/i/oauth2/authorize">{hidden}
<label>Account <input name="account" value="{account}" required pattern="\\w+"></label>
<button name="answer" value="yes">Authorize app</button>
<button name="answer" value="no" formnovalidate>Cancel</button></form></body></html>"""
)
_HIDDEN = Markup('<input type="hidden" name="{}" value="{}">')


class Refused(Exception):
    """The token endpoint's answer in OAuth's words; X says invalid_request of most."""

    def __init__(self, description: str, name: str = "invalid_request") -> None:
        super().__init__(description)
        self.answer = {"error": name, "error_description": description}


def routes(world: World) -> list[Route]:
    """The page and the endpoint."""

    async def ask(request: Request) -> Response:
        return _page(request.query_params)

    async def decide(request: Request) -> Response:
        return _decided(world, await fields(request))

    async def token(request: Request) -> Response:
        try:
            return JSONResponse(_granted(world, request, await fields(request)))
        except (Refused, Malformed) as error:
            refused = error if isinstance(error, Refused) else Refused(str(error))
            return JSONResponse(refused.answer, 400)

    return [
        Route("/i/oauth2/authorize", ask, methods=["GET"]),
        Route("/i/oauth2/authorize", decide, methods=["POST"]),
        Route("/2/oauth2/token", token, methods=["POST"]),
    ]


def _page(sent: Mapping[str, str]) -> Response:
    if sent.get("response_type") != "code" or (problem := _problem(sent)):
        wrong = "response_type" if sent.get("response_type") != "code" else problem
        return HTMLResponse(Markup("<h1>Something went wrong</h1><p>{}</p>").format(wrong), 400)
    page = _PAGE.format(
        app=sent["client_id"],
        scopes=sent["scope"],
        hidden=Markup("").join(_HIDDEN.format(name, sent[name]) for name in KEPT),
        account=sent.get("account", ""),
    )
    back = "{0.scheme}://{0.netloc}".format(urlsplit(sent["redirect_uri"]))
    policy = f"default-src 'none'; form-action 'self' {back}; frame-ancestors 'none'"
    return HTMLResponse(page, headers={"Content-Security-Policy": policy})


def _problem(sent: Mapping[str, str]) -> str:
    """Which parameter means nothing; empty if all do."""
    rules = {
        "client_id": r".+",
        "redirect_uri": r"https?://[^\s/?#;]+[^\s;]*",
        "scope": r"[a-z.]+( [a-z.]+)*",
        "state": r".{1,500}",
        "code_challenge": r"[A-Za-z0-9_-]{43,128}",
        "code_challenge_method": r"S256|plain",
    }
    return next((n for n, rule in rules.items() if not re.fullmatch(rule, sent.get(n, ""))), "")


def _decided(world: World, sent: Mapping[str, Any]) -> Response:
    if problem := _problem(sent):
        return HTMLResponse(Markup("<p>{}</p>").format(problem), 400)
    back: dict[str, str] = {"state": sent["state"]}
    account = str(sent.get("account", ""))
    if sent.get("answer") == "yes" and re.fullmatch(r"\w+", account, re.ASCII):
        kept = {name: str(sent[name]) for name in KEPT}
        back["code"] = tokens.make("code", world.now(), sub=account, **kept)
    else:
        back["error"] = "access_denied"
    joint = "&" if "?" in sent["redirect_uri"] else "?"
    return RedirectResponse(f"{sent['redirect_uri']}{joint}{urlencode(back)}", 303)


def _granted(world: World, request: Request, sent: Mapping[str, Any]) -> dict[str, Any]:
    app = _app(request, sent)
    match sent.get("grant_type"):
        case "authorization_code":
            claims = _spent(world, str(sent.get("code", "")), "code", app)
            verifier = str(sent.get("code_verifier", ""))
            if _challenge(verifier, claims["code_challenge_method"]) != claims["code_challenge"]:
                raise Refused("Value passed for the code verifier did not match the code challenge")
            if sent.get("redirect_uri") != claims["redirect_uri"]:
                raise Refused("Value passed for the redirect uri did not match")
        case "refresh_token":
            claims = _spent(world, str(sent.get("refresh_token", "")), "refresh", app)
        case _:
            raise Refused("Value passed for the grant type was invalid", "unsupported_grant_type")
    return _pair(world, claims["sub"], claims["scope"], app)


def _pair(world: World, account: str, scope: str, app: str) -> dict[str, Any]:
    claims = {"sub": account, "scope": scope, "client_id": app}
    answer: dict[str, Any] = {
        "token_type": "bearer",
        "expires_in": int(tokens.LIVES["access"].total_seconds()),
        "access_token": tokens.make("access", world.now(), **claims),
        "scope": scope,
    }
    if "offline.access" in scope.split():
        answer["refresh_token"] = tokens.make("refresh", world.now(), **claims)
    return answer


def _spent(world: World, token: str, kind: str, app: str) -> dict[str, Any]:
    """What a code or a refresh token claims, which is heard once."""
    claims = tokens.read(token, kind, world.now()) if token.startswith(tokens.PREFIX) else None
    if claims is None or claims["client_id"] != app:
        raise Refused("Value passed for the token was invalid.")
    what = f"{kind} {claims['jti']}"
    if any(e["effect"] == "mark" and e["id"] == what for e in world.ledger.entries):
        raise Refused("Value passed for the token was invalid.")
    world.mark(NAME, what)
    return claims


def _app(request: Request, sent: Mapping[str, Any]) -> str:
    """The client: by its Basic header where it has a secret, else by its word."""
    kind, _, rest = request.headers.get("authorization", "").partition(" ")
    app = str(sent.get("client_id", ""))
    if kind.lower() == "basic":
        named, _, secret = base64.b64decode(rest).decode().partition(":")
        if not secret or app not in ("", named):
            raise Refused("Missing valid authorization header", "unauthorized_client")
        return named
    if not app:
        raise Refused("Missing required parameter [client_id].")
    return app


def _challenge(verifier: str, method: str) -> str:
    if method == "plain":
        return verifier
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
