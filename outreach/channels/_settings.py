"""What every channel's settings and secrets have in common."""

import re
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationInfo

from outreach.model.errors import Refused, Unauthorized


def _secret_name(value: str) -> str:
    if not value.startswith("$") or not value[1:].isidentifier():
        raise ValueError("a secret is named, never written here: $NAME, from the environment")
    return value


SecretName = Annotated[str, AfterValidator(_secret_name)]


def _is_list(value: object, info: ValidationInfo) -> object:
    if isinstance(value, str):
        raise ValueError(f"a list: `{info.field_name}: [{value}]`")
    return value


def _is_word(value: str) -> str:
    if not value.strip():
        raise ValueError("a word or an address; nothing is in every text")
    return value


IsList = BeforeValidator(_is_list)
"""Of a setting with several values: one without brackets is told how to write it."""

Word = Annotated[str, AfterValidator(_is_word)]
Words = Annotated[tuple[Word, ...], IsList]
"""Words and addresses that are listened for."""


def _is_tag(value: str) -> str:
    if not _TAG.fullmatch(value):
        raise ValueError("a BCP 47 tag, as `de` or `pt-BR`")
    return value


_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")

LanguageTag = Annotated[str, AfterValidator(_is_tag)]


class ChannelSettings(BaseModel):
    """One account under `accounts:` of config.yaml.

    `base_url` points the channel at a server of one's own; the sandbox is one. With `announce` off
    only those posts go there that name the account. `languages` are those that it speaks: it gets
    posts and translations in them, and without any the originals.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    base_url: str | None = None
    announce: bool = True
    languages: Annotated[tuple[LanguageTag, ...], IsList] = ()


def won(tokens: Mapping[str, str], name: str) -> str | None:
    """What a sign-in won under this name, None where there was none.

    Raises Unauthorized where it was encrypted under another OUTREACH_KEY.
    """
    try:
        return tokens.get(name)
    except Refused as error:
        raise Unauthorized(str(error)) from error


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """`secrets("$NAME")` is what the owner set; `tokens` is what a sign-in won.

    A token that is put there is on the disk, encrypted, before the assignment returns. Both are
    asked for when they are needed, so that a sign-in counts at once in a running daemon.
    """

    named: Callable[[str], str]
    tokens: MutableMapping[str, str] = field(default_factory=dict)

    def __call__(self, name: str) -> str:
        return self.named(name)

    def credential(self, token: str, named: str | None) -> str:
        """What a sign-in won as `token`, else what the owner set as `named`.

        Raises Unauthorized where there is neither, or what was won was encrypted under another
        OUTREACH_KEY: the account waits for a sign-in.
        """
        kept = won(self.tokens, token)
        if kept:
            return kept
        if named is None:
            raise Unauthorized("nobody has signed in; outreach channels login")
        try:
            return self.named(named)
        except Refused as error:
            raise Unauthorized(f"{error}; or sign in: outreach channels login") from error
