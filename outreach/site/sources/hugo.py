"""Hugo: content/ with heads in YAML, TOML or JSON, page bundles, translations, permalinks."""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from outreach.model.errors import Mistake, Refused
from outreach.site import slugs
from outreach.site.sources import Blog, _files, _front, _hugo_settings
from outreach.site.sources._front import Page, line, moment, table
from outreach.site.sources._head import head, image
from outreach.site.sources._hugo_addresses import (
    Place,
    UnknownToken,
    entitled,
    expand,
    named,
    path_of,
    sanitised,
)
from outreach.site.sources._hugo_bodies import Bodies
from outreach.site.sources._hugo_settings import Settings
from outreach.site.sources._hugo_texts import Text, beside, left, lists, static, texts
from outreach.site.sources._moved import Moved, Pages, above_lists, told, unlike

OPTIONS = ("permalink", "url")

_DATED = re.compile(r"(\d{4}-\d{2}-\d{2})[-_](?=.)")
_FOLDERS = ("pages", "post", "posts")


def read(place: Path, *, url: str = "", permalink: str = "") -> Blog:
    """The Hugo site at `place`, or the one that it is the content of. Raises Refused."""
    place = place.resolve()
    settings = _hugo_settings.read(place, url, permalink)
    if not settings.content.is_dir():
        raise Refused(f"{place} has no content/: give the folder with hugo.toml, or its content")
    mistakes: list[Mistake] = []
    if settings.is_bare and not permalink:
        what = "there are no settings of Hugo here: addresses are made as Hugo does without any"
        expected = "`--permalink` and `--url`, if the blog has its own"
        mistakes.append(Mistake(path=str(place), line=0, what=what, expected=expected))
    files = dict(static(settings))
    read = (_moved(it, settings, files, mistakes) for it in texts(settings))
    found = [moved for moved in read if moved is not None]
    if not found:
        raise Refused(f"{place} has no Markdown with front matter in it")
    pages = Pages(moved=unlike(_joined(found)), static=files, url=settings.url)
    documents, wrong = pages.documents(Bodies(pages))
    what = "it is no Markdown, and stays where it is"
    for file in left(settings):
        wrong.append(told(_files.named(file, settings.root), what, "Markdown, as pandoc makes it"))
    wrong += above_lists(lists(settings), settings.root)
    return Blog(
        documents=tuple(documents),
        static=files,
        site=_site(settings, pages.moved),
        mistakes=(*mistakes, *wrong),
    )


def _moved(
    text: Text, settings: Settings, files: Mapping[str, Path], mistakes: list[Mistake]
) -> Moved | None:
    page = _front.read(text.path, settings.root, mistakes)
    values = table(page.values) if page else {}
    if page is None or values.get("headless") is True:
        return None
    date = _date(values, text, settings)
    there = dict(beside(text)) if text.is_bundle else {}
    picture, wrong = image(page, there, files, settings.url)
    mistakes += wrong
    if "expirydate" in values:
        what = "`expiryDate` is not known here: the page stays"
        mistakes.append(page.mistake(what, "`withdrawn:`, when it goes", key="expiryDate"))
    is_translation = text.language != next(iter(settings.languages))
    more = {
        "date": date,
        "draft": values.get("draft") is True,
        "language": text.language if is_translation else "",
        "image": picture,
        "menu": _menu(values),
    }
    path = _path(page, text, date, settings, mistakes)
    front = {**head(page, settings.zone), **{key: it for key, it in more.items() if it}}
    if said := values.get("aliases"):
        front["aliases"] = [f"/{_from(it, path)}" for it in _front.words(said)]
    return Moved(
        page=page,
        key=text.inside,
        file=_file(
            text, settings, is_post=bool(date or more["draft"]), is_translation=is_translation
        ),
        path=path,
        front=front,
        published=None if more["draft"] else date,
        beside=there,
    )


def _from(alias: str, path: str) -> str:
    """An old address; one that begins without a slash starts beside the page."""
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(path), alias)).lstrip("/") + (
        "/" if alias.endswith("/") else ""
    )


def _date(values: Mapping[str, object], text: Text, settings: Settings) -> datetime | None:
    """When it goes out: of `date` and `publishDate` the later, else what its file's name says."""
    keys = ("date", "publishdate", "pubdate", "published")
    dates = [at for key in keys if (at := moment(values.get(key), settings.zone))]
    day = _DATED.match(text.name)
    if day and not dates and (settings.date_in_name or settings.is_bare):
        return moment(day[1], settings.zone)
    return max(dates) if dates else None


def _menu(values: Mapping[str, object]) -> int | None:
    """Its place in the navigation, where it names a menu."""
    menus = values.get("menu") or values.get("menus")
    if not menus:
        return None
    inner = next((table(it) for it in table(menus).values() if table(it)), {})
    weight = inner.get("weight") or values.get("weight")
    return weight if isinstance(weight, int) and not isinstance(weight, bool) else 1


def _file(text: Text, settings: Settings, *, is_post: bool, is_translation: bool) -> str:
    """What has a date, or waits for one, and lies in a section is a post; the rest are pages."""
    section = next(iter(text.sections), "")
    main = settings.main_sections
    in_blog = settings.is_bare or (bool(section) and (not main or section in main))
    inside = text.inside.removesuffix(".md")
    if section in _FOLDERS:
        inside = inside.partition("/")[2]
    language = f".{text.language}" if is_translation else ""
    return f"{'posts' if is_post and in_blog else 'pages'}/{inside}{language}.md"


def _path(
    page: Page, text: Text, date: datetime | None, settings: Settings, mistakes: list[Mistake]
) -> str:
    """Its `url`, else its section's pattern, else where it lies."""
    values, lower = table(page.values), settings.lower
    name = _DATED.sub("", text.name, count=1) if settings.date_in_name else text.name
    place = Place(
        date=date,
        title=entitled(line(values.get("title")), lower=lower),
        slug=sanitised(line(values.get("slug")), lower=lower).strip("-"),
        name=named(name, lower=lower),
        sections=tuple(named(it, lower=lower) for it in _sections(text, settings)),
    )
    own = line(values.get("url"))
    pattern = own or settings.pattern(next(iter(text.sections), ""))
    folders = (named(it, lower=lower) for it in text.sections)
    default = "/".join([*folders, place.slug or place.name])
    try:
        path = path_of(expand(pattern, place) if pattern else default, ugly=settings.ugly)
    except UnknownToken as error:
        what = f"{error} in the address {pattern} is not known; the page is at /{default}/"
        mistakes.append(page.mistake(what, "`path:` in the imported file", key="url"))
        path = path_of(default)
    is_default = text.language == next(iter(settings.languages))
    in_folder = settings.default_in_folder or not is_default
    return f"{text.language}/{path}" if in_folder and not own.startswith("/") else path


def _sections(text: Text, settings: Settings) -> Iterator[str]:
    """The first folder, and of those below it each that has a page of its own."""
    folder = settings.languages[text.language] or settings.content
    for number, name in enumerate(text.sections):
        folder = folder / name
        if number == 0 or any(folder.glob("_index.*")):
            yield name


def _joined(found: Sequence[Moved]) -> Iterator[Moved]:
    """Translations that are joined by their `translationKey` lie beside their original."""

    def key(moved: Moved) -> str:
        return line(table(moved.page.values).get("translationkey"))

    originals = {key(it): it.file for it in found if key(it) and "language" not in it.front}
    for moved in found:
        language = moved.front.get("language")
        original = originals.get(key(moved)) if language else None
        file = f"{original.removesuffix('.md')}.{language}.md" if original else moved.file
        yield replace(moved, file=file)


def _site(settings: Settings, moved: Sequence[Moved]) -> dict[str, object]:
    """Settings for `site:`: the feeds' names, and where lists of Hugo's are here."""
    default, *others = settings.languages
    said: dict[str, object] = {
        "title": settings.title,
        "url": settings.url,
        "description": settings.description,
        "language": "" if default == "en" else default,
        "languages": {code: {"title": settings.language_titles[code]} for code in others},
        "feeds": dict(_feeds(settings, moved)) if settings.feed else {},
        "redirects": {} if settings.is_bare else _redirects(moved),
    }
    return {key: value for key, value in said.items() if value}


def _feeds(settings: Settings, moved: Sequence[Moved]) -> Iterator[tuple[str, str]]:
    """The home page's, and a section's that has all posts."""
    yield settings.feed, "rss"
    sections = {it.key.partition("/")[0] for it in moved if it.file.startswith("posts/")}
    if len(sections) == 1 and not settings.is_bare:
        yield f"{sanitised(*sections)}/{settings.feed}", "rss"


def _redirects(moved: Sequence[Moved]) -> dict[str, str]:
    """A section's list leads home, a category's to its tag."""
    taken = {it.path for it in moved}
    found: dict[str, str] = {}
    for it in moved:
        section = sanitised(it.key.partition("/")[0]) if "/" in it.key else ""
        if it.file.startswith("posts/") and section and section not in taken:
            found[f"/{section}/"] = "/"
        for category in _front.words(table(it.page.values).get("categories")):
            found[f"/categories/{sanitised(category)}/"] = f"/tags/{slugs.tag_slug(category)}/"
    return found
