"""A folder of another machine, by rsync over ssh."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from outreach.deploy import _child
from outreach.deploy._target import Change, Line, Means, TargetSettings

VANISHED = 24
"""What rsync ends with where a file to delete there has no folder here any more."""

_TO = re.compile(r"(?:[\w.-]+@)?(?:[\w.-]+|\[[\da-fA-F:.]+\]):/[^\x00-\x1f]*")


def _to(value: str) -> str:
    if not _TO.fullmatch(value) or value.startswith("-") or value.rstrip("/").endswith(":"):
        raise ValueError("a folder of another machine, as user@host:/var/www/blog")
    return value.rstrip("/") + "/"


class Settings(TargetSettings):
    """`to` is the folder. `identity` is the file of a private key, `known_hosts` that of the
    machine's public one; without them ssh's own settings hold."""

    to: Annotated[str, AfterValidator(_to)]
    port: int | None = Field(default=None, ge=1, le=65535)
    identity: Line | None = None
    known_hosts: Line | None = None


@dataclass(frozen=True, kw_only=True)
class Rsync:
    """Sends the files that changed, and deletes only what it sent itself before."""

    to: str
    ssh: str
    cache: Path
    environ: Mapping[str, str]

    @property
    def name(self) -> str:
        return f"rsync {self.to}"

    def carry(self, tree: Path, change: Change) -> Iterator[str]:
        """What is new, what changed, then what is gone, and the folders that are empty then."""
        for paths in (change.first, change.then):
            if paths:
                self._run(tree, paths)
            yield from paths
        for level in filter(None, (change.gone, *_left(tree, change.gone))):
            self._run(tree, level, "--delete-missing-args", well=(0, VANISHED))
        yield from change.gone

    def _run(
        self, tree: Path, paths: Sequence[str], *options: str, well: Sequence[int] = (0,)
    ) -> None:
        _child.run(
            [
                "rsync",
                "--files-from=-",
                "--from0",
                "--protect-args",
                "--checksum",
                "--perms",
                "--chmod=F644",
                "--no-implied-dirs",
                "--timeout=60",
                f"--rsh={self.ssh}",
                *options,
                f"{tree}/",
                self.to,
            ],
            folder=self.cache,
            lock=self.cache / "lock",
            environ=self.environ,
            stdin="\0".join(f"/{path}" for path in paths).encode(),  # `#name` is a comment
            well=well,
        )


def open(settings: Settings, means: Means) -> Rsync:
    """The folder there; nothing is asked yet."""
    words = ssh(settings.port, settings.identity, settings.known_hosts)
    return Rsync(
        to=settings.to,
        ssh=" ".join(_quoted(word) for word in words),
        cache=means.cache,
        environ=means.environ,
    )


def ssh(port: int | None, identity: str | None, known_hosts: str | None) -> list[str]:
    """ssh that asks nobody, and only talks to a machine whose key is known."""
    options = ["BatchMode=yes", "StrictHostKeyChecking=yes", "ConnectTimeout=15"]
    options += ["ServerAliveInterval=15", "ServerAliveCountMax=4"]
    if identity:
        options += [f"IdentityFile={Path(identity).expanduser()}", "IdentitiesOnly=yes"]
    if known_hosts:
        options.append(f"UserKnownHostsFile={Path(known_hosts).expanduser()}")
    words = [word for option in options for word in ("-o", option)]
    return ["ssh", *(("-p", str(port)) if port else ()), *words]


def _quoted(word: str) -> str:
    """A word as rsync splits its --rsh: a quote inside quotes is doubled."""
    return "'" + word.replace("'", "''") + "'"


def _left(tree: Path, gone: Sequence[str]) -> list[Sequence[str]]:
    """The folders of deleted files that the tree has no more, by their depth, deepest first."""
    parents = {parent for path in gone for parent in Path(path).parents if parent != Path()}
    left = sorted(
        (parent for parent in parents if not (tree / parent).exists()),
        key=lambda parent: (-len(parent.parts), parent),
    )
    return [list(map(str, level)) for _, level in groupby(left, lambda it: len(it.parts))]
