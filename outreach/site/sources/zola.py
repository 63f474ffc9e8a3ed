"""Zola: content/ with heads in TOML or YAML, assets beside a page, `@/` links."""

import posixpath
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from outreach.model.errors import Mistake, Refused
from outreach.site.sources import Blog, _files, _front, _links
from outreach.site.sources._files import MARKDOWN, walk
from outreach.site.sources._front import Page, line, moment, table, web
from outreach.site.sources._head import head, image
from outreach.site.sources._moved import Moved, Pages, above_lists, told, unlike

OPTIONS = ("url",)

_DATED = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})[_-](?=.)")
_DATED_PATH = re.compile(r"(?:^|/)(\d{4})/(\d{2})/(\d{2})(?=/)")
_SHORTCODE = re.compile(
    r"(?P<fence>^[ \t>]*(?P<mark>`{3,}|~{3,})[^\n]*\n.*?(?:^[ \t>]*(?P=mark)[`~]*[ \t]*$|\Z))"
    r"|(?P<code>(?<!`)(?P<ticks>`+)(?!`)[^\n]*?(?<!`)(?P=ticks)(?!`))"
    r"|\{(?P<open>[{%])\s*(?P<name>\w+)\((?P<words>[^{}]*?)\)\s*[%}]\}",
    re.DOTALL | re.MULTILINE,
)
_OURS = ("youtube", "vimeo")


@dataclass(frozen=True, kw_only=True)
class _Settings:
    root: Path
    content: Path
    url: str
    said: Mapping[str, object]
    languages: tuple[str, ...]

    @property
    def is_slugified(self) -> bool:
        """Whether names of files become ASCII; `slugify.paths` says so, or `slugify_paths`."""
        slugify = table(self.said.get("slugify")).get("paths", self.said.get("slugify_paths"))
        return slugify in (None, "on", True)


def read(place: Path, *, url: str = "") -> Blog:
    """The Zola site at `place`, or its content alone. Raises Refused."""
    settings = _settings(place.resolve(), url)
    mistakes: list[Mistake] = []
    static = dict(_static(settings))
    found = [
        moved
        for file in walk(settings.content)
        if file.suffix.lower() in MARKDOWN and not file.stem.startswith("_index")
        if (moved := _moved(file, settings, static, mistakes)) is not None
    ]
    if not found:
        raise Refused(f"{place} has no Markdown with front matter in it")
    pages = Pages(moved=unlike(found), static=static, url=settings.url)
    documents, wrong = pages.documents(lambda moved, told: _body(moved, pages, told))
    above = above_lists(_lists(settings), settings.root)
    return Blog(
        documents=tuple(documents),
        static=static,
        site=_site(settings),
        mistakes=(*mistakes, *wrong, *above, *_own_feeds(settings)),
    )


def _settings(place: Path, url: str) -> _Settings:
    said: dict[str, object] = {}
    for name in ("config.toml", "zola.toml"):
        if (place / name).is_file():
            said |= _files.settings(place / name)
    content = place / "content" if (place / "content").is_dir() else place
    default = line(said.get("default_language")) or "en"
    return _Settings(
        root=place,
        content=content,
        url=web(url or said.get("base_url")),
        said=said,
        languages=(default, *(it for it in table(said.get("languages")) if it != default)),
    )


def _static(settings: _Settings) -> Iterator[tuple[str, Path]]:
    """static/, and what lies beside a section's pages."""
    if settings.content == settings.root:
        return
    for file in walk(settings.root / "static"):
        yield file.relative_to(settings.root / "static").as_posix(), file
    files = list(walk(settings.content))
    bundles = {it.parent for it in files if it.name == "index.md"} - {settings.content}
    for file in files:
        if file.suffix.lower() not in MARKDOWN and not bundles.intersection(file.parents):
            yield file.relative_to(settings.content).as_posix(), file


def _moved(
    file: Path, settings: _Settings, static: Mapping[str, Path], mistakes: list[Mistake]
) -> Moved | None:
    page = _front.read(file, settings.root, mistakes)
    if page is None or page.values.get("render") is False:
        return None
    inside = file.relative_to(settings.content)
    stem, dot, code = file.stem.rpartition(".")
    is_translation = bool(dot) and code in settings.languages[1:]
    name = stem if is_translation else file.stem
    is_bundle = name == "index" and inside.parent != Path()
    key = inside.with_name(f"{name}.md").as_posix()
    own = inside.parent.name if is_bundle else name
    date = _date(page, own)
    beside = dict(_beside(file)) if is_bundle else {}
    picture, wrong = image(page, beside, static, settings.url)
    mistakes += wrong
    is_draft = page.values.get("draft") is True
    more = {"date": date, "draft": is_draft, "image": picture}
    folder = "posts" if date or is_draft else "pages"
    language = f".{code}" if is_translation else ""
    path = _path(page, key, own, is_bundle, settings)
    return Moved(
        page=page,
        key=inside.as_posix(),
        file=f"{folder}/{key.removeprefix('posts/').removesuffix('.md')}{language}.md",
        path=f"{code}/{path}" if is_translation else path,
        front={**head(page, UTC), **{key: it for key, it in more.items() if it}},
        published=None if is_draft else date,
        beside=beside,
    )


def _date(page: Page, name: str) -> datetime | None:
    """Its `date`, or what its file's name or its `path` says."""
    named = _DATED.match(name)
    pathed = _DATED_PATH.search(line(page.values.get("path")))
    words = (
        page.values.get("date"),
        named and named[1],
        pathed and "-".join(pathed.groups()),
    )
    return next((at for word in words if (at := moment(word, UTC))), None)


def _path(page: Page, key: str, name: str, is_bundle: bool, settings: _Settings) -> str:
    if own := line(page.values.get("path")):
        return own.strip("/")
    folder = posixpath.dirname(key)
    folder = posixpath.dirname(folder) if is_bundle else folder
    last = line(page.values.get("slug")) or _DATED.sub("", name, count=1)
    parts = [*filter(None, folder.split("/")), last]
    return "/".join(map(_slugified, parts) if settings.is_slugified else parts)


def _slugified(text: str) -> str:
    ascii_ = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_.lower()).strip("-")


def _beside(file: Path) -> Iterator[tuple[str, Path]]:
    for it in walk(file.parent):
        if it.suffix.lower() not in MARKDOWN:
            yield it.relative_to(file.parent).as_posix(), it


def _body(moved: Moved, pages: Pages, mistakes: list[Mistake]) -> str:
    """The text with `@/` links led to pages, and shortcodes that we know in our words."""
    keys = pages.by_key()
    page = moved.page

    def lead(link: str, at: int) -> str:
        if not link.startswith("@/"):
            return link
        name, mark, fragment = link[2:].partition("#")
        if name in keys:
            return pages.address(keys[name]) + mark + fragment
        what = f"the link {link} leads to no page"
        mistakes.append(page.mistake(what, "a file in content/", line=at))
        return link

    def write(found: re.Match[str]) -> str:
        if found["name"] is None:
            return found[0]
        identifier = re.search(r"""\bid\s*=\s*["']([\w-]+)["']""", found["words"])
        if found["name"] in _OURS and identifier:
            return f"{{{{< {found['name']} {identifier[1]} >}}}}"
        what = f"the shortcode {found['name']} is not known here; it stays as it is written"
        at = body.count("\n", 0, found.start())
        mistakes.append(page.mistake(what, "Markdown in its place", line=at))
        return found[0]

    body = _links.rewrite(page.body, lead)
    return _SHORTCODE.sub(write, body)


def _site(settings: _Settings) -> dict[str, object]:
    said = settings.said
    default, *others = settings.languages
    known = table(said.get("languages"))
    names = said.get("feed_filenames") or said.get("feed_filename") or "atom.xml"
    feeds = {
        name: "rss" if "rss" in name else "atom"
        for name in _front.words(names)
        if name not in ("atom.xml", "rss.xml") and name.endswith(".xml")
    }
    found: dict[str, object] = {
        "title": line(said.get("title")),
        "url": settings.url,
        "description": line(said.get("description")),
        "language": "" if default == "en" else default,
        "languages": {
            code: {"title": line(table(known.get(code)).get("title"))} for code in others
        },
        "feeds": feeds,
        "redirects": {
            f"/{file.parent.relative_to(settings.content).as_posix()}/": "/"
            for file in _lists(settings)
            if file.parent != settings.content
        },
    }
    return {key: value for key, value in found.items() if value}


def _lists(settings: _Settings) -> Iterator[Path]:
    for file in walk(settings.content):
        if file.suffix.lower() in MARKDOWN and file.stem.startswith("_index"):
            yield file


def _own_feeds(settings: _Settings) -> Iterator[Mistake]:
    """A section's feed has its posts alone, as none of ours has."""
    for file in _lists(settings):
        inside = file.relative_to(settings.content).parent
        if inside != Path():
            page = _front.read(file, settings.root, [])
            if page and True in (page.values.get(it) for it in ("generate_feeds", "generate_feed")):
                what = f"/{inside.as_posix()}/ had a feed of its own, with its posts alone"
                expected = "a tag for its posts: each tag has a feed"
                yield told(page.name, what, expected)
