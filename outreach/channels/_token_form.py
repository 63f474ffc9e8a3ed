"""Signing in where the person makes a token on the network and copies it here."""

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass

from outreach.channels._signin import Field

KEPT_AS = "token"
"""Under which name the sign-in keeps it: `secrets.credential(KEPT_AS, settings.token)`."""


@dataclass(frozen=True, kw_only=True)
class TokenForm:
    """A Form of one field. `verify(token)` gives the handle it speaks as, or raises Unauthorized.

    `hint` says where on the network the person makes it.
    """

    tokens: MutableMapping[str, str]
    label: str
    hint: str
    verify: Callable[[str], str]

    @property
    def fields(self) -> tuple[Field, ...]:
        return (Field(name=KEPT_AS, label=self.label, hint=self.hint),)

    def submit(self, values: Mapping[str, str]) -> str:
        """Try it, and keep it only where that went well."""
        token = values[KEPT_AS].strip()
        handle = self.verify(token)
        self.tokens[KEPT_AS] = token
        return handle
