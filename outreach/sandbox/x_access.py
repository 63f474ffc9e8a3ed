"""Who asks X, and what they may: OAuth 1.0a, OAuth 2.0, or for a test just a name as a token."""

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from outreach.sandbox import x_entities as entities
from outreach.sandbox import x_tokens as tokens

READ_ONLY = "read_only"
"""An OAuth 1.0a access token that begins so was made by an app that may only read."""

CONTRACT = "enterprise"
"""An account that begins so uses an app with a contract: it may quote, and answer anybody."""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """An account's name and its rights: `level` by OAuth 1.0a, `scopes` by OAuth 2.0."""

    name: str
    level: str = ""
    scopes: frozenset[str] | None = None

    def refusal(self, scope: str) -> Response | None:
        """Why it may not do what needs this scope."""
        if self.level == "read" and scope.endswith(".write"):
            detail = "Your client app is not configured with the appropriate oauth1 app permissions"
            problem = entities.blank(403, "Forbidden", f"{detail} for this endpoint.")
            kind = "https://api.twitter.com/2/problems/oauth1-permissions"
            return JSONResponse(problem | {"type": kind}, 403)
        if self.scopes is not None and scope not in self.scopes:
            detail = f"The access token lacks the scope {scope}."
            return JSONResponse(entities.blank(403, "Forbidden", detail), 403)
        return None


def asking(request: Request, now: datetime) -> Caller | None:
    """Who asks; None is nobody, or somebody whose token has ended."""
    kind, _, rest = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and rest.strip().startswith(tokens.PREFIX):
        claims = tokens.read(rest.strip(), "access", now)
        if claims is None:
            return None
        return Caller(name=claims["sub"], scopes=frozenset(claims["scope"].split()))
    if kind.lower() == "bearer":
        return _named(rest.strip())
    found = re.search(r'\boauth_token="([^"]*)"', rest) if kind.lower() == "oauth" else None
    name = unquote(found[1]) if found else ""
    return _named(name, "read" if name.startswith(READ_ONLY) else "read-write")


def _named(name: str, level: str = "") -> Caller | None:
    return Caller(name=re.sub(r"\W", "_", name, flags=re.ASCII), level=level) if name else None
