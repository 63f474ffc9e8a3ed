"""Jekyll: _posts/, _drafts/, pages and collections, with Liquid written out where it can be."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from outreach.model.errors import Mistake, Refused
from outreach.site import slugs
from outreach.site.sources import Blog, _files, _front, _jekyll_settings
from outreach.site.sources._files import MARKDOWN, walk
from outreach.site.sources._front import Page, line, moment, table
from outreach.site.sources._head import head, image
from outreach.site.sources._jekyll_addresses import Place, expand, suffix_of
from outreach.site.sources._jekyll_bodies import Bodies
from outreach.site.sources._jekyll_settings import Settings
from outreach.site.sources._moved import Moved, Pages, unlike

OPTIONS = ("permalink", "url")

_DATED = re.compile(r"(\d{2,4}-\d{1,2}-\d{1,2})-(.+)")
_COMPUTED = re.compile(r"\{%-?\s*(?:for|if|unless|case|assign|capture|tablerow)\b")
_TEXTS = MARKDOWN | {".html", ".htm"}
_FEEDS = ("feed.xml", "atom.xml", "rss.xml", "index.xml")


def read(place: Path, *, url: str = "", permalink: str = "") -> Blog:
    """The Jekyll site at `place`. Raises Refused where it is none."""
    settings = _jekyll_settings.read(place.resolve(), url, permalink)
    mistakes: list[Mistake] = []
    files: dict[str, Path] = {}
    found: list[Moved] = []
    redirects: dict[str, str] = {}
    for file, name, kind in _sorted_out(settings):
        if kind == "static":
            files[name] = file
        elif page := _page(file, settings, kind, mistakes):
            moved = _moved(page, kind, settings)
            target = line(page.values.get("redirect_to"))
            what = _unwritten(page, moved, kind)
            if target:
                redirects[f"/{slugs.page_path(moved.path)}"] = target
            elif what:
                mistakes.append(page.mistake(what, "nothing, or a page of its own in pages/"))
            else:
                found.append(moved)
    if not any("_posts/" in moved.key for moved in found):
        raise Refused(f"{place} has no _posts/: give the folder with _config.yml")
    found = [_pictured(moved, files, settings, mistakes) for moved in found]
    pages = Pages(moved=unlike(found), static=files, url=settings.url)
    documents, wrong = pages.documents(Bodies(pages, settings))
    return Blog(
        documents=tuple(documents),
        static=files,
        site=_site(settings, redirects),
        mistakes=(*mistakes, *wrong),
    )


def _sorted_out(settings: Settings) -> Iterator[tuple[Path, str, str]]:
    """Every file of the site, its path there, and what it is: posts, drafts, pages, static, or a
    collection's name."""
    for file in walk(settings.root):
        name = _files.named(file, settings.root)
        folders = name.split("/")[:-1]
        special = [it for it in folders if it.startswith("_")]
        is_text = file.suffix.lower() in _TEXTS
        if settings.leaves_out(name):
            continue
        if special and special[0][1:] in ("posts", "drafts", *settings.collections):
            if is_text:
                yield file, name, special[0][1:]
        elif not special and not name.startswith("_") and name != "_config.yml":
            if not _front.has_head(file):
                yield file, name, "static"
            elif is_text:
                yield file, name, "pages"


def _unwritten(page: Page, moved: Moved, kind: str) -> str:
    """Why a page has no text of its own to bring."""
    if not moved.path:
        return "the home page is made here; this one is left out"
    computed = kind == "pages" and _COMPUTED.search(page.body)
    return "a page that Liquid computes is left out" if computed else ""


def _page(file: Path, settings: Settings, kind: str, mistakes: list[Mistake]) -> Page | None:
    """The file with the head that `defaults:` gives it; words of a list may stand in a line."""
    page = _front.read(file, settings.root, mistakes)
    if page is None:
        return None
    values = {**settings.defaults(page.name, kind), **page.values}
    for key in ("tags", "categories"):
        if isinstance(written := values.get(key), str):
            values[key] = written.replace(",", " ").split()
    return replace(page, values=values)


def _moved(page: Page, kind: str, settings: Settings) -> Moved:
    values = table(page.values)
    stem = page.name.rpartition(".")[0]
    dated = _DATED.fullmatch(posixpath.basename(stem))
    slug = line(values.get("slug")) or (dated[2] if dated else posixpath.basename(stem))
    date = moment(values.get("date"), settings.zone)
    if date is None and dated and kind == "posts":
        date = moment(dated[1], settings.zone)
    is_draft = kind == "drafts" or values.get("published") is False
    is_post = kind in ("posts", "drafts") or (date is not None and kind != "pages")
    place = Place(
        date=date and date.astimezone(settings.zone),
        slug=slug,
        categories=_categories(values, page.name) if is_post else (),
        path=_path_inside(stem, kind),
        collection=kind,
    )
    address = expand(line(values.get("permalink")) or _pattern(kind, settings), place)
    path = address.strip("/").removesuffix("index.html").rstrip("/")
    language = line(values.get("lang") or values.get("language"))
    more = {"date": date, "draft": is_draft, "language": language}
    front = {**head(page, settings.zone), **{key: it for key, it in more.items() if it}}
    if authors := front.get("authors"):
        front["authors"] = [settings.authors.get(str(it), it) for it in _listed(authors)]
    return Moved(
        page=page,
        key=page.name,
        file=_file(stem, kind, is_post=is_post),
        path=path,
        front=front,
        published=None if is_draft else date,
        id=_id(address, slug, settings) if kind == "posts" else "",
    )


def _id(address: str, slug: str, settings: Settings) -> str:
    """The entry's id in the feed of jekyll-feed: beside its page, named by its slug."""
    above = posixpath.dirname(address.rstrip("/")).rstrip("/")
    path = quote(f"{above}/{slug}", safe="/~!$&'()*+,;=:@")
    return settings.url + path if settings.url else ""


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _categories(values: Mapping[str, object], name: str) -> tuple[str, ...]:
    """The folders above `_posts/`, then what the head says."""
    folders = tuple(filter(None, name.partition("_posts/")[0].strip("/").split("/")))
    said = _front.words(values.get("categories") or values.get("category") or ())
    return (*(folders if "_posts/" in name else ()), *said)


def _path_inside(stem: str, kind: str) -> str:
    return stem if kind == "pages" else stem.partition(f"_{kind}/")[2]


def _pattern(kind: str, settings: Settings) -> str:
    if kind in ("posts", "drafts"):
        return settings.permalink
    suffix = suffix_of(settings.permalink)
    own = line(settings.collections.get(kind, {}).get("permalink"))
    return own or (f"/:path{suffix}" if kind == "pages" else f"/:collection/:path{suffix}")


def _file(stem: str, kind: str, *, is_post: bool) -> str:
    above, _, inside = stem.rpartition(f"_{kind}/")
    if kind in ("posts", "drafts"):
        return f"posts/{above}{inside}.md"
    return f"{'posts' if is_post else 'pages'}/{stem.replace('/_', '/').lstrip('_')}.md"


def _pictured(
    moved: Moved, files: Mapping[str, Path], settings: Settings, mistakes: list[Mistake]
) -> Moved:
    picture, wrong = image(moved.page, {}, files, settings.url)
    mistakes += wrong
    return replace(moved, front={**moved.front, **({"image": picture} if picture else {})})


def _site(settings: Settings, redirects: Mapping[str, str]) -> dict[str, object]:
    said = settings.said
    language = line(said.get("lang") or said.get("locale"))[:2]
    author = said.get("author")
    found: dict[str, object] = {
        "title": line(said.get("title")),
        "url": settings.url,
        "description": line(said.get("description")),
        "author": next(iter(_front.names(author)), ""),
        "language": "" if language == "en" else language,
        "feeds": _feeds(settings),
        "redirects": dict(redirects),
    }
    return {key: value for key, value in found.items() if value}


def _feeds(settings: Settings) -> dict[str, str]:
    """A feed that is written by hand, else that of jekyll-feed."""
    found = {}
    for name in _FEEDS:
        file = settings.root / name
        if file.is_file() and _front.has_head(file):
            kind = "rss" if b"<rss" in file.read_bytes()[: _files.LARGEST] else "atom"
            found[name] = kind
    plugins = _front.words(settings.said.get("plugins") or settings.said.get("gems") or ())
    if "jekyll-feed" in plugins or not found:
        path = line(table(settings.said.get("feed")).get("path")) or "feed.xml"
        found.setdefault(path.lstrip("/"), "atom")
    return {name: kind for name, kind in found.items() if name != f"{kind}.xml"}
