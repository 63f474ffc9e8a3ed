"""A branch of a git repository, as GitHub Pages, GitLab Pages and Codeberg Pages serve it."""

import re
import shlex
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, model_validator

from outreach.deploy import _child
from outreach.deploy._target import GONE, Change, Line, Means, SecretName, TargetSettings
from outreach.deploy.rsync import ssh

OURS = {
    "core.attributesFile": "/dev/null",
    "core.autocrlf": "false",
    "core.hooksPath": "/dev/null",
    "gc.autoDetach": "false",
    "maintenance.autoDetach": "false",
    "push.gpgSign": "false",
}
"""What of git's settings has to be so, whatever the owner has."""

WHO = {
    "GIT_AUTHOR_NAME": "outreach",
    "GIT_AUTHOR_EMAIL": "outreach@localhost",
    "GIT_COMMITTER_NAME": "outreach",
    "GIT_COMMITTER_EMAIL": "outreach@localhost",
}

_BRANCH = re.compile(r"(?!.*(\.\.|//|@\{|\.lock$))[\w][\w./-]*(?<![./])")
_REMOTE = re.compile(r"https?://[^\s@]+|ssh://[^\s-]\S*|[\w.-]+@[\w.-]+:\S+|/\S.*")


def _remote(value: str) -> str:
    if not _REMOTE.fullmatch(value) or not value.isprintable():
        raise ValueError("a repository without a secret in it, as git@github.com:acme/blog.git")
    return value


def _branch(value: str) -> str:
    if not _BRANCH.fullmatch(value):
        raise ValueError("a branch, as gh-pages")
    return value


class Settings(TargetSettings):
    """`branch` of `remote` is the built site and nothing else.

    `token` opens an https remote, `identity` (a private key) an ssh one; without them git's own
    settings hold. With `force` the branch has one commit, which replaces the one before.
    """

    remote: Annotated[str, AfterValidator(_remote)]
    branch: Annotated[str, AfterValidator(_branch)] = "gh-pages"
    token: SecretName | None = None
    identity: Line | None = None
    known_hosts: Line | None = None
    force: bool = False

    @model_validator(mode="after")
    def _in_private(self) -> "Settings":
        if self.token is not None and not self.remote.startswith("https://"):
            raise ValueError("token goes with a remote that starts with https://")
        return self


@dataclass(frozen=True, kw_only=True)
class Git:
    """Commits the tree on top of what the branch has, in a repository of its own in `cache`.

    Somebody else's commit stays in the branch's history; it is never pushed away.
    """

    remote: str
    branch: str
    force: bool
    cache: Path
    environ: Mapping[str, str]
    extra: Callable[[], Mapping[str, str]] = field(repr=False)

    @property
    def name(self) -> str:
        return f"git {self.remote} {self.branch}"

    @property
    def _repository(self) -> Path:
        return self.cache / "repository"

    def carry(self, tree: Path, change: Change) -> Iterator[str]:
        """One commit of the whole tree, where it differs from what the branch has."""
        self._git("init", "--bare", "--quiet")
        for lock in self._repository.rglob("*.lock"):  # of a process that was killed
            lock.unlink()
        head = self._head()
        wrote = self._written(tree, head)
        if not head or wrote != self._git("rev-parse", f"{head}^{{tree}}"):
            parents = ["-p", head] if head and not self.force else []
            say = f"Deploy {len(change)} changed file{'s' if len(change) != 1 else ''}"
            self._push(self._git("commit-tree", wrote, *parents, "-m", say), head)
        yield from (*change.first, *change.then, *change.gone)

    def _head(self) -> str:
        """The commit that the branch is at, fetched; "" where there is no such branch."""
        name = f"refs/heads/{self.branch}"
        found = self._git("ls-remote", "--", self.remote, name).split()
        if not found:
            return ""
        self._git(
            "fetch", "--quiet", "--depth=1", "--no-tags", "--force",
            "--", self.remote, f"{name}:refs/deployed",
        )  # fmt: skip
        return self._git("rev-parse", "refs/deployed")

    def _written(self, tree: Path, head: str) -> str:
        """The tree as git's, with what a host of pages needs and without what only we read."""
        at = ("-C", str(tree), f"--work-tree={tree}")
        self._git(*at, "add", "--all", "--force", "--", ".", f":(exclude,top,literal){GONE}")
        empty = self._git("hash-object", "-w", "--stdin")
        self._git("update-index", "--add", "--cacheinfo", f"100644,{empty},.nojekyll")
        if head and not (tree / "CNAME").exists():
            kept = self._git("ls-tree", head, "CNAME").split()
            if kept:
                self._git("update-index", "--add", "--cacheinfo", f"100644,{kept[2]},CNAME")
        return self._git("write-tree")

    def _push(self, commit: str, head: str) -> None:
        """Move the branch from `head` to `commit`. Raises Unavailable where it moved meanwhile."""
        lease = f"--force-with-lease=refs/heads/{self.branch}:{head}"
        options = [lease] if self.force else []
        what = f"{commit}:refs/heads/{self.branch}"
        self._git("push", "--quiet", "--porcelain", *options, "--", self.remote, what)

    def _git(self, *command: str) -> str:
        return _child.run(
            ["git", f"--git-dir={self._repository}", *command],
            folder=self.cache,
            lock=self.cache / "lock",
            environ=self.environ,
            extra=self.extra(),
        ).strip()


def open(settings: Settings, means: Means) -> Git:
    """The branch; nothing is asked yet."""

    def extra() -> Mapping[str, str]:
        config = dict(OURS)
        if settings.token is not None:
            pair = f"x-access-token:{means.secret(settings.token)}".encode()
            config[f"http.{settings.remote}.extraHeader"] = (
                f"Authorization: Basic {b64encode(pair).decode()}"
            )
        numbered = {f"GIT_CONFIG_KEY_{at}": key for at, key in enumerate(config)}
        numbered |= {f"GIT_CONFIG_VALUE_{at}": it for at, it in enumerate(config.values())}
        return {
            **WHO,
            **numbered,
            "GIT_CONFIG_COUNT": str(len(config)),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_SSH_COMMAND": shlex.join(ssh(None, settings.identity, settings.known_hosts)),
            "GIT_HTTP_LOW_SPEED_LIMIT": "100",
            "GIT_HTTP_LOW_SPEED_TIME": "60",
        }

    return Git(
        remote=settings.remote,
        branch=settings.branch,
        force=settings.force,
        cache=means.cache,
        environ=means.environ,
        extra=extra,
    )
