"""Reads a file of the leader's folder: what it says as a post."""

import os
import re
from collections.abc import Collection, Iterable
from datetime import datetime

from outreach.model.post import LINK, Letter, Media, Post, Thread, is_address
from outreach.rules.voices import Voices
from outreach.site import addresses, fields, frontmatter, slugs
from outreach.site.characters import clean
from outreach.site.views import UNDATED

_DATED_PATH = re.compile(r"(?:^|/)(\d{4})/(\d{2})/(\d{2})(?=/)")

"""When a plain page without a date appeared: before everything, so that it is shown at once."""


def read_post(
    text: str,
    *,
    path: str,
    site_url: str,
    author: str,
    language: str,
    languages: Collection[str] = (),
    voices: Voices | None,
    first_seen: datetime | None,
) -> Post:
    """The post that a file says. Raises Mistakes with all that is wrong in it.

    `path` is from the folder's root: `posts/…`, `notes/…`, `letters/…` or `pages/…`, or of a feed
    that we follow. `languages` are those of the site beside `language`: `hello.de.md` translates
    `hello.md`. `voices` None leaves channel names unchecked. `first_seen` is the date that
    `date: now` stands for, None outside the sandbox.
    """
    front = frontmatter.parse(text, path=path)
    head = fields.Fields(front, path)
    place = addresses.place(path, language, languages)
    is_note, is_page = place.folder == "notes", place.folder == "pages"
    slug = addresses.slug(head, place, languages)
    published = _published(head, first_seen, UNDATED if is_page else None)
    title = head.text("title")
    written_by = head.names() or author
    body = front.body.lstrip("\n")
    _check_words(head, place.folder, title, body, is_dated=published is not None)
    channels, overrides = _channels(head, voices, written_by)
    email = _email(head, Letter.ONLY if place.folder == "letters" else Letter.NO, title=title)
    has_page = head.flag("page") if is_note else email is not Letter.ONLY
    post = Post(
        slug=slug,
        title=title,
        body=body,
        text=clean(body).strip() if is_note else "",
        url=_url(head, path, slugs.page_url(site_url, slug)) if has_page else "",
        path=path,
        published=published,
        updated=head.date("updated") or head.date("lastmod"),
        summary=head.text("summary") or head.text("description"),
        tags=head.words("tags") or head.words("keywords"),
        language=head.language(place.language or language),
        author=written_by,
        media=_media(head, path),
        syndicate_to=() if is_page or email is Letter.ONLY else channels,
        overrides=overrides,
        thread=_thread(head),
        first_reply=_first_reply(head, has_page),
        warning=head.text("content_warning"),
        email=email,
        series=head.text("series"),
        correction=head.text("correction"),
        withdrawn=head.text("withdrawn"),
        id=head.text("id"),
        aliases=addresses.aliases(head, site_url, slug),
        translation="" if is_address(path) else place.original,
        is_translation=bool(place.language),
        embargo=head.date("embargo"),
        is_page=is_page,
        menu=head.number("menu") if is_page else None,
        comments=head.value("comments") is None or head.flag("comments"),
    )
    head.raise_mistakes()
    return post


def _published(
    head: fields.Fields, first_seen: datetime | None, undated: datetime | None
) -> datetime | None:
    """When it goes out, never before its embargo ends; None for a draft."""
    date = head.date("date", first_seen=first_seen) or _dated(head) or undated
    embargo = head.date("embargo")
    if head.flag("draft") or date is None:
        return None
    return max(date, embargo or date)


def _url(head: fields.Fields, path: str, ours: str) -> str:
    """Where the page is: on our site, or where the feed that we follow says."""
    if not is_address(path):
        return ours
    if not is_address(head.text("external")):
        what = f"the entry “{head.text('title')}” has no link"
        head.fault("external", what, "a link to its page")
    return head.text("external")


def _check_words(
    head: fields.Fields, folder: str, title: str, body: str, *, is_dated: bool
) -> None:
    """What a text of this folder must have, and may not have."""
    if folder == "notes":
        if title:
            head.fault("title", "a note has no title", "a post with a title in posts/")
        if is_dated and not body.strip():
            head.fault("date", "a dated note needs a text", "the text below the front matter")
    elif is_dated and not title and isinstance(head.value("title"), str | None):
        what = "a page needs a title" if folder == "pages" else "a dated post needs a title"
        head.fault("title", what, "`title: …`")
    for key in ("channels", "email") if folder == "pages" else ():
        if key in head:
            head.fault(key, "a plain page is never announced", f"no `{key}`, or a post in posts/")


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
