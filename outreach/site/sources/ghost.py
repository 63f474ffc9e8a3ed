"""Ghost: the JSON file of Settings → Migration → Export, and content/ beside it for its images."""

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from outreach.model.errors import Mistake, Refused
from outreach.site.sources import Blog, Document, _export, _ghost_body, _ghost_cards, _ghost_routes
from outreach.site.sources._export import File, Links
from outreach.site.sources._ghost_routes import Routes
from outreach.site.sources._markdown import markdown

OPTIONS = ("url",)

Row = Mapping[str, object]
Tables = Mapping[str, list[Row]]

_HERE = "__GHOST_URL__"
_SIZED = re.compile(r"(/content/images)/size/[wh]\d+(?:[wh]\d+)?(?:/format/\w+)?")


def read(place: Path, *, url: str = "") -> Blog:
    """The blog of an export. Raises Refused where there is none.

    `url` is the site's address, which Ghost does not write down.
    """
    files = _export.opened(place)
    name, tables = _tables(files, place)
    mistakes: list[Mistake] = []
    said = {_text(row, "key"): _text(row, "value") for row in tables["settings"]}
    export = _Export(
        name=name,
        tables=tables,
        static={path: file for key, file in files.items() if (path := _upload(key))},
        url=url.rstrip("/"),
        settings=said,
        routes=_ghost_routes.routes(files, said.get("timezone") or "UTC", mistakes),
    )
    documents = _export.apart(_document(row, export, mistakes) for row in export.posts)
    return Blog(
        documents=documents,
        static=export.static,
        site=_site(export, documents),
        mistakes=tuple(mistakes),
    )


@dataclass(frozen=True, kw_only=True)
class _Export:
    """The tables of one export. `name` is its file's, `static` what content/ has of it."""

    name: str
    tables: Tables
    static: dict[str, File]
    url: str
    settings: Mapping[str, str]
    routes: Routes
    found: dict[tuple[str, str], dict[str, list[Row]]] = field(default_factory=dict)

    @property
    def posts(self) -> list[Row]:
        return self.tables["posts"]

    def path(self, row: Row) -> str:
        """Where a post is on its site."""
        tags, authors = self.tags(row), self.authors(row)
        return self.routes.path(
            slug=_text(row, "slug"),
            post=_text(row, "id"),
            at=_moment(row.get("published_at")),
            tag=_text(tags[0], "slug") if tags else "",
            author=_text(authors[0], "slug") if authors else "",
        )

    def tags(self, row: Row) -> list[Row]:
        """A post's tags, in their order, without those that Ghost shows nobody."""
        tags = self._named("tags", row, "tag")
        return [it for it in tags if not _text(it, "name").startswith("#")]

    def authors(self, row: Row) -> list[Row]:
        """A post's authors; before Ghost 1.22 each had one."""
        authors = self._named("users", row, "author")
        return authors or self.by("users", "id").get(_text(row, "author_id"), [])

    def _named(self, table: str, row: Row, key: str) -> list[Row]:
        rows = self.by(table, "id")
        between = self.by(f"posts_{key}s", "post_id").get(_text(row, "id"), [])
        wanted = [_text(it, f"{key}_id") for it in sorted(between, key=_order)]
        return [it for name in wanted for it in rows.get(name, [])]

    def meta(self, post: str) -> Row:
        """What stands of a post in a table apart."""
        return next(iter(self.by("posts_meta", "post_id").get(post, [])), {})

    def by(self, table: str, key: str) -> Mapping[str, list[Row]]:
        """A table's rows by one of their columns."""
        if (table, key) not in self.found:
            rows = self.found[table, key] = {}
            for row in self.tables[table]:
                rows.setdefault(_text(row, key), []).append(row)
        return self.found[table, key]

    @property
    def links(self) -> Links:
        hosts = {_export.host(self.url)} if self.url else set()
        return Links(hosts=frozenset(hosts), static=self.static)


def _tables(files: _export.Files, place: Path) -> tuple[str, Tables]:
    """The export's name, and its tables by name."""
    for name, file in files.items():
        if PurePosixPath(name).suffix != ".json":
            continue
        try:
            found = json.loads(_export.data(file))
        except (OSError, ValueError, RecursionError):
            continue
        inner = found.get("db", [found]) if isinstance(found, dict) else None
        first = inner[0] if isinstance(inner, list) and inner else None
        data = first.get("data") if isinstance(first, dict) else None
        if isinstance(data, dict) and isinstance(data.get("posts"), list):
            return name, defaultdict(list, {key: _rows(value) for key, value in data.items()})
    raise Refused(f"{place} has no export of Ghost: a JSON file with `db`, `data` and `posts`")


def _rows(value: object) -> list[Row]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _text(row: Row, key: str) -> str:
    """A value as text; Ghost 0.x numbers its rows."""
    value = row.get(key)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _order(row: Row) -> tuple[int, str]:
    number = _text(row, "sort_order")
    return len(number), number


def _upload(name: str) -> str:
    """Where an uploaded file goes below static/; "" for another file."""
    found = re.search(r"(?:^|/)(content/(?:images|media|files)/.+)", name)
    path = found[1] if found else ""
    is_copy = path.startswith("content/images/size/")
    return path if PurePosixPath(path).suffix.lower() in _export.MEDIA and not is_copy else ""


def _site(export: _Export, documents: tuple[Document, ...]) -> dict[str, object]:
    said = export.settings
    site: dict[str, object] = {
        "title": said.get("title", ""),
        "description": said.get("description", ""),
        "language": said.get("locale") or said.get("lang") or "",
        "url": export.url,
    }
    moved: dict[str, str] = {}
    shown = [it.front for it in documents if it.published and it.file.startswith("posts/")]
    for pattern, table, key, page in (
        (export.routes.tag, "tags", "tags", _export.tag_page),
        (export.routes.author, "users", "authors", _export.author_page),
    ):
        used = {name for front in shown for name in _list(front.get(key))}
        for row in export.tables[table]:
            if (name := _text(row, "name")) in used:
                old = pattern.replace("{slug}", _text(row, "slug")).rstrip("/")
                moved |= _export.redirects(old, page(name), "rss")
    found = {key: value for key, value in site.items() if value}
    return found | {"feeds": {"rss/index.html": "rss"}, "redirects": moved}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _document(row: Row, export: _Export, mistakes: list[Mistake]) -> Document | None:
    """A post or page; None, and why, where it cannot be taken over."""
    slug = _text(row, "slug")
    path = slug if _is_page(row) else export.path(row)
    where = f"{export.name} ({slug or _text(row, 'title')})"

    def lost(what: str, line: int = 0) -> None:
        mistakes.append(Mistake(path=where, line=line, what=what))

    if why := _export.unfit(path):
        lost(f"it was left out, since our site can have no page /{path}/: {why}")
        return None
    try:
        body = _body(row, export, lost)
    except ValueError as error:
        lost(f"it was left out: {error}")
        return None
    draft, why = _draft(row)
    if why:
        lost(why)
    folder = "pages" if _is_page(row) else "posts"
    front = {"draft": draft, "path": path, **_said(row, export, lost)}
    return Document(
        source=where,
        file=f"{folder}/{path}.md",
        front={key: value for key, value in front.items() if value},
        body=body,
        url=f"/{path}/",
        published=None if draft else _moment(row.get("published_at")),
    )


def _is_page(row: Row) -> bool:
    return _text(row, "type") == "page" or row.get("page") in (True, 1)


def _body(row: Row, export: _Export, lost: _ghost_body.Lost) -> str:
    """Its text in Markdown, and what of it is lost. Raises ValueError where it cannot be read."""
    html, hidden = _ghost_cards.public(_ghost_body.html(row))
    text = markdown(html, lambda link: _address(link, export, html, lost), _ghost_cards.plain)
    if hidden:
        lost(f"parts that only members could see were left out: {hidden}")
    for line, what in text.lost:
        lost(what, line)
    return text.body


def _said(row: Row, export: _Export, lost: _ghost_body.Lost) -> dict[str, object]:
    """What a post says about itself, and what of it has no place here."""
    canonical = _text(row, "canonical_url")
    if canonical:
        lost(f"its canonical address was {canonical}; here it is its own page")
    if _text(row, "codeinjection_head") or _text(row, "codeinjection_foot"):
        lost("the code injected into its page was left out")
    published, updated = (_moment(row.get(f"{key}_at")) for key in ("published", "updated"))
    post = _text(row, "id")
    meta = export.meta(post)
    return {
        "title": _text(row, "title"),
        "date": published,
        "updated": updated if updated and published and updated > published else None,
        "id": "" if _is_page(row) else post,
        "summary": _text(row, "custom_excerpt") or _text(meta, "meta_description"),
        "image": _image(row, meta, export, lost),
        "tags": [_text(it, "name") for it in export.tags(row)],
        "authors": [_text(it, "name") for it in export.authors(row)],
        "language": _text(row, "locale"),
    }


def _draft(row: Row) -> tuple[bool, str]:
    """Whether it is a draft here, and why, where it was none there."""
    status, audience = _text(row, "status"), _text(row, "visibility")
    if status == "sent":
        return True, "it went out by mail alone; it is a draft here"
    if status in ("published", "scheduled") and audience not in ("", "public"):
        return True, f"it was for {audience} alone, not for everybody; it is a draft here"
    return status not in ("published", "scheduled"), ""


def _image(row: Row, meta: Row, export: _Export, lost: _ghost_body.Lost) -> object:
    source = _text(row, "feature_image") or _text(row, "image")
    if not source:
        return None
    address = _address(source, export, "", lost)
    if address.startswith("/"):
        if not export.url:
            lost(f"its image {address} needs the site's address: give it with --url")
            return None
        address = export.url + address
    alt = _text(meta, "feature_image_alt")
    return {"src": address, "alt": alt} if alt else address


def _address(link: str, export: _Export, html: str, lost: _ghost_body.Lost) -> str:
    """Where a link of a text leads now; what is not among the files is said."""
    here = link.removeprefix(_HERE) or "/"
    is_here = here != link or link.startswith("/")
    path = _SIZED.sub(r"\1", here if is_here else export.links.address(link))
    if path.startswith("/content/") and not export.links.has(path):
        at = html.find(link.rpartition("/")[2])
        line = html.count("\n", 0, at) + 1 if at >= 0 else 0
        lost(f"{path} is not there: put Ghost's folder content/ beside the export", line)
        return export.url + path
    return path


def _moment(value: object) -> datetime | None:
    """A time of Ghost's, UTC: `2024-05-01 10:00:00`, ISO 8601, or milliseconds in old exports."""
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000, UTC)
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None
    return found.replace(tzinfo=found.tzinfo or UTC) if found else None
