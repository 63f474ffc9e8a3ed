"""Who asks: sessions whose tokens tell everything themselves, so that a restart forgets none."""

import base64
import hashlib
import hmac
import json
import secrets
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from outreach.sandbox.bluesky_ids import NAME, account_name, actor, did, handle
from outreach.sandbox.bluesky_xrpc import Refused, body, unauthenticated
from outreach.sandbox.world import Account, World

ACCESS_LIFE = timedelta(minutes=120)
REFRESH_LIFE = timedelta(days=90)
GRACE = timedelta(hours=2)
ACCESS, REFRESH = "com.atproto.access", "com.atproto.refresh"
_KINDS = {ACCESS: ("at+jwt", ACCESS_LIFE), REFRESH: ("refresh+jwt", REFRESH_LIFE)}
# A sandbox has nothing to protect: anybody may sign in as anybody.
_KEY = b"the sandbox signs with this"


async def create(world: World, request: Request) -> Response:
    """POST com.atproto.server.createSession"""
    sent = await body(request, "identifier", "password")
    identifier, password = sent["identifier"], sent["password"]
    if not isinstance(identifier, str) or not isinstance(password, str):
        raise Refused("Input/identifier must be a string")
    name = account_name(identifier)
    me = actor(world, identifier.strip()) or actor(world, handle(name))
    if not name or not password or (me is None and identifier.startswith("did:")):
        raise unauthenticated("Invalid identifier or password")
    me = me or world.join(NAME, name)
    return JSONResponse(_pair(world, me, secrets.token_urlsafe(24)) | _account(me))


async def refresh(world: World, request: Request) -> Response:
    """POST com.atproto.server.refreshSession"""
    claims = _claims(request, world.now(), REFRESH)
    id, me = str(claims["jti"]), _known(world, claims)
    if world.now() >= world.mark(NAME, f"rotated {id}") + GRACE:
        raise Refused("Token has been revoked", "ExpiredToken")
    following = hashlib.sha256(f"after {id}".encode()).hexdigest()[:32]
    return JSONResponse(_pair(world, me, following) | _account(me))


async def show(world: World, me: Account, request: Request) -> Response:
    """GET com.atproto.server.getSession"""
    return JSONResponse(_account(me))


def caller(world: World, request: Request) -> Account:
    """The account whose access token a request carries."""
    return _known(world, _claims(request, world.now(), ACCESS))


def _pair(world: World, me: Account, id: str) -> dict[str, Any]:
    now = world.now()
    access, refresh = (
        _token(ACCESS, me, now, secrets.token_urlsafe(9)),
        _token(REFRESH, me, now, id),
    )
    return {"accessJwt": access, "refreshJwt": refresh}


def _account(me: Account) -> dict[str, Any]:
    return {
        "handle": handle(me.handle),
        "did": did(me.handle),
        "email": f"{me.handle}@{handle(me.handle)}",
        "emailConfirmed": True,
        "emailAuthFactor": False,
        "active": True,
    }


def _token(scope: str, me: Account, now: datetime, id: str) -> str:
    kind, life = _KINDS[scope]
    at = int(now.timestamp())
    claims = {"scope": scope, "sub": did(me.handle), "iat": at}
    claims |= {"exp": at + int(life.total_seconds()), "aud": "did:web:localhost", "jti": id}
    head = f"{_encoded({'typ': kind, 'alg': 'HS256'})}.{_encoded(claims)}"
    return f"{head}.{_signature(head)}"


def _claims(request: Request, now: datetime, scope: str) -> dict[str, Any]:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise Refused("Authentication Required", "AuthMissing", 401)
    head, _, signature = token.strip().rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(head).encode()):
        raise Refused("Token could not be verified", "InvalidToken")
    payload = head.partition(".")[2]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    if now.timestamp() >= claims["exp"]:
        raise Refused("Token has expired", "ExpiredToken")
    if claims["scope"] != scope:
        raise Refused("Token could not be verified", "InvalidToken")
    return claims


def _known(world: World, claims: dict[str, Any]) -> Account:
    found = actor(world, claims["sub"])
    if found is None:
        raise Refused(f"Could not find user info for account: {claims['sub']}")
    return found


def _encoded(value: dict[str, Any]) -> str:
    text = json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def _signature(head: str) -> str:
    digest = hmac.digest(_KEY, head.encode(), "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
