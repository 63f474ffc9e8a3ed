"""Reads the leader's folder: which files are posts, and what each of them says."""

import os
import re
import stat
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from outreach.model.errors import Mistake
from outreach.model.post import LINK, Letter, Media, Post, Thread, is_address
from outreach.rules.voices import Voices
from outreach.site import fields, frontmatter, slugs
from outreach.site.characters import clean

IMAGES = frozenset([".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg"])

_DATED_NAME = re.compile(r"(\d{4}-)?(0[1-9]|1[0-2])-?([0-2]\d|3[01])-")
_DATED_PATH = re.compile(r"(?:^|/)(\d{4})/(\d{2})/(\d{2})(?=/)")


FOLDERS = ("posts", "notes", "letters")
"""Where a leader's files lie. What is in `notes/` is the text itself, and needs no title; what is
in `letters/` goes to the newsletter's subscribers alone."""


def scan_all(root: Path) -> tuple[list[Path], list[Mistake]]:
    """Every post and note of a leader's folder, and what was left out and why."""
    paths: list[Path] = []
    mistakes: list[Mistake] = []
    for name in FOLDERS:
        found, wrong = scan(root / name)
        paths += found
        mistakes += (replace(mistake, path=f"{name}/{mistake.path}") for mistake in wrong)
    return paths, mistakes


def images_of(root: Path) -> dict[str, Path]:
    """Every image of a leader's folder, by its path from the root."""
    return {
        f"{name}/{path}": file
        for name in FOLDERS
        for path, file in scan_images(root / name).items()
    }


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
    voices: Voices | None,
    first_seen: datetime | None,
) -> Post:
    """The post that a file says. Raises Mistakes with all that is wrong in it.

    `path` is from the folder's root: `posts/…` or `notes/…`, or of a feed that we follow. `voices`
    None leaves channel names unchecked. `first_seen` is the date that `date: now` stands for, None
    outside the sandbox.
    """
    front = frontmatter.parse(text, path=path)
    head = fields.Fields(front, path)
    folder, _, name = path.partition("/")
    is_note, is_letter = folder == "notes", folder == "letters"
    slug = _slug(head, name, "" if folder == "posts" else f"{folder}/")
    published = head.date("date", first_seen=first_seen) or _dated(head)
    draft = head.flag("draft")
    title = head.text("title")
    written_by = head.names() or author
    dated = published is not None and not draft
    body = front.body.lstrip("\n")
    if is_note:
        _check_note(head, title, body, dated)
    elif dated and not title and isinstance(head.value("title"), str | None):
        head.fault("title", "a dated post needs a title", "`title: …`")
    channels, overrides = _channels(head, voices, written_by)
    email = _email(head, Letter.ONLY if is_letter else Letter.NO, title=title)
    has_page = head.flag("page") if is_note else email is not Letter.ONLY
    if email is Letter.ONLY:
        channels = ()
    post = Post(
        slug=slug,
        title=title,
        body=body,
        text=clean(body).strip() if is_note else "",
        url=_url(head, path, slugs.page_url(site_url, slug)) if has_page else "",
        path=path,
        published=None if draft else published,
        updated=head.date("updated") or head.date("lastmod"),
        summary=head.text("summary") or head.text("description"),
        tags=head.words("tags") or head.words("keywords"),
        language=head.language(language),
        author=written_by,
        media=_media(head, path),
        syndicate_to=channels,
        overrides=overrides,
        thread=_thread(head),
        first_reply=_first_reply(head, has_page),
        warning=head.text("content_warning"),
        email=email,
        series=head.text("series"),
        correction=head.text("correction"),
        withdrawn=head.text("withdrawn"),
    )
    head.raise_mistakes()
    return post


def _url(head: fields.Fields, path: str, ours: str) -> str:
    """Where the page is: on our site, or where the feed that we follow says."""
    if not is_address(path):
        return ours
    if not is_address(head.text("external")):
        what = f"the entry “{head.text('title')}” has no link"
        head.fault("external", what, "a link to its page")
    return head.text("external")


def _check_note(head: fields.Fields, title: str, body: str, dated: bool) -> None:
    if title:
        head.fault("title", "a note has no title", "a post with a title in posts/")
    if dated and not body.strip():
        head.fault("date", "a dated note needs a text", "the text below the front matter")


def _email(head: fields.Fields, default: Letter, *, title: str) -> Letter:
    """Whether it goes to the newsletter; YAML says `false` for an unquoted `no`."""
    value = head.value("email")
    if value is None:
        return default
    email = Letter.NO if value is False else next((it for it in Letter if it == value), None)
    if email is None:
        head.fault("email", f"`email` is `{value}`", "no, with or only")
        return default
    if email is not Letter.NO and not title:
        head.fault("email", "a letter needs a title: it is the subject", "`title: …`")
    if email is Letter.ONLY and "channels" in head:
        head.fault(
            "channels", "this goes to the newsletter only", "`email: with`, or no `channels`"
        )
    return email


def _thread(head: fields.Fields) -> Thread:
    value = head.value("thread")
    if value is None or value is False:
        return Thread.NO
    if value is True:
        return Thread.PLAIN
    if value != Thread.NUMBERED:
        head.fault("thread", f"`thread` is `{value}`", "true or numbered")
    return Thread.NUMBERED


def _first_reply(head: fields.Fields, has_page: bool) -> str:
    text = clean(head.raw("first_reply")).strip()
    if not has_page and (text == LINK or "{url}" in text):
        head.fault("first_reply", "there is no page to link to", "`page: true`")
    return text


def _slug(head: fields.Fields, path: str, below: str) -> str:
    """Where the page goes: as the file lies, unless `path` or `slug` says otherwise.

    `slug` leaves the date before a file's name: `0906-roundup.md` is not `1015-roundup.md`. What
    is not named by its whole `path` lies `below` a folder of the site.
    """
    key = "path" if "path" in head else "slug"
    slug = head.raw("path").removesuffix("/")
    if not slug:
        folder, _, name = f"/{path.removesuffix('.md')}".removesuffix("/index").rpartition("/")
        if own := head.raw("slug"):
            dated = _DATED_NAME.match(name)
            name = (dated[0] if dated and "/" not in own else "") + own
        slug = below + f"{folder}/{name}"[1:]
    if what := slugs.fault(slug):
        head.fault(key, f"`{slug}` cannot be a page: {what}", "`slug: a-short-name`")
    return slug


def _dated(head: fields.Fields) -> datetime | None:
    """Zola's way: the date is in the path."""
    found = _DATED_PATH.search(head.text("path"))
    return head.parsed("path", "-".join(found.groups())) if found else None


def _channels(
    head: fields.Fields, voices: Voices | None, author: str
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
    if voices is not None:
        _check_channels(head, entries, voices, author)
    texts = {name: text for name, text in entries.items() if text is not None}
    if _texts(list(texts.values())) is None:
        head.fault("channels", "a text for an account is not a text", "`account: text`")
        return None, {}
    return tuple(entries), {name: clean(text).strip() for name, text in texts.items()}


def _check_channels(head: fields.Fields, names: Iterable[str], voices: Voices, author: str) -> None:
    for name in names:
        if why := voices.refuses(name, author):
            known = ", ".join(voices.of(author)) or "none, config.yaml has no accounts"
            head.fault("channels", why, known)


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
            where = f"{path.partition('/')[0]}/"
            head.fault("image", f"the image `{source}` is outside {where}", f"a path in {where}")
            continue
        found.append(Media(path=inside, alt=None if alt is None else clean(alt)))
    return tuple(found)


def resolve(source: str, path: str) -> str | None:
    """An image's path from the folder's root, as the file at `path` names it.

    None where it leaves the file's own folder, posts/ or notes/.
    """
    if source.startswith(("https://", "http://")):
        return source
    if source.startswith("/") or "\\" in source or not source.isprintable():
        return None
    inside = os.path.normpath(f"{os.path.dirname(path)}/{source}".lstrip("/"))  # noqa: PTH120
    own = f"{path.partition('/')[0]}/"
    return inside if inside.startswith(own) and ":" not in inside else None
