"""Whether what nobody may read yet lies where everybody can read it: in a public repository."""

import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from shutil import which
from urllib.parse import urlsplit, urlunsplit

from outreach.channels._web import get, media_type
from outreach.fetch import Fetch
from outreach.model.errors import Mistake, Rejected, Unavailable
from outreach.model.post import Post

GIT = 10.0
"""Seconds that git has for an answer."""

_SCP = re.compile(r"(?:[^/@:]+@)?([^/:]+):(?!//)(.+)")
"""How ssh and git write an address without a scheme: git@host:path."""


class Untold(Exception):
    """We cannot tell; the message says why."""


def exposed(root: Path, posts: Iterable[Post], fetch: Fetch) -> Iterator[Mistake]:
    """A mistake for each of these posts that lies in a repository which everybody can read.

    `posts` are those under embargo. Where it cannot be told whether a repository is public, that is
    a mistake too: silence would be taken for safety.
    """
    kept = [post for post in posts if not _is_ignored(root, post.path)]
    if not kept:
        return
    try:
        public = [url for url in remotes(root) if is_public(fetch, url)]
    except Untold as error:
        what = f"it is under embargo, and it cannot be told who reads its repository: {error}"
        expected = "an answer from there, or: outreach check --offline"
        for post in kept:
            yield _said(root, post, what, expected)
        return
    for post in kept if public else ():
        what = f"it is under embargo, and everybody can read {public[0]}"
        yield _said(root, post, what, "a private repository, or the file outside of it until then")


def remotes(root: Path) -> list[str]:
    """The addresses that the repository around a folder is pushed to or fetched from.

    Nothing where there is no repository. Raises Untold.
    """
    if not any((folder / ".git").exists() for folder in (root, *root.parents)):
        return []
    lines = (line.split() for line in _git(root, "remote", "-v").splitlines())
    return list(dict.fromkeys(line[1] for line in lines if len(line) > 1))


def is_public(fetch: Fetch, url: str) -> bool:
    """Whether somebody without a name can clone what is there (git's smart HTTP protocol).

    A repository that is reached by ssh is asked for at the same place by https. Raises Untold.
    """
    address = web_address(url)
    if not address:
        return False
    question = f"{address}/info/refs?service=git-upload-pack"
    try:
        answer = get(fetch, question, {"accept": "*/*"})
    except Rejected:
        return False
    except Unavailable as error:
        raise Untold(f"{address}: {error}") from error
    if answer.status >= 500 or answer.status == 429:
        raise Untold(f"{address} answers {answer.status}")
    return answer.status == 200 and media_type(answer) != "text/html"


def web_address(url: str) -> str:
    """Where the web has a repository, without anybody's name or password; "" for a local one."""
    if found := _SCP.fullmatch(url):
        return f"https://{found[1]}/{found[2].strip('/')}"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https", "ssh", "git") or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    if parts.scheme.startswith("http"):
        host += f":{parts.port}" if parts.port else ""
        return urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
    return urlunsplit(("https", host, parts.path.rstrip("/"), "", ""))


def _is_ignored(root: Path, path: str) -> bool:
    """Whether git leaves a file out; where git cannot say, it does not."""
    try:
        return _run(root, "check-ignore", "-q", "--", path).returncode == 0
    except Untold:
        return False


def _git(root: Path, *arguments: str) -> str:
    done = _run(root, *arguments)
    if done.returncode:
        raise Untold(f"git says: {done.stderr.strip()}")
    return done.stdout


def _run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    git = which("git")
    if git is None:
        raise Untold("git is not installed")
    command = [git, "-C", str(root), *arguments]
    try:
        return subprocess.run(  # noqa: S603 - our own words, and no shell
            command, capture_output=True, timeout=GIT, text=True, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Untold("git does not answer") from error


def _said(root: Path, post: Post, what: str, expected: str) -> Mistake:
    lines = (root / post.path).read_text("utf-8", "replace").splitlines()
    line = next((n for n, text in enumerate(lines, 1) if text.startswith("embargo")), 0)
    return Mistake(path=post.path, line=line, what=what, expected=expected)
