"""Who asks, and what their token may do; the sign-in that wins a token (three-legged OAuth).

Any word is a token here, of the member with that name, and may do what both of LinkedIn's products
allow together. A token that the sign-in won may do what was asked for, and ends after 60 days.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from outreach.sandbox.forms import Malformed, fields
from outreach.sandbox.linkedin_ids import NAME
from outreach.sandbox.linkedin_rest import Json, Refused, milliseconds
from outreach.sandbox.world import Account, World

LIFE = timedelta(days=60)
REFRESH_LIFE = timedelta(days=365)
CODE_LIFE = timedelta(minutes=30)
MEMBER = frozenset({"openid", "profile", "email", "w_member_social"})
ORGANIZATION = frozenset(
    {
        "r_basicprofile",
        "r_organization_admin",
        "r_organization_social",
        "r_organization_social_feed",
        "rw_organization_admin",
        "w_organization_social",
        "w_organization_social_feed",
    }
)
_PAGE = Markup(
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>LinkedIn</title>'
    "<h1>Allow access?</h1><p>An app wants to act for <b>{}</b> on the sandbox’s LinkedIn.</p>"
    '<ul>{}</ul><p><a href="{}">Allow</a> · <a href="{}">Cancel</a></p></html>'
)
_SCOPE = Markup("<li><code>{}</code></li>")


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What a code or a token stands for."""

    use: str
    handle: str
    scopes: frozenset[str]
    at: datetime
    redirect_uri: str = ""

    def __str__(self) -> str:
        told = [self.handle, sorted(self.scopes), self.at.isoformat(), self.redirect_uri]
        return f"{self.use}-{base64.urlsafe_b64encode(json.dumps(told).encode()).decode()}"


@dataclass(frozen=True, kw_only=True)
class Session:
    """A member, by a token."""

    member: Account
    scopes: frozenset[str]

    def may(self, *scopes: str) -> bool:
        """Whether the token has one of these permissions."""
        return not self.scopes.isdisjoint(scopes)


def caller(world: World, request: Request) -> Session:
    """Who asks. Raises Refused where nobody does, or the token has ended."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise Refused(401, "EMPTY_ACCESS_TOKEN", "Empty oauth2_access_token", 401)
    grant = _granted("AQ", token.strip())
    if grant is None:
        handle = re.sub(r"\W", "_", token.strip(), flags=re.ASCII)
        return Session(member=world.join(NAME, handle), scopes=MEMBER | ORGANIZATION)
    if grant.at + LIFE <= world.now():
        message = "The token used in the request has expired"
        raise Refused(401, "EXPIRED_ACCESS_TOKEN", message, 65602)
    return Session(member=world.join(NAME, grant.handle), scopes=grant.scopes)


async def authorize(world: World, request: Request) -> Response:
    """GET /oauth/v2/authorization: the page where a member says yes."""
    asked = request.query_params
    back, client = asked.get("redirect_uri", ""), asked.get("client_id", "")
    if not re.match(r"https?://", back) or not client or asked.get("response_type") != "code":
        return HTMLResponse("Bummer, something went wrong.", 400)
    scopes = frozenset(asked.get("scope", "").split())
    if not scopes <= MEMBER | ORGANIZATION:
        return _back(asked, error="unauthorized_scope_error")
    handle = re.sub(r"\W", "_", client, flags=re.ASCII)
    if asked.get("answer") == "allow":
        grant = Grant(use="code", handle=handle, scopes=scopes, at=world.now(), redirect_uri=back)
        return _back(asked, code=str(grant))
    if asked.get("answer") == "cancel":
        return _back(asked, error="user_cancelled_authorize")
    links = [str(request.url.include_query_params(answer=each)) for each in ("allow", "cancel")]
    listed = Markup().join(_SCOPE.format(scope) for scope in sorted(scopes))
    return HTMLResponse(_PAGE.format(handle, listed, *links))


async def access_token(world: World, request: Request) -> Response:
    """POST /oauth/v2/accessToken: a code or a refresh token for an access token."""
    sent = await _form(request)
    if not sent.get("client_id") or not sent.get("client_secret"):
        return _wrong("invalid_request", "client_id and client_secret are required")
    if sent.get("grant_type") == "refresh_token":
        grant = _granted("AR", sent.get("refresh_token", ""))
        if grant is None or grant.at + REFRESH_LIFE <= world.now():
            return _wrong("invalid_request", "The provided refresh token is invalid")
        return _tokens(world, grant, grant.at)
    if sent.get("grant_type") != "authorization_code":
        return _wrong("invalid_request", "grant_type is unknown")
    grant = _granted("code", sent.get("code", ""))
    late = grant is None or grant.at + CODE_LIFE <= world.now()
    if grant is None or late or grant.redirect_uri != sent.get("redirect_uri"):
        what = "Unable to retrieve access token: appid/redirect uri/code verifier does not match"
        return _wrong(
            "invalid_request", f"{what} authorization code. Or authorization code expired"
        )
    now = world.now()
    if milliseconds(world.mark(NAME, str(grant))) < milliseconds(now):
        return _wrong("invalid_request", "the authorization code was used before")
    return _tokens(world, grant, now)


async def introspect(world: World, request: Request) -> Response:
    """POST /oauth/v2/introspectToken: what a token may do, and until when."""
    sent = await _form(request)
    if not sent.get("client_id") or not sent.get("client_secret") or not sent.get("token"):
        return _wrong("invalid_request", "client_id, client_secret and token are required")
    grant = _granted("AQ", sent["token"])
    since = grant.at if grant else world.now()
    scopes = grant.scopes if grant else MEMBER | ORGANIZATION
    active = since + LIFE > world.now()
    told: Json = {
        "active": active,
        "client_id": sent["client_id"],
        "authorized_at": int(since.timestamp()),
        "created_at": int(since.timestamp()),
        "status": "active" if active else "expired",
        "expires_at": int((since + LIFE).timestamp()),
        "scope": ",".join(sorted(scopes)),
        "auth_type": "3L",
    }
    return JSONResponse(told)


def _tokens(world: World, grant: Grant, signed_in: datetime) -> Response:
    """A refresh token is for approved partners only: here, for who manages organisations."""
    now = world.now()
    told: Json = {
        "access_token": str(replace(grant, use="AQ", at=now)),
        "expires_in": int(LIFE.total_seconds()),
        "scope": ",".join(sorted(grant.scopes)),
    }
    if grant.scopes & ORGANIZATION:
        told["refresh_token"] = str(replace(grant, use="AR", at=signed_in))
        left = signed_in + REFRESH_LIFE - now
        told["refresh_token_expires_in"] = round(left.total_seconds())
    return JSONResponse(told)


def _granted(use: str, token: str) -> Grant | None:
    """What a word of ours stands for; None for any other word."""
    kind, _, told = token.partition("-")
    if kind != use:
        return None
    try:
        handle, scopes, at, back = json.loads(base64.urlsafe_b64decode(told))
    except (binascii.Error, ValueError):
        return None
    when = datetime.fromisoformat(at).astimezone(UTC)
    return Grant(use=use, handle=handle, scopes=frozenset(scopes), at=when, redirect_uri=back)


def _back(asked: Mapping[str, str], **answer: str) -> Response:
    if "error" in answer:
        answer["error_description"] = answer["error"].replace("_", " ")
    if "state" in asked:
        answer["state"] = asked["state"]
    return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", 303)


def _wrong(error: str, description: str) -> Response:
    return JSONResponse({"error": error, "error_description": description}, 400)


async def _form(request: Request) -> dict[str, str]:
    try:
        return {name: str(value) for name, value in (await fields(request)).items()}
    except Malformed:
        return {}
