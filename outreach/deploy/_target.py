"""What every place that serves a site has in common."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Annotated, Protocol

from pydantic import AfterValidator, BaseModel, ConfigDict

from outreach.fetch import Fetch


def _secret_name(value: str) -> str:
    if not value.startswith("$") or not value[1:].isidentifier():
        raise ValueError("a secret is named, never written here: $NAME, from the environment")
    return value


def _one_line(value: str) -> str:
    if not value.strip() or value.startswith("-") or not value.isprintable():
        raise ValueError("one line of text that does not begin with a dash")
    return value


SecretName = Annotated[str, AfterValidator(_secret_name)]
Line = Annotated[str, AfterValidator(_one_line)]


class TargetSettings(BaseModel):
    """The `deploy:` section of config.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str


@dataclass(frozen=True, kw_only=True)
class Means:
    """What a target may use: `root` is the leader's folder, `cache` a folder of the target's own.

    `secret("$NAME")` is what the owner set; it raises Refused where nobody has.
    """

    root: Path
    cache: Path
    secret: Callable[[str], str]
    fetch: Fetch
    environ: Mapping[str, str]
    now: Callable[[], datetime]


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a built tree has otherwise than the place where it goes: paths from the site's root.

    Carried in this order nothing links to what is not there: `first` is new, `then` was there
    before or is a feed, and what is `gone` goes last.
    """

    first: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.first or self.then or self.gone)

    def __len__(self) -> int:
        return len(self.first) + len(self.then) + len(self.gone)


class Target(Protocol):
    """A place that serves the site. `name` tells it from every other, and has no secret."""

    @property
    def name(self) -> str: ...

    def carry(self, tree: Path, change: Change) -> Iterator[str]:
        """Make the place like `tree`; gives each path of `change` once it is right there.

        The same change may be carried again, also by another process after this one was killed.
        Raises OutreachError, OSError for the tree or the place on this machine.
        """
        ...


GONE = ".gone"
"""The file of a tree that only our own server understands."""

FEEDS = frozenset([".xml", ".json"])
"""Suffixes of what tells others that something is new."""


def difference(before: Mapping[str, str], wanted: Mapping[str, str]) -> Change:
    """What has to be carried, by the keys of the files there and here."""
    first: list[str] = []
    then: list[str] = []
    for path, key in wanted.items():
        if before.get(path) == key or path == GONE:
            continue
        is_new = path not in before and PurePosixPath(path).suffix not in FEEDS
        (first if is_new else then).append(path)
    gone = (path for path in before if path not in wanted)
    return Change(first=_ordered(first), then=_ordered(then), gone=_ordered(gone))


def _ordered(paths: Iterable[str]) -> tuple[str, ...]:
    """What pages show before pages, deep pages before lists, feeds at the end."""

    def key(path: str) -> tuple[bool, bool, int, str]:
        suffix = PurePosixPath(path).suffix
        return suffix in FEEDS, suffix == ".html", -path.count("/"), path

    return tuple(sorted(paths, key=key))
