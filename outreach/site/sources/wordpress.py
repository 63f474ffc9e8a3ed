"""WordPress: the file of Tools → Export, and wp-content/uploads beside it for its images."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from outreach.model.errors import Mistake, Refused
from outreach.site.sources import Blog, Document, _export, _html, _wordpress_text, _wxr
from outreach.site.sources import _wordpress_item as facts
from outreach.site.sources._export import File, Links
from outreach.site.sources._markdown import markdown
from outreach.site.sources._wxr import Channel, Item

_UPLOADS = re.compile(r"(?:^|/)(?:wp-content/uploads/|uploads/)(.+)|(?:^|/)(\d{4}/\d{2}/[^/]+)$")
_PROXY = re.compile(r"^https?://i\d\.wp\.com/")
_MENU = "nav_menu_item"
_SILENT = frozenset(["attachment", _MENU, "revision", "customize_changeset", "oembed_cache"])


def read(place: Path) -> Blog:
    """The blog of an export. Raises Refused where there is none."""
    files = _export.opened(place)
    channels = [
        _wxr.parse(_export.data(file), name)
        for name, file in files.items()
        if PurePosixPath(name).suffix == ".xml" and _wxr.is_wxr(_export.data(file)[:4096])
    ]
    if not channels:
        raise Refused(f"{place} has no export of WordPress: the XML file of Tools → Export")
    static = {path: file for name, file in files.items() if (path := _upload(name))}
    export = _Export(channels=channels, static=static)
    documents = _export.apart(map(export.document, export.items))
    export.tell_left_out()
    return Blog(
        documents=documents,
        static=static,
        site=_site(export, documents),
        mistakes=tuple(export.mistakes),
    )


def _upload(name: str) -> str:
    """Where an uploaded file goes below static/: where it always was; "" for another file."""
    found = _UPLOADS.search(name)
    path = (found[1] or found[2]) if found else ""
    fit = PurePosixPath(path).suffix.lower() in _export.MEDIA
    return f"wp-content/uploads/{path}" if fit else ""


@dataclass(frozen=True, kw_only=True)
class _Export:
    """The files of one export; WordPress cuts a large one in several."""

    channels: list[Channel]
    static: dict[str, File]
    mistakes: list[Mistake] = field(default_factory=list)

    @cached_property
    def items(self) -> list[Item]:
        return [item for channel in self.channels for item in channel.items]

    @cached_property
    def url(self) -> str:
        values = self.channels[0].values
        return (values.get("wp:base_blog_url") or values.get("link", "")).strip().rstrip("/")

    @cached_property
    def base(self) -> str:
        return urlsplit(self.url).path.rstrip("/")

    @cached_property
    def links(self) -> Links:
        hosts = frozenset([_export.host(self.url)])
        return Links(hosts=hosts, static=self.static, base=self.base)

    @cached_property
    def authors(self) -> dict[str, str]:
        return {login: name for it in self.channels for login, name in it.authors.items()}

    @cached_property
    def attachments(self) -> dict[str, Item]:
        return {it["wp:post_id"]: it for it in self.items if it["wp:post_type"] == "attachment"}

    @cached_property
    def menu(self) -> dict[str, int]:
        """The places of pages in the navigation."""
        found = (it for it in self.items if it["wp:post_type"] == _MENU)
        places = ((facts.meta(it, "_menu_item_object_id"), it["wp:menu_order"]) for it in found)
        return {page: int(place) for page, place in places if place.isdigit()}

    @cached_property
    def permalink(self) -> str:
        """How addresses of posts are made, as the published ones show; for those to come."""
        found = Counter(
            pattern
            for item in self.items
            if item["wp:post_type"] == "post" and item["wp:status"] == "publish"
            for pattern in facts.PERMALINKS
            if pattern.format(**facts.parts(item)) == _export.path_of(item["link"], self.base)
        )
        return found.most_common(1)[0][0] if found else "{name}"

    def tell(self, item: Item, what: str, line: int = 0) -> None:
        """Say what is wrong with an item, at a line of its text from 0."""
        at = item.lines.get("content:encoded", 0) or item.line
        self.mistakes.append(Mistake(path=item.file, line=at + line, what=what))

    def tell_left_out(self) -> None:
        """Say what of the export our folder has no place for."""
        for kind, number in Counter(it["wp:post_type"] for it in self.items).items():
            if kind not in ("post", "page", *_SILENT):
                first = next(it for it in self.items if it["wp:post_type"] == kind)
                what = f"{number} of the type `{kind}`, from here on, were left out"
                self.mistakes.append(Mistake(path=first.file, line=first.line, what=what))
        comments = sum(it.comments.count("1") for it in self.items)
        if comments:
            what = f"comments are not taken over, of which there are {comments}; they stay here"
            self.mistakes.append(Mistake(path=self.items[0].file, line=0, what=what))

    def document(self, item: Item) -> Document | None:
        """A post or page; None for anything else, and what cannot be taken over."""
        is_page = item["wp:post_type"] == "page"
        if item["wp:status"] in ("trash", "auto-draft"):
            return None
        if not is_page and item["wp:post_type"] != "post":
            return None
        published = None if facts.is_draft(item) else facts.date(item, "wp:post_date")
        path = self._path(item)
        if why := _export.unfit(path):
            self.tell(item, f"it was left out, since our site can have no page /{path}: {why}")
            return None
        try:
            body = self._body(item)
        except ValueError as error:
            self.tell(item, f"it was left out: {error}")
            return None
        if why := facts.reason(item):
            self.tell(item, f"{why}; it is a draft here")
        front = {
            "title": _export.words(item["title"]),
            "draft": published is None,
            "path": path,
            "summary": _export.words(item["excerpt:encoded"]),
            "aliases": facts.old_addresses(item, path),
            **(self._of_page(item) if is_page else self._of_post(item)),
        }
        return Document(
            source=f"{item.file}:{item.line}",
            file=f"{'pages' if is_page else 'posts'}/{path.removesuffix('.html')}.md",
            front={key: value for key, value in front.items() if value or key == "comments"},
            body=body,
            url=item["link"],
            published=published,
        )

    def _path(self, item: Item) -> str:
        """Where the page was; for one that had no address yet, where it would have been."""
        parts = urlsplit(item["link"])
        path = _export.path_of(item["link"], self.base)
        if path and not parts.query:
            return path
        pattern = self.permalink if item["wp:post_type"] == "post" else "{name}"
        if item["wp:status"] == "publish":
            self.tell(item, f"its address was {item['link']}, which a site of files cannot have")
        made = pattern.format(**facts.parts(item))
        return "/".join(filter(None, made.split("/")))

    def _of_page(self, item: Item) -> dict[str, object]:
        return {
            "date": facts.date(item, "wp:post_date"),
            "menu": self.menu.get(item["wp:post_id"]),
        }

    def _of_post(self, item: Item) -> dict[str, object]:
        names = {
            slug: _export.words(name)
            for domain, slug, name in item.categories
            if domain in ("category", "post_tag") and slug != "uncategorized"
        }
        login = item["dc:creator"]
        closed = {"comments": False} if item["wp:comment_status"] == "closed" else {}
        return closed | {
            "date": facts.date(item, "wp:post_date"),
            "updated": facts.updated(item),
            "image": self._thumbnail(item),
            "tags": list(dict.fromkeys(names.values())),
            "authors": [self.authors.get(login, login)] if login else [],
            "id": item["guid"] if item["guid"] != item["link"] else "",
        }

    def _thumbnail(self, item: Item) -> object:
        picture = self.attachments.get(facts.meta(item, "_thumbnail_id"))
        if picture is None:
            return None
        source, alt = picture["wp:attachment_url"], _alt(picture)
        return {"src": source, "alt": alt} if alt else source

    def _body(self, item: Item) -> str:
        content = item.values.get("content:encoded", "")

        def lost(what: str, line: int) -> None:
            self.tell(item, what, line)

        def address(link: str) -> str:
            ours = self.links.address(_PROXY.sub("https://", link))
            path = urlsplit(ours).path
            if "/wp-content/uploads/" not in path or not ours.startswith("/"):
                return ours
            if self.links.has(path):
                return ours
            at = max(content.find(path.rpartition("/")[2]), 0)
            what = f"{path} is not there: put wp-content/uploads beside the export"
            lost(what, content.count("\n", 0, at))
            return link

        for line, what in _html.left_out(content):
            lost(what, line - 1)
        notes = facts.footnotes(facts.meta(item, "footnotes"))
        html = _wordpress_text.html(content, self._gallery, lost)
        return markdown(html + notes, address).body

    def _gallery(self, ids: str) -> list[tuple[str, str]]:
        found = (self.attachments.get(it.strip()) for it in ids.split(","))
        return [(it["wp:attachment_url"], _alt(it)) for it in found if it]


def _alt(picture: Item) -> str:
    return facts.meta(picture, "_wp_attachment_image_alt")


def _site(export: _Export, documents: tuple[Document, ...]) -> dict[str, object]:
    values = export.channels[0].values
    site = {
        "title": _export.words(values.get("title", "")),
        "description": _export.words(values.get("description", "")),
        "url": export.url,
        "language": values.get("language", "").strip(),
        "feeds": {"feed/index.html": "rss", "feed/atom/index.html": "atom"},
        "redirects": dict(_moved(export, documents)),
    }
    return {key: value for key, value in site.items() if value}


def _moved(export: _Export, documents: tuple[Document, ...]) -> Iterator[tuple[str, str]]:
    """From the pages of categories, tags and authors that have posts to ours."""
    shown = [it.front for it in documents if it.published and it.file.startswith("posts/")]
    tags = {name for front in shown for name in _list(front.get("tags"))}
    authors = {name for front in shown for name in _list(front.get("authors"))}
    for item in export.items:
        for domain, slug, name in item.categories:
            kind = {"category": "category", "post_tag": "tag"}.get(domain)
            if kind and (words := _export.words(name)) in tags:
                ours = _export.tag_page(words)
                yield from _export.redirects(f"/{kind}/{slug}", ours, "feed").items()
    for login, name in export.authors.items():
        if name in authors:
            yield from _export.redirects(
                f"/author/{login.casefold()}", _export.author_page(name), "feed"
            ).items()


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
