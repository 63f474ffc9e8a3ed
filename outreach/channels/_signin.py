"""How a person signs an account in: by a page of the network, or by filling in a form.

A channel module exports `sign_in(settings, secrets, fetch, now)`, which gives one of the two. What
is won is put into `secrets.tokens`, and nothing else is kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

EXPIRES = "expires"
"""The token that is no secret: when the sign-in ends, as ISO 8601 in UTC."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One thing that a person types. `hint` says where they find it."""

    name: str
    label: str
    hint: str = ""
    secret: bool = True


@runtime_checkable
class Form(Protocol):
    """A network that has no page to consent on: the person copies something from it."""

    @property
    def fields(self) -> tuple[Field, ...]: ...

    def submit(self, values: Mapping[str, str]) -> str:
        """Try the values, keep what they win, give back the handle. Raises Unauthorized."""
        ...


@dataclass(frozen=True, kw_only=True)
class Begun:
    """Where the person says yes, and what `finish` needs again (state, verifier, redirect)."""

    url: str
    kept: Mapping[str, str]


@runtime_checkable
class Consent(Protocol):
    """OAuth: the person says yes on a page of the network (RFC 6749; PKCE where there is it)."""

    def begin(self, redirect_uri: str) -> Begun:
        """`redirect_uri` "" asks for a code that the person copies (out of band), where the
        network has that; otherwise they copy the address that they were sent to."""
        ...

    def finish(self, kept: Mapping[str, str], answer: Mapping[str, str]) -> str:
        """Turn the answer (`code`, `state`, or `error`) into tokens; gives back the handle.

        Raises Unauthorized where the person said no, or the state is not the one begun.
        """
        ...
