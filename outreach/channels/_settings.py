"""What every channel's settings and secrets have in common."""

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict


def _secret_name(value: str) -> str:
    if not value.startswith("$") or not value[1:].isidentifier():
        raise ValueError("a secret is named, never written here: $NAME, from the environment")
    return value


SecretName = Annotated[str, AfterValidator(_secret_name)]


class ChannelSettings(BaseModel):
    """One account under `accounts:` of config.yaml.

    `base_url` points the channel at a server of one's own; the sandbox is one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    base_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """`secrets("$NAME")` is what the owner set; `tokens` is what a sign-in won.

    A token that is put there is on the disk, encrypted, before the assignment returns.
    """

    named: Callable[[str], str]
    tokens: MutableMapping[str, str] = field(default_factory=dict)

    def __call__(self, name: str) -> str:
        return self.named(name)
