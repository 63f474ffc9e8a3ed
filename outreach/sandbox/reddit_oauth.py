"""Reddit's page to say yes on, and its tokens (github.com/reddit-archive/reddit/wiki/OAuth2).

A sandbox has nothing to protect: a token tells everything itself, and a bare name is the account's
token, access or refresh, with every scope.
"""

import base64
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from outreach.sandbox.forms import Malformed, fields
from outreach.sandbox.reddit_things import NAME
from outreach.sandbox.world import World

PREFIX = "rdt."
LIVES = {"code": timedelta(minutes=10), "access": timedelta(hours=1), "refresh": None}
EVERY = "identity read submit edit privatemessages history"
KEPT = ("client_id", "redirect_uri", "scope", "state", "duration")
AGENT = re.compile(r"\S+:\S+:\S+ \(by /u/\S+\)")
"""How Reddit wants a program to call itself: platform:app:version (by /u/name)."""

_PAGE = Markup(
    """<!doctype html><html lang="en"><meta charset="utf-8"><title>Reddit · Authorize</title>
<body><h1>{app} would like to connect with your Reddit account</h1>
<p>Allow it to: {scopes}</p>
<form method="post" action="/reddit/api/v1/authorize">{hidden}
<label>Account <input name="account" value="" required pattern="\\w+"></label>
<button name="answer" value="yes">Allow</button>
<button name="answer" value="no" formnovalidate>Decline</button></form></body></html>"""
)
_HIDDEN = Markup('<input type="hidden" name="{}" value="{}">')


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks, and what they may."""

    name: str
    scopes: frozenset[str]


def routes(world: World) -> list[Route]:
    """The page and the token endpoint, both on www.reddit.com."""

    async def ask(request: Request) -> Response:
        return _page(request.query_params)

    async def decide(request: Request) -> Response:
        return _decided(world, await fields(request))

    async def token(request: Request) -> Response:
        try:
            return _granted(world, request, await fields(request))
        except Malformed:
            return bad()

    return [
        Route(f"/{NAME}/api/v1/authorize", ask, methods=["GET"]),
        Route(f"/{NAME}/api/v1/authorize", decide, methods=["POST"]),
        Route(f"/{NAME}/api/v1/access_token", token, methods=["POST"]),
    ]


def caller(request: Request, now: datetime) -> Caller | None:
    """Who asks; None is nobody, or somebody whose token has ended."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    claims = _read(token.strip(), "access", now) if kind.lower() == "bearer" else None
    if claims is None:
        return None
    return Caller(name=claims["sub"], scopes=frozenset(claims["scope"].split()))


def is_named(request: Request) -> bool:
    """Whether the program says who it is, as Reddit's rules want it."""
    return AGENT.fullmatch(request.headers.get("user-agent", "")) is not None


def bad() -> Response:
    """Reddit's words for a request that it does not take."""
    return JSONResponse({"message": "Bad Request", "error": 400}, 400)


def _page(sent: Mapping[str, str]) -> Response:
    if wrong := _wrong(sent):
        return HTMLResponse(Markup("<h1>Bad request</h1><p>{}</p>").format(wrong), 400)
    hidden = Markup("").join(_HIDDEN.format(name, sent[name]) for name in KEPT)
    return HTMLResponse(_PAGE.format(app=sent["client_id"], scopes=sent["scope"], hidden=hidden))


def _wrong(sent: Mapping[str, str]) -> str:
    """Which parameter means nothing; empty if all do."""
    rules = {
        "client_id": r".+",
        "redirect_uri": r"https?://\S+",
        "scope": r"[a-z]+( [a-z]+)*",
        "state": r".+",
        "duration": r"temporary|permanent",
    }
    return next((n for n, rule in rules.items() if not re.fullmatch(rule, sent.get(n, ""))), "")


def _decided(world: World, sent: Mapping[str, Any]) -> Response:
    if wrong := _wrong(sent):
        return HTMLResponse(Markup("<p>{}</p>").format(wrong), 400)
    back = {"state": str(sent["state"])}
    account = str(sent.get("account", ""))
    if sent.get("answer") == "yes" and re.fullmatch(r"\w+", account, re.ASCII):
        kept = {name: str(sent[name]) for name in KEPT}
        back["code"] = _make("code", world.now(), sub=account, **kept)
    else:
        back["error"] = "access_denied"
    joint = "&" if "?" in sent["redirect_uri"] else "?"
    return RedirectResponse(f"{sent['redirect_uri']}{joint}{urlencode(back)}#_", 303)


def _granted(world: World, request: Request, sent: Mapping[str, Any]) -> Response:
    app = _app(request)
    if app is None:
        return JSONResponse({"message": "Unauthorized", "error": 401}, 401)
    if not is_named(request):
        return JSONResponse({"message": "Too Many Requests", "error": 429}, 429)
    match sent.get("grant_type"):
        case "authorization_code":
            claims = _read(str(sent.get("code", "")), "code", world.now())
            if claims is None or not _is_first(world, claims, sent, app):
                return JSONResponse({"error": "invalid_grant"})
            return JSONResponse(_tokens(world, claims, permanent=claims["duration"] == "permanent"))
        case "refresh_token":
            claims = _read(str(sent.get("refresh_token", "")), "refresh", world.now())
            return bad() if claims is None else JSONResponse(_tokens(world, claims))
        case _:
            return JSONResponse({"error": "unsupported_grant_type"})


def _is_first(world: World, claims: dict[str, Any], sent: Mapping[str, Any], app: str) -> bool:
    """Whether a code is used for the first time, by the app and the way back it was given for."""
    what = f"code {claims['jti']}"
    spent = any(e["effect"] == "mark" and e["id"] == what for e in world.ledger.entries)
    meant = (claims["client_id"], claims["redirect_uri"]) == (app, sent.get("redirect_uri"))
    if meant and not spent:
        world.mark(NAME, what)
    return meant and not spent


def _tokens(world: World, claims: dict[str, Any], *, permanent: bool = False) -> dict[str, Any]:
    told = {
        "access_token": _make("access", world.now(), sub=claims["sub"], scope=claims["scope"]),
        "token_type": "bearer",
        "expires_in": 3600,
        "scope": claims["scope"],
    }
    if permanent:
        told["refresh_token"] = _make(
            "refresh", world.now(), sub=claims["sub"], scope=claims["scope"]
        )
    return told


def _app(request: Request) -> str | None:
    """The client, by its Basic header."""
    kind, _, rest = request.headers.get("authorization", "").partition(" ")
    try:
        app, _, secret = base64.b64decode(rest).decode().partition(":")
    except ValueError:
        return None
    return app if kind.lower() == "basic" and app and secret else None


def _make(kind: str, now: datetime, **claims: str) -> str:
    life = LIVES[kind]
    ends = (now + life).timestamp() if life else None
    whole = {**claims, "kind": kind, "exp": ends, "jti": secrets.token_urlsafe(9)}
    return PREFIX + base64.urlsafe_b64encode(json.dumps(whole).encode()).decode().rstrip("=")


def _read(token: str, kind: str, now: datetime) -> dict[str, Any] | None:
    """What a token claims; None where it is of another kind, over, or nothing at all."""
    if not token.startswith(PREFIX):
        name = re.sub(r"\W", "_", token, flags=re.ASCII)
        return {"sub": name, "scope": EVERY} if name and kind != "code" else None
    try:
        body = token.removeprefix(PREFIX)
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except ValueError:
        return None
    ended = claims["exp"] is not None and now.timestamp() >= claims["exp"]
    return claims if claims["kind"] == kind and not ended else None
