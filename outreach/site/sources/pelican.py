"""Pelican: content/ with Markdown that begins with its metadata, and pelicanconf.py."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from outreach.model.errors import Mistake, Refused
from outreach.site import slugs
from outreach.site.sources import Blog, _files, _front, _links, _pelican_settings
from outreach.site.sources._files import MARKDOWN, walk
from outreach.site.sources._front import Page, line, moment
from outreach.site.sources._head import head, image
from outreach.site.sources._moved import Moved, Pages, told, unlike
from outreach.site.sources._pelican_settings import Settings, filled, slugified

OPTIONS = ("permalink", "url")

_META = re.compile(r"([A-Za-z][\w-]*)\s*:[ \t]*(.*)")
_PLACE = re.compile(r"[{|](filename|static|attach|author|category|tag|index)[|}](.*)")
_SPACED = re.compile(r"\]\([{|][a-z]+[|}][^()\n\"]*\)")
_FEEDS = {"FEED_ALL_ATOM": "atom", "FEED_ATOM": "atom", "FEED_ALL_RSS": "rss", "FEED_RSS": "rss"}
_OTHERS = frozenset([".rst", ".html", ".htm"])


def read(place: Path, *, url: str = "", permalink: str = "") -> Blog:
    """The Pelican site at `place`, or its content alone. Raises Refused where it is none."""
    settings = _pelican_settings.read(place.resolve(), url, permalink)
    mistakes: list[Mistake] = []
    files = dict(_static(settings))
    found = [
        _moved(page, settings, files, mistakes)
        for file in walk(settings.content, leave=("output",))
        if file.suffix.lower() in MARKDOWN
        if (page := _page(file, settings, mistakes)) is not None
    ]
    if not found:
        raise Refused(f"{place} has no Markdown with metadata in it")
    pages = Pages(moved=unlike(_joined(found, settings)), static=files, url=settings.url)
    documents, wrong = pages.documents(lambda moved, told: _body(moved, pages, settings, told))
    return Blog(
        documents=tuple(documents),
        static=files,
        site=_site(settings, found),
        mistakes=(*mistakes, *wrong, *_others(settings)),
    )


def _page(file: Path, settings: Settings, mistakes: list[Mistake]) -> Page | None:
    """The file; its metadata are lines `Key: value` to the first empty one, or front matter."""
    if _front.has_head(file):
        page = _front.read(file, settings.root, mistakes)
        return page and replace(page, values={k.lower(): it for k, it in page.values.items()})
    text = _files.text(file, settings.root, mistakes)
    if text is None:
        return None
    values: dict[str, object] = {}
    lines: dict[str, int] = {}
    rows = text.replace("\r\n", "\n").split("\n")
    key, end = "", 0
    for end, row in enumerate(rows):
        found = _META.match(row)
        if found:
            key = found[1].lower()
            values[key], lines[key] = found[2].strip(), end + 1
        elif row.startswith("    ") and key:
            values[key] = f"{values[key]}, {row.strip()}" if values[key] else row.strip()
        else:
            break
    return Page(
        path=file,
        name=_files.named(file, settings.root),
        values=values,
        lines=lines,
        body="\n".join(rows[end:]),
        first=end + 1,
    )


def _moved(
    page: Page, settings: Settings, files: Mapping[str, Path], mistakes: list[Mistake]
) -> Moved:
    inside = page.path.relative_to(settings.content).as_posix()
    is_page = inside.startswith(tuple(f"{it}/" for it in settings.texts("PAGE_PATHS")))
    values = {**_from_name(page, settings), **page.values}
    date = moment(values.get("date"), settings.zone)
    status = line(values.get("status")).lower()
    is_post = not is_page and status != "hidden" and date is not None
    picture, wrong = image(page, {}, files, settings.url)
    mistakes += wrong
    language = line(values.get("lang"))
    default = settings.text("DEFAULT_LANG")
    more = {
        "date": date,
        "draft": status == "draft",
        "language": language if language != default else "",
        "image": picture,
    }
    path = _path(values, date, is_page, inside, settings)
    front = {**head(page, settings.zone), **{key: it for key, it in more.items() if it}}
    if isinstance(authors := values.get("authors"), str):
        front["authors"] = [it.strip() for it in re.split("[,;]", authors) if it.strip()]
    if category := _category(values, inside, settings):
        front["tags"] = list(dict.fromkeys([*_front.words(values.get("tags", "")), category]))
    return Moved(
        page=page,
        key=inside,
        file=f"{'posts' if is_post else 'pages'}/{_bare(inside, settings)}.md",
        path=path,
        front=front,
        published=None if more["draft"] else date,
        id=_tag_uri(settings.url, path, date) if is_post else "",
    )


def _bare(inside: str, settings: Settings) -> str:
    """The file's path without its suffix and the folder of pages."""
    stem = inside.rpartition(".")[0]
    for folder in settings.texts("PAGE_PATHS"):
        stem = stem.removeprefix(f"{folder}/")
    return stem


def _from_name(page: Page, settings: Settings) -> dict[str, object]:
    """What FILENAME_METADATA takes from a file's name."""
    try:
        found = re.match(settings.text("FILENAME_METADATA"), page.path.stem)
    except re.error:
        return {}
    return dict(found.groupdict()) if found else {}


def _category(values: Mapping[str, object], inside: str, settings: Settings) -> str:
    """What it says, or the folder that it lies in; the default is none."""
    folder = posixpath.basename(posixpath.dirname(inside))
    if own := line(values.get("category")):
        return own
    if inside.startswith(tuple(f"{it}/" for it in settings.texts("PAGE_PATHS"))):
        return ""
    return folder if settings.said.get("USE_FOLDER_AS_CATEGORY") is True else ""


def _path(
    values: Mapping[str, object],
    date: datetime | None,
    is_page: bool,
    inside: str,
    settings: Settings,
) -> str:
    """Its own `url`, else as ARTICLE_URL and its like say."""
    language = line(values.get("lang"))
    category = _category(values, inside, settings) or settings.text("DEFAULT_CATEGORY")
    words = {
        "slug": _slug(values, inside, settings),
        "lang": language or settings.text("DEFAULT_LANG"),
        "category": slugified(category),
        "author": slugified(next(iter(_front.names(values.get("author"))), "")),
    }
    kind = "PAGE" if is_page else "ARTICLE"
    is_translation = language not in ("", settings.text("DEFAULT_LANG"))
    pattern = settings.text(f"{kind}_LANG_URL" if is_translation else f"{kind}_URL")
    url = line(values.get("url")) or filled(pattern, words, date)
    return url.strip("/").removesuffix("index.html").rstrip("/")


def _slug(values: Mapping[str, object], inside: str, settings: Settings) -> str:
    stem = posixpath.basename(inside).rpartition(".")[0]
    source = stem if settings.text("SLUGIFY_SOURCE") == "basename" else line(values.get("title"))
    return line(values.get("slug")) or slugified(source)


def _joined(found: list[Moved], settings: Settings) -> Iterator[Moved]:
    """Translations, which share their original's slug, lie beside it."""
    named = [(_slug(it.page.values, it.key, settings), it) for it in found]
    originals = {slug: it.file for slug, it in named if "language" not in it.front}
    for slug, moved in named:
        language, original = moved.front.get("language"), originals.get(slug)
        joined = f"{original.removesuffix('.md')}.{language}.md" if original and language else ""
        yield replace(moved, file=joined or moved.file)


def _tag_uri(url: str, path: str, date: datetime | None) -> str:
    """The entry's id in Pelican's feeds."""
    if not url or date is None:
        return ""
    parts = urlsplit(f"{url}/{slugs.page_path(path)}")
    return f"tag:{parts.hostname},{date:%Y-%m-%d}:{parts.path}"


def _static(settings: Settings) -> Iterator[tuple[str, Path]]:
    """STATIC_PATHS, each at its path or where EXTRA_PATH_METADATA puts it."""
    extra = settings.said.get("EXTRA_PATH_METADATA")
    elsewhere = extra if isinstance(extra, dict) else {}
    for name in settings.texts("STATIC_PATHS"):
        place = settings.content / name
        if not place.resolve().is_relative_to(settings.content.resolve()):
            continue
        for file in [place] if place.is_file() else walk(place):
            inside = file.relative_to(settings.content).as_posix()
            moved = elsewhere.get(inside)
            if file.suffix.lower() not in MARKDOWN | _OTHERS or moved:
                yield str(moved.get("path") or inside) if isinstance(moved, dict) else inside, file


def _body(moved: Moved, pages: Pages, settings: Settings, mistakes: list[Mistake]) -> str:
    """The text with `{filename}`, `{static}` and their like led to where these are here."""
    keys = pages.by_key()

    def lead(link: str, at: int) -> str:
        found = _PLACE.match(link)
        if found is None:
            return link
        name, mark, fragment = unquote(found[2]).partition("#")
        here = posixpath.normpath(posixpath.join("/", moved.folder, name)).lstrip("/")
        inside = name.lstrip("/") if name.startswith("/") else here
        if found[1] in ("tag", "category"):
            return f"{pages.base}/tags/{slugs.tag_slug(name)}/"
        if found[1] == "author":
            return f"{pages.base}/authors/{slugs.tag_slug(name)}/"
        if found[1] == "index":
            return f"{pages.base}/"
        if inside in keys:
            return pages.address(keys[inside]) + mark + fragment
        if inside in pages.static:
            return f"{pages.base}/{inside}{mark}{fragment}"
        what = f"the link {link} leads to no file"
        mistakes.append(moved.page.mistake(what, f"a file in {settings.content.name}/", line=at))
        return link

    body = _SPACED.sub(lambda found: found[0].replace(" ", "%20"), moved.page.body)
    return _links.rewrite(body, lead)


def _site(settings: Settings, found: list[Moved]) -> dict[str, object]:
    language = settings.text("DEFAULT_LANG")
    others = {line(it.front.get("language")) for it in found} - {"", language}
    feeds = {}
    for key, kind in (
        ("FEED_ALL_ATOM", "atom"),
        ("FEED_ATOM", "atom"),
        ("FEED_ALL_RSS", "rss"),
        ("FEED_RSS", "rss"),
    ):
        if name := settings.text(key).lstrip("/"):
            feeds[name] = kind
    said: dict[str, object] = {
        "title": settings.text("SITENAME"),
        "url": settings.url,
        "description": settings.text("SITESUBTITLE"),
        "author": settings.text("AUTHOR"),
        "language": "" if language == "en" else language,
        "languages": {code: {"title": settings.text("SITENAME")} for code in sorted(others)},
        "feeds": feeds,
        "redirects": _redirects(settings, found),
    }
    return {key: value for key, value in said.items() if value}


def _redirects(settings: Settings, found: list[Moved]) -> dict[str, str]:
    """The pages of tags, categories and authors are at other addresses here."""
    redirects = {}
    for moved in found:
        words = _front.words(moved.front.get("tags") or ())
        authors = _front.words(moved.front.get("authors") or ())
        kinds = (
            ("TAG", "tags", words),
            ("CATEGORY", "tags", words),
            ("AUTHOR", "authors", authors),
        )
        for key, folder, names in kinds:
            for name in names:
                address = filled(settings.text(f"{key}_URL"), {"slug": slugified(name)}, None)
                redirects[f"/{address}"] = f"/{folder}/{slugs.tag_slug(name)}/"
    return {old: new for old, new in sorted(redirects.items()) if old.strip("/") != new.strip("/")}


def _others(settings: Settings) -> Iterator[Mistake]:
    for file in walk(settings.content, leave=("output",)):
        if file.suffix.lower() == ".rst":
            what = "reStructuredText is not read here"
            yield told(_files.named(file, settings.root), what, "Markdown, as pandoc makes it")
