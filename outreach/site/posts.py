"""Reads the leader's folder: which files are posts, and what each of them says."""

import os
import re
import stat
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path

from outreach.model.errors import Mistake
from outreach.model.post import Media, Post
from outreach.site import fields, frontmatter, slugs

IMAGES = frozenset([".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg"])

_DATED_NAME = re.compile(r"(\d{4}-)?(0[1-9]|1[0-2])-?([0-2]\d|3[01])-")
_DATED_PATH = re.compile(r"(?:^|/)(\d{4})/(\d{2})/(\d{2})(?=/)")


def scan(folder: Path) -> tuple[list[Path], list[Mistake]]:
    """Every post file below `folder`, sorted, and what was left out and why."""
    mistakes: list[Mistake] = []
    return sorted(_walk(folder, folder.resolve(), {".md"}, mistakes)), mistakes


def scan_images(folder: Path) -> dict[str, Path]:
    """Every image file below `folder`, by its path relative to it with forward slashes."""
    found = sorted(_walk(folder, folder.resolve(), IMAGES, []))
    return {path.relative_to(folder).as_posix(): path for path in found}


def _walk(
    folder: Path, root: Path, suffixes: Collection[str], mistakes: list[Mistake]
) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder, followlinks=False):
        folders[:] = [name for name in folders if _wanted(Path(parent, name), root, mistakes)]
        for name in files:
            path = Path(parent, name)
            if path.suffix.lower() in suffixes and _wanted(path, root, mistakes):
                yield path


def _wanted(path: Path, root: Path, mistakes: list[Mistake]) -> bool:
    """Whether to read it. Hidden names are left out silently, what is no file with a word."""
    if path.name.startswith(("_", ".")):
        return False
    what = _unreadable(path, root)
    if what:
        relative = os.path.relpath(path, root)
        mistakes.append(Mistake(path=relative, line=0, what=what, expected="a file in posts/"))
    return not what


def _unreadable(path: Path, root: Path) -> str:
    try:
        kind = path.stat().st_mode
        if path.is_symlink() and not path.resolve().is_relative_to(root):
            return "skipped: a link that leaves the folder"
    except OSError:
        return "skipped: a link that leads nowhere"
    if path.is_symlink() and stat.S_ISDIR(kind):
        return "skipped: a link to a folder"
    if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
        return "skipped: a pipe, socket or device"
    return ""


def read_post(
    text: str,
    *,
    path: str,
    site_url: str,
    author: str,
    language: str,
    accounts: Collection[str] | None,
    first_seen: datetime | None,
) -> Post:
    """The post that a file says. Raises Mistakes with all that is wrong in it.

    `path` is relative to posts/. `accounts` None leaves channel names unchecked. `first_seen`
    is the date that `date: now` stands for, None outside the sandbox.
    """
    front = frontmatter.parse(text, path=path)
    head = fields.Fields(front, path)
    slug = _slug(head, path)
    published = head.date("date", first_seen=first_seen) or _dated(head)
    draft = head.flag("draft")
    title = head.text("title")
    if published and not draft and not title and isinstance(head.value("title"), str | None):
        head.fault("title", "a dated post needs a title", "`title: …`")
    channels, overrides = _channels(head, accounts)
    post = Post(
        slug=slug,
        title=title,
        body=front.body.lstrip("\n"),
        url=slugs.page_url(site_url, slug),
        path=path,
        published=None if draft else published,
        updated=head.date("updated") or head.date("lastmod"),
        summary=head.text("summary") or head.text("description"),
        tags=head.words("tags") or head.words("keywords"),
        language=head.language(language),
        author=head.names() or author,
        media=_media(head, path),
        syndicate_to=channels,
        overrides=overrides,
        correction=head.text("correction"),
        withdrawn=head.text("withdrawn"),
    )
    head.raise_mistakes()
    return post


def _slug(head: fields.Fields, path: str) -> str:
    """Where the page goes: as the file lies, unless `path` or `slug` says otherwise.

    `slug` leaves the date before a file's name: `0906-roundup.md` is not `1015-roundup.md`.
    """
    key = "path" if "path" in head else "slug"
    slug = head.raw("path").removesuffix("/")
    if not slug:
        folder, _, name = f"/{path.removesuffix('.md')}".removesuffix("/index").rpartition("/")
        if own := head.raw("slug"):
            dated = _DATED_NAME.match(name)
            name = (dated[0] if dated and "/" not in own else "") + own
        slug = f"{folder}/{name}"[1:]
    if what := slugs.fault(slug):
        head.fault(key, f"`{slug}` cannot be a page: {what}", "`slug: a-short-name`")
    return slug


def _dated(head: fields.Fields) -> datetime | None:
    """Zola's way: the date is in the path."""
    found = _DATED_PATH.search(head.text("path"))
    return head.parsed("path", "-".join(found.groups())) if found else None


def _channels(
    head: fields.Fields, accounts: Collection[str] | None
) -> tuple[tuple[str, ...] | None, dict[str, str]]:
    expected = "a list of accounts, or `account: text`"
    value = head.value("channels")
    if "channels" not in head:
        return None, {}
    names = _texts(value)
    entries = value if names is None else dict.fromkeys(names)
    if not isinstance(entries, dict):
        head.fault("channels", "`channels` is not a list of accounts", expected)
        return None, {}
    for name in entries:
        if accounts is not None and name not in accounts:
            known = ", ".join(sorted(accounts)) or "none, config.yaml has no accounts"
            head.fault("channels", f"no account is called `{name}`", known)
    texts = {name: text for name, text in entries.items() if text is not None}
    if _texts(list(texts.values())) is None:
        head.fault("channels", "a text for an account is not a text", "`account: text`")
        return None, {}
    return tuple(entries), {name: fields.clean(text).strip() for name, text in texts.items()}


def _texts(value: object) -> list[str] | None:
    items = value if isinstance(value, list) else [value]
    texts = [item for item in items if isinstance(item, str)]
    return texts if isinstance(value, list) and len(texts) == len(items) else None


def _media(head: fields.Fields, path: str) -> tuple[Media, ...]:
    value = head.value("image")
    found = []
    for item in value if isinstance(value, list) else [value] if value is not None else []:
        source, alt = (item.get("src"), item.get("alt")) if isinstance(item, dict) else (item, None)
        if not isinstance(source, str) or not source or not isinstance(alt, str | None):
            head.fault("image", "`image` is not an image", "`image: card.png` or `{src, alt}`")
            continue
        inside = resolve(source, path)
        if inside is None:
            head.fault("image", f"the image `{source}` is outside posts/", "a path inside posts/")
            continue
        found.append(Media(path=inside, alt=None if alt is None else fields.clean(alt)))
    return tuple(found)


def resolve(source: str, path: str) -> str | None:
    """An image's path relative to posts/, as the post at `path` names it; None outside posts/."""
    if source.startswith(("https://", "http://")):
        return source
    if source.startswith("/") or "\\" in source or not source.isprintable():
        return None
    inside = os.path.normpath(f"{os.path.dirname(path)}/{source}".lstrip("/"))  # noqa: PTH120
    return None if inside.startswith("..") or ":" in inside else inside
