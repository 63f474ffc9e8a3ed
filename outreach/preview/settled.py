"""What config.yaml says that a preview needs; no account is opened, and nobody is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from outreach import channels
from outreach.config import load
from outreach.model.note import Audience, Limits
from outreach.model.post import Letter, Post
from outreach.rules.compose import Compose
from outreach.rules.voices import Voices
from outreach.site.views import Site
from outreach.workspace import Mode, Workspace

Stamp = tuple[tuple[str, int, int], ...]
"""The files of a configuration: name, time of the last change (nanoseconds), size."""


@dataclass(frozen=True, kw_only=True)
class Settled:
    """A folder's configuration. `limits` are those of each account that a post can go to, as its
    kind of network has them; `lists` are the newsletters among them."""

    site: Site
    voices: Voices
    compose: Compose
    limits: Mapping[str, Limits]
    lists: tuple[str, ...]

    def kind(self, account: str) -> str:
        """The network of an account."""
        return self.compose.kinds[account]

    def speaker(self, account: str) -> str:
        """In whose name an account speaks."""
        return self.voices.owner(account) or self.site.title

    def goes_to(self, post: Post) -> tuple[str, ...]:
        """The accounts that a post goes to, the newsletters last."""
        named, voices = post.syndicate_to, self.voices
        letters = () if post.email is Letter.NO else voices.aside(post)
        wanted = (
            *(voices.by_default(post) if named is None else named),
            *(name for name in letters if name in self.lists),
        )
        return () if post.withdrawn else tuple(name for name in wanted if name in self.limits)


def settle(root: Path) -> Settled:
    """What is settled about a folder. Raises Mistakes."""
    config = load(root)
    workspace = Workspace(root=root, mode=Mode.LIVE, config=config, environ={}, sandbox_url="")
    limits = {name: _limits(it) for name, it in config.accounts.items()}
    public = (Audience.EVERYONE, Audience.SUBSCRIBERS)
    return Settled(
        site=workspace.layout,
        voices=config.voices,
        compose=config.compose,
        limits={name: it for name, it in limits.items() if it and it.audience in public},
        lists=config.lists,
    )


def _limits(settings: Any) -> Limits | None:
    """What an account can carry; one that is a webhook knows no threads."""
    limits = channels.module(settings.kind).LIMITS
    is_webhook = getattr(settings, "webhook", None) is not None
    return replace(limits, threads=False) if limits and is_webhook else limits


def stamp(root: Path) -> Stamp:
    """When the files of the configuration were changed last; a missing one is not among them."""
    found = []
    for path in (root / "config.yaml", *sorted((root / "schedules").glob("*.yaml"))):
        try:
            stat = path.stat()
        except FileNotFoundError:
            continue
        found.append((path.name, stat.st_mtime_ns, stat.st_size))
    return tuple(found)
