"""Medium: the zip of Settings → Security and apps → Download your information, or its folder."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag
from markdown.extensions.toc import slugify

from outreach.model.errors import Mistake, Refused
from outreach.site.sources import Blog, Document, _export, _html
from outreach.site.sources._export import Links
from outreach.site.sources._markdown import markdown

_NUMBER = re.compile(r"-?([0-9a-f]{10,12})$")
_IMAGES = re.compile(r"//(?:cdn-images-\d\.|miro\.)?medium\.com/")
_HEADINGS = {"h3": "h2", "h4": "h3"}


def read(place: Path) -> Blog:
    """The blog of an export. Raises Refused where there is none."""
    mistakes: list[Mistake] = []
    stories = list(_stories(place, mistakes))
    if not stories:
        raise Refused(
            f"{place} has no export of Medium: a folder posts/ with a page for each story"
        )
    url = _own_site(stories)
    links = Links(hosts=frozenset([_export.host(url)] if url else ()), static={})
    documents = _export.apart(_document(it, url, links, mistakes) for it in stories)
    if not url:
        what = (
            "Medium keeps the old addresses; set each story's canonical link there to its new one"
        )
        mistakes.append(Mistake(path="posts/", line=0, what=what))
    site = {"url": url, "feeds": {"feed/index.html": "rss"}} if url else {}
    return Blog(documents=documents, site=site, mistakes=tuple(mistakes))


@dataclass(frozen=True, kw_only=True)
class _Story:
    """One page of the export. `canonical` is its address at Medium, "" for a draft."""

    name: str
    html: str
    title: str
    subtitle: str
    author: str
    published: datetime | None
    canonical: str
    number: str

    @property
    def slug(self) -> str:
        """The last part of its address, without Medium's number."""
        said = urlsplit(self.canonical).path.rpartition("/")[2]
        return _NUMBER.sub("", said) or slugify(self.title, "-") or self.number


def _stories(place: Path, mistakes: list[Mistake]) -> Iterator[_Story]:
    for name, file in _export.opened(place).items():
        path = PurePosixPath(name)
        if path.suffix != ".html" or path.parent.name not in ("posts", ""):
            continue
        written = _export.text(name, file, mistakes)
        if written is None or "e-content" not in written:
            continue
        try:
            yield _story(name, written)
        except ValueError as error:
            mistakes.append(Mistake(path=name, line=0, what=f"it was left out: {error}"))


def _story(name: str, written: str) -> _Story:
    soup = _html.parsed(written)
    body = soup.select_one("section[data-field=body]")
    when = soup.select_one("time.dt-published")
    canonical = soup.select_one("a.p-canonical")
    is_draft = PurePosixPath(name).name.startswith("draft_")
    stem = _NUMBER.search(PurePosixPath(name).stem)
    return _Story(
        name=name,
        html=body.decode_contents() if body else "",
        title=_said(soup, "h1.p-name") or _export.words(_title(written)),
        subtitle=_said(soup, "section[data-field=subtitle]"),
        author=_said(soup, "a.p-author"),
        published=_moment(str(when.get("datetime", ""))) if when and not is_draft else None,
        canonical=str(canonical.get("href", "")) if canonical and not is_draft else "",
        number=stem[1] if stem else "",
    )


def _said(soup: BeautifulSoup, selector: str) -> str:
    found = soup.select_one(selector)
    return " ".join(found.get_text(" ").split()) if found else ""


def _title(written: str) -> str:
    found = re.search(r"<title>(.*?)</title>", written, re.DOTALL | re.IGNORECASE)
    return found[1] if found else ""


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _own_site(stories: list[_Story]) -> str:
    """The domain of a publication that has its own; "" where the stories are at medium.com."""
    hosts = Counter(urlsplit(it.canonical).netloc for it in stories if it.canonical)
    host = hosts.most_common(1)[0][0] if hosts else ""
    return "" if not host or re.fullmatch(r"(.+\.)?medium\.com", host) else f"https://{host}"


def _document(story: _Story, url: str, links: Links, mistakes: list[Mistake]) -> Document | None:
    """A story; None, and why, where it cannot be taken over."""
    is_here = bool(url) and _export.host(story.canonical) == _export.host(url)
    path = _export.path_of(story.canonical) if is_here else story.slug

    def lost(what: str) -> None:
        mistakes.append(Mistake(path=story.name, line=0, what=what))

    if why := _export.unfit(path):
        lost(f"it was left out, since our site can have no page /{path}/: {why}")
        return None
    try:
        text = markdown(story.html, links.address, _plain)
    except ValueError as error:
        lost(f"it was left out: {error}")
        return None
    if images := len(_IMAGES.findall(text.body)):
        lost(f"images that are still at Medium's: {images}; save those that you want to keep")
    front = {
        "title": story.title,
        "date": story.published,
        "draft": story.published is None,
        "path": path,
        "summary": story.subtitle,
        "authors": [story.author] if story.author else [],
        "id": f"https://medium.com/p/{story.number}" if story.number and story.canonical else "",
    }
    return Document(
        source=story.name,
        file=f"posts/{path}.md",
        front={key: value for key, value in front.items() if value},
        body=text.body,
        url=story.canonical,
        published=story.published,
    )


def _plain(soup: BeautifulSoup) -> None:
    """Medium's own ways as plain HTML: its title apart, a story's first heading an h2."""
    for tag in soup.select(".graf--title, .graf--subtitle, .section--first > .section-divider"):
        tag.decompose()
    for name, ours in _HEADINGS.items():
        for tag in soup.find_all(name):
            tag.name = ours
    for card in soup.select(".graf--mixtapeEmbed"):
        _card(soup, card)
    for tag in soup.find_all(id=True):
        if soup.find("a", href=f"#{tag['id']}") is None:
            del tag["id"]


def _card(soup: BeautifulSoup, card: Tag) -> None:
    """A preview of another page: its title as a link."""
    link = card.find("a", href=True)
    if not isinstance(link, Tag):
        return
    title = link.find("strong")
    shown = soup.new_tag("a", attrs={"href": str(link["href"])})
    shown.string = (title or link).get_text(" ", strip=True) or str(link["href"])
    paragraph = soup.new_tag("p")
    paragraph.append(shown)
    card.replace_with(paragraph)
