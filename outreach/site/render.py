"""Markdown to HTML that is safe to publish, and HTML to plain text.

Nothing here bounds the time that a hostile text may take; `batch.render_many` does.
"""

import re
from html.parser import HTMLParser

import markdown
import nh3

from outreach.site.commonmark import adapt
from outreach.site.shortcodes import NOTES

_EXTENSIONS = [
    "admonition",
    "attr_list",
    "def_list",
    "footnotes",
    "md_in_html",
    "sane_lists",
    "tables",
    "toc",
    "pymdownx.highlight",
    "pymdownx.magiclink",
    "pymdownx.superfences",
    "pymdownx.tasklist",
    "pymdownx.tilde",
]
_SETTINGS: dict[str, dict[str, object]] = {
    "footnotes": {"BACKLINK_TEXT": "↩", "BACKLINK_TITLE": "Back to the text"},
    "pymdownx.highlight": {"css_class": "highlight", "guess_lang": False},
    "pymdownx.magiclink": {"hide_protocol": False},
    "tables": {"use_align_attribute": True},
    "pymdownx.tilde": {"subscript": False},
}
_TAGS = nh3.ALLOWED_TAGS | {"audio", "input", "meter", "progress", "section", "source", "video"}
_ATTRIBUTES = nh3.ALLOWED_ATTRIBUTES | {
    "*": {"class", "dir", "id", "lang", "title"},
    "a": {"href", "hreflang"},
    "audio": {"controls", "src"},
    "details": {"open"},
    "img": {"alt", "height", "src", "width"},
    "input": {"checked", "disabled", "type"},
    "meter": {"max", "min", "value"},
    "progress": {"max", "value"},
    "source": {"src", "type"},
    "video": {"controls", "height", "poster", "src", "width"},
}
_SCHEMES = {"http", "https", "mailto", "tel"}
_CLASS = re.compile(
    r"highlight|filename|hll|footnote(-ref|-backref)?|toc|task-list(-item)?|[a-z]{1,2}\d?"
    rf"|admonition(-title)?|{'|'.join(NOTES)}"
)
_FIGURE = re.compile(
    r'<p>(?P<image>(?:<a [^<>]{0,2000}>)?<img [^<>]{0,2000}?)title="(?P<caption>[^"<>]*)"'
    r"(?P<rest>[^<>]{0,2000}>(?:</a>)?)</p>"
)
_FIGURED = r"<figure>\g<image>\g<rest><figcaption>\g<caption></figcaption></figure>"

_idle: list[markdown.Markdown] = []
"""Converters that nobody uses now: to make one takes as long as to read a short text."""


def render(body: str) -> str:
    """A post's Markdown as sanitised HTML."""
    return nh3.clean(
        _FIGURE.sub(_FIGURED, _converted(adapt(body))),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_filter,
        url_schemes=_SCHEMES,
        link_rel="noopener",
        set_tag_attribute_values={"img": {"loading": "lazy"}},
    )


def _converted(body: str) -> str:
    """Markdown as HTML. A converter that failed is in an unknown state, and not used again."""
    converter = _idle.pop() if _idle else _converter()
    html = converter.reset().convert(body)
    _idle.append(converter)
    return html


def _converter() -> markdown.Markdown:
    return markdown.Markdown(extensions=_EXTENSIONS, extension_configs=_SETTINGS)


def _filter(tag: str, name: str, value: str) -> str | None:
    """Only the classes that the renderer itself gives; a task's box can only be looked at."""
    if name == "class":
        return " ".join(filter(_CLASS.fullmatch, value.split())) or None
    if tag == "input" and name == "type":
        return "checkbox"
    return value


_BLOCKS = re.compile(
    "address|article|aside|blockquote|br|d[dlt]|details|div|fig(caption|ure)|footer|h[1-6]|header"
    "|hr|li|ol|p|pre|section|summary|table|tr|ul"
)
_VOID = frozenset(["br", "hr", "img", "input", "source", "wbr"])


def plain(html: str) -> str:
    """The text of rendered HTML: a line for each block, without footnote numbers."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return "\n".join(filter(None, lines))


_NAMING = re.compile(r'<(img|a|audio|source|video)((?: [\w-]+="[^"]*")+)>')
_ADDRESS = re.compile(
    r' (?:src|href|poster)="((?![/#?]|[a-z][a-z0-9+.-]*:)[^"]+|/(?!/)[^"#?]+\.md(?:[#?][^"]*)?)"'
)


def relative(html: str) -> tuple[list[str], list[str]]:
    """The relative addresses in rendered HTML, as they are written: of images, and all others.

    An address from the root that ends in `.md` is one too, since it means a file.
    """
    images: dict[str, None] = {}
    links: dict[str, None] = {}
    for tag, words in _NAMING.findall(html):
        found = images if tag == "img" else links
        found.update(dict.fromkeys(_ADDRESS.findall(words)))
    return list(images), list(links)


_TAG = re.compile(r"<[^>]*>")


def words(html: str) -> int:
    """How many words a reader of rendered HTML reads."""
    return len(_TAG.sub(" ", html).split())


def first_paragraph(html: str) -> str:
    """The text of the first paragraph that has some and stands in no quotation or note."""
    reader = _Text(paragraph=True)
    for line in html.splitlines(keepends=True):
        reader.feed(line)
        if reader.found:
            break
    return " ".join("".join(reader.parts).split())


class _Text(HTMLParser):
    """Gathers text; with `paragraph` only that of the first paragraph at the outermost level."""

    def __init__(self, *, paragraph: bool = False) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.found = False
        self._paragraph = paragraph
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if _BLOCKS.fullmatch(tag) and not self._paragraph:
            self.parts.append("\n")
        if tag not in _VOID:
            noted = tag == "sup" and (dict(attrs).get("id") or "").startswith("fnref")
            self._open.append("footnote" if noted else tag)

    def handle_endtag(self, tag: str) -> None:
        if _BLOCKS.fullmatch(tag) and not self._paragraph:
            self.parts.append("\n")
        if self._open:
            closed = self._open.pop()
            if self._paragraph and closed == "p" and not self._open:
                self.found = self.found or bool("".join(self.parts).strip())

    def handle_data(self, data: str) -> None:
        if "footnote" in self._open or self.found:
            return
        if not self._paragraph or self._open[:1] == ["p"]:
            self.parts.append(data if "pre" in self._open else data.replace("\n", " "))
