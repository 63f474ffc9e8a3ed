"""Substack: the zip of Settings → Exports, or its folder: posts.csv and a page for each post."""

import csv
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from io import StringIO
from pathlib import Path, PurePosixPath

from bs4 import BeautifulSoup, Tag

from outreach.model.errors import Mistake, Refused
from outreach.site.sources import Blog, Document, _embeds, _export
from outreach.site.sources._export import Files, Links
from outreach.site.sources._markdown import markdown

OPTIONS = ("url",)

_IMAGES = re.compile(r"!\[[^\]]*\]\(https://(?:substackcdn\.com|[\w-]+\.s3\.amazonaws\.com)/")
_EVERYONE = "everyone"
_AUDIENCES = {"only_paid": "paying readers", "founding": "founding members"}
_FURNITURE = (
    ".subscription-widget-wrap, .subscription-widget-wrap-editor, .subscribe-widget, .paywall-jump,"
    " .button-wrapper, .share-dialog, .image-link-expand, .hide-text"
)


def read(place: Path, *, url: str = "") -> Blog:
    """The blog of an export. Raises Refused where there is none.

    `url` is its address, which Substack does not write down; the ids in its feed are made of it.
    """
    files = _export.opened(place)
    mistakes: list[Mistake] = []
    name = next((it for it in files if PurePosixPath(it).name == "posts.csv"), "")
    table = _export.text(name, files[name], mistakes) if name else None
    if table is None:
        raise Refused(f"{place} has no export of Substack: posts.csv, and a folder posts/")
    posts = _Posts(name, files, url.rstrip("/"), mistakes)
    rows = csv.DictReader(StringIO(table, newline=""), strict=False)
    try:
        documents = _export.apart(posts.document(row, rows.line_num) for row in rows)
    except csv.Error as error:
        raise Refused(f"{name}:{rows.line_num}: no table: {error}") from error
    site: dict[str, object] = {"feeds": {"feed/index.html": "rss"}}
    return Blog(
        documents=documents,
        site=site | ({"url": posts.url} if url else {}),
        mistakes=tuple(mistakes),
    )


class _Posts:
    """The posts of one export, and what is wrong with them, which grows."""

    def __init__(self, name: str, files: Files, url: str, mistakes: list[Mistake]) -> None:
        self.url = url
        self._name = name
        self._files = files
        self._pages = {PurePosixPath(it).stem: it for it in files if it.endswith(".html")}
        self._mistakes = mistakes
        self._links = Links(hosts=frozenset([_export.host(url)] if url else ()), static={})

    def document(self, row: Mapping[str | None, str | None], line: int) -> Document | None:
        """A row's post; None, and why, where it cannot be taken over."""
        said = {str(key): (value or "").strip() for key, value in row.items() if key}
        number, _, slug = said.get("post_id", "").partition(".")
        path = f"p/{slug or number}"

        def lost(what: str, place: str = self._name, at: int = line) -> None:
            self._mistakes.append(Mistake(path=place, line=at, what=what))

        page = self._pages.get(said.get("post_id", ""))
        written = _export.text(page, self._files[page], self._mistakes) if page else None
        if why := _left_out(said, slug or number, written, path):
            lost(f"“{said.get('title', '')}” was left out: {why}")
            return None
        try:
            text = markdown(written or "", self._links.address, _plain)
        except ValueError as error:
            lost(f"it was left out: {error}", page or self._name, 0)
            return None
        for at, what in text.lost:
            if "<form>" not in what:  # it asks readers to subscribe there
                lost(what, page or self._name, at)
        if images := len(_IMAGES.findall(text.body)):
            what = f"images that are still at Substack's: {images}; save those you want to keep"
            lost(what, page or self._name, 0)
        if (audience := said.get("audience", "")) != _EVERYONE:
            whom = _AUDIENCES.get(audience, f"the audience {audience!r}")
            lost(f"“{said.get('title', '')}” was for {whom} alone; it is a draft here")
        return self._written(said, path, text.body, page or self._name)

    def _written(self, said: Mapping[str, str], path: str, body: str, page: str) -> Document:
        date = _moment(said.get("post_date", ""))
        is_out = said.get("is_published", "").casefold() == "true"
        draft = not is_out or said.get("audience") != _EVERYONE or date is None
        sound = said.get("podcast_url", "")
        player = f'<audio controls src="{escape(sound)}"></audio>\n\n' if _is_web(sound) else ""
        front = {
            "title": said.get("title", ""),
            "date": date,
            "draft": draft,
            "path": path,
            "summary": said.get("subtitle", ""),
            "id": f"{self.url}/{path}" if self.url else "",
        }
        return Document(
            source=page,
            file=f"posts/{path.removeprefix('p/')}.md",
            front={key: value for key, value in front.items() if value},
            body=player + body,
            url=f"{self.url}/{path}",
            published=None if draft else date,
        )


def _left_out(said: Mapping[str, str], slug: str, written: str | None, path: str) -> str:
    """Why a row cannot become a post; "" where it can."""
    if not slug:
        return "it has no post_id"
    if said.get("type") == "thread":
        return "a thread of Substack's chat is no post"
    if written is None:
        return f"there is no page posts/{said.get('post_id')}.html"
    if why := _export.unfit(path):
        return f"our site can have no page /{path}/: {why}"
    return ""


def _is_web(address: str) -> bool:
    return address.startswith(("https://", "http://"))


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _plain(soup: BeautifulSoup) -> None:
    """Substack's own ways as plain HTML, without what asks readers to subscribe there."""
    for tag in soup.select(_FURNITURE):
        tag.decompose()
    for tag in soup.select(".pullquote"):
        tag.name = "blockquote"
    for tag in soup.select(".tweet, .embedded-post-wrap, .bluesky-wrap, .digest-post-embed"):
        address = _address_of(tag)
        if _is_web(address):
            tag.replace_with(BeautifulSoup(_embeds.frame(address), "html.parser"))


def _address_of(tag: Tag) -> str:
    """What an embedded thing is a preview of."""
    try:
        said = json.loads(str(tag.get("data-attrs", "")))
    except ValueError:
        return ""
    keys = ("url", "canonical_url", "postUrl")
    found = (said.get(key) for key in keys) if isinstance(said, dict) else ()
    return next((it for it in found if isinstance(it, str)), "")
