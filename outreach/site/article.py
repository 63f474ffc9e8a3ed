"""A post's whole body for readers who read it elsewhere, every address absolute."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from html import escape
from itertools import groupby
from pathlib import Path

from outreach.model.post import Post
from outreach.site import batch, bodies, paths
from outreach.site.folder import IMAGES
from outreach.site.media import served
from outreach.site.shortcodes import expand
from outreach.site.views import Site

_FENCE = re.compile(r" {0,3}(?P<mark>`{3,}(?=[^`]*$)|~{3,})")
_ITEM = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)])(?: |$)")
_INDENTED = re.compile(r" {4}| {0,3}\t")
_CODE_SPAN = r"(?P<ticks>(?<!`)`+(?!`))(?:(?!\n\s*\n)[\s\S]){0,2000}?(?<!`)(?P=ticks)(?!`)"
_TARGET = r"<[^<>\n]*>|(?:[^\s()<>\\]|\\.|\((?:[^\s()\\]|\\.)*\))+"
_ADDRESS = re.compile(
    rf"{_CODE_SPAN}"
    rf"|(?P<before>\]\([ \t]*|^ {{0,3}}\[(?!\^)[^\]\n]+\]:[ \t]*)(?P<target>{_TARGET})"
    r"|(?P<tag><[a-z]+\s[^<>]*>)",
    re.MULTILINE | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    r"(?P<before>\s(?:href|src|poster)=)(?P<quote>[\"'])(?P<target>[^\"']*)", re.IGNORECASE
)

Absolute = Callable[[str], str]
Lead = Callable[[Post, str], str]


def whole(
    post: Post, site: Site, cache: Path | None, media: Mapping[str, Path], lead: Lead
) -> Post:
    """The post with `html`, `markdown` and its media's `url`, which lead to our site from anywhere.

    `media` maps a path from the folder's root to the file, as `folder.media_of` does; `lead` gives
    the address of a text or a file there, "" where it has none (`Leads`). What neither knows keeps
    the address that it has on the post's page. `cache` keeps rendered bodies; `html` is "" where
    the body cannot be rendered.
    """

    def address(path: str) -> str:
        if path.startswith(("https://", "http://")):
            return path
        if path not in media or media[path].suffix.lower() not in IMAGES:
            return ""
        digest = hashlib.sha256(media[path].read_bytes()).hexdigest()
        return f"{site.url}/{served(digest, media[path])}"

    text = batch.render_many({post.slug: post.body}, cache=cache)[post.slug]
    html = text.html if text else ""
    images = {paths.target(image, post.path) for image in text.images} if text else media

    def absolute(link: str) -> str:
        target = paths.target(link, post.path)
        found = address(target) if target in images else ""
        if found := found or (lead(post, target) if target else ""):
            return found + escape(paths.part(link))
        return bodies.joined(post.url or f"{site.url}/", link)

    return replace(
        post,
        html=_html(post, html, absolute),
        markdown=_markdown(post, absolute),
        media=tuple(replace(media, url=address(media.path)) for media in post.media),
    )


def _html(post: Post, html: str, absolute: Absolute) -> str:
    corrected = f"<p><strong>Corrected:</strong> {escape(post.correction)}</p>\n"
    return (corrected if post.correction else "") + bodies.absolute(html, absolute)


def _markdown(post: Post, absolute: Absolute) -> str:
    """The body in Markdown, without what only our site understands; its code as it was."""
    corrected = f"**Corrected:** {post.correction}\n\n" if post.correction else ""
    parts = (part if code else _led(part, absolute) for code, part in _parts(post.body))
    return corrected + "\n".join(parts).strip("\n")


def _parts(body: str) -> Iterator[tuple[bool, str]]:
    """The text in runs of lines, and whether each is code (fenced or indented)."""
    for code, lines in groupby(_lines(body), key=lambda line: line[0]):
        yield code, "\n".join(line for _, line in lines)


def _lines(body: str) -> Iterator[tuple[bool, str]]:
    """Each line, and whether it is code. Below a list what is indented belongs to the list."""
    fence, listed, may_be_code = "", False, True
    for line in body.split("\n"):
        mark = _FENCE.match(line.lstrip(" ") if listed else line)
        if fence:
            yield True, line
            closes = line.strip() and not line.strip().strip(fence[0]) and mark
            fence = "" if closes and len(line.strip()) >= len(fence) else fence
            continue
        code = bool(_INDENTED.match(line)) and may_be_code and not listed
        yield bool(mark) or code, line
        fence = mark["mark"] if mark else ""
        if line.strip():
            listed = bool(_ITEM.match(line)) or (listed and line[:1] in " \t")
        may_be_code = code or not line.strip()


def _led(text: str, absolute: Absolute) -> str:
    """Markdown whose shortcodes are written out, and whose every address is absolute."""
    expanded = "\n".join(map(expand, text.split("\n")))

    def attribute(found: re.Match[str]) -> str:
        return found["before"] + found["quote"] + absolute(found["target"])

    def lead(found: re.Match[str]) -> str:
        if found["tag"]:
            return _ATTRIBUTE.sub(attribute, found["tag"])
        if not found["before"]:
            return found[0]
        target = found["target"]
        link = absolute(target[1:-1] if target.startswith("<") else target)
        return found["before"] + (f"<{link}>" if " " in link else link)

    return _ADDRESS.sub(lead, expanded)
