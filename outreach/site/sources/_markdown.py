"""The HTML of hosted blogs as Markdown that our renderer shows as it was.

What Markdown cannot say (a caption, a merged cell) stays HTML, reduced to what may be published.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PageElement
from markdown.extensions.toc import slugify
from markdownify import ATX, MarkdownConverter

from outreach.site.sources import _embeds, _figures, _footnotes, _html, _tables
from outreach.site.sources._html import Address

Prepare = Callable[[BeautifulSoup], None]
Inside = set[str]
"""The names of the elements that something is in."""


@dataclass(frozen=True, kw_only=True)
class Text:
    """A body in Markdown. `lost` says by line of the HTML, from 1, what it could not carry."""

    body: str
    lost: tuple[tuple[int, str], ...] = ()


def markdown(html: str, address: Address = str, prepare: Prepare | None = None) -> Text:
    """HTML as Markdown, its links and images led through `address`.

    `prepare` changes what one tool writes in its own way. Raises ValueError for what is too large.
    """
    soup = _html.parsed(html)
    if prepare:
        prepare(soup)
    _html.lead(soup, address)
    _footnotes.mark(soup)
    body = _Converter(heading_style=ATX, bullets="-", autolinks=False).convert_soup(soup)
    return Text(body=body.strip() + "\n", lost=_html.left_out(html))


_BLOCKS = re.compile(
    "address|article|aside|blockquote|body|d[dlt]|details|div|fieldset|fig(caption|ure)|footer|h[1-6r]"
    "|header|li|main|nav|ol|p|pre|section|summary|t[dhr]|table|ul|note|footnote"
)


class _Converter(MarkdownConverter):
    """markdownify, where our renderer or the corpus of the web wants it otherwise."""

    def process_text(self, el: NavigableString, parent_tags: Inside | None = None) -> str:
        inside = parent_tags or set()
        text: str = super().process_text(el, inside)  # type: ignore[misc]
        if "_noformat" in inside:
            return text
        text = text.replace("\n", " ")
        if not text.strip() and any(map(_is_block, (el.previous_sibling, el.next_sibling))):
            return ""
        if getattr(el.previous_sibling, "name", "") == "br":
            text = text.lstrip(" ")
        if text.endswith("!") and getattr(el.next_sibling, "name", "") == "a":
            text = text[:-1] + "\\!"
        return _LINE_START.sub(_as_text, text) if _starts_line(el) else text

    def escape(self, text: str, parent_tags: Inside) -> str:
        """Escape what our renderer, or CommonMark, would take for markup."""
        text = _MARKUP.sub(lambda found: _ENTITIES.get(found[0], "\\" + found[0]), text)
        return _figures.BRACKET.sub(r"\\\g<0>", text) if "a" in parent_tags else text

    def convert_b(self, el: Tag, text: str, parent_tags: Inside) -> str:
        return text if {"b", "strong"} & parent_tags else _marked("**", text, parent_tags)

    def convert_em(self, el: Tag, text: str, parent_tags: Inside) -> str:
        return text if {"i", "em"} & parent_tags else _marked("*", text, parent_tags)

    def convert_del(self, el: Tag, text: str, parent_tags: Inside) -> str:
        return _marked("~~", text, parent_tags)

    convert_strong, convert_i = convert_b, convert_em
    convert_s = convert_strike = convert_del

    def convert_a(self, el: Tag, text: str, parent_tags: Inside) -> str:
        href, name = str(el.get("href", "")), str(el.get("id") or el.get("name") or "")
        if not href:
            return f'<a id="{name}"></a>{text}' if name and _is_linked(el, name) else text
        if "\n\n" in text.strip():
            text = self.escape(" ".join(el.get_text(" ").split()), {"a"})
        if text.strip() and el.get_text().strip() == href and href.startswith("http"):
            return f"<{href}>"
        words = text.strip()
        if not words:
            return ""
        title = " ".join(str(el.get("title", "")).split()).replace('"', "&quot;")
        target = _figures.target(href) + (f' "{title}"' if title else "")
        before, after = (" " if text[at] == " " else "" for at in (0, -1))
        return f"{before}[{words}]({target}){after}"

    def convert_img(self, el: Tag, text: str, parent_tags: Inside) -> str:
        return _figures.image(el)

    def convert_figure(self, el: Tag, text: str, parent_tags: Inside) -> str:
        return f"\n\n{_figures.figure(el) or text.strip()}\n\n"

    def convert_pre(self, el: Tag, text: str, parent_tags: Inside) -> str:
        for line in el.find_all("br"):
            line.replace_with("\n")
        code = el.get_text().strip("\n").rstrip()
        longest = max((len(run) for run in re.findall("`+", code)), default=0)
        fence = "`" * max(3, longest + 1)
        return f"\n\n{fence}{_language(el)}\n{code}\n{fence}\n\n" if code else ""

    def convert_br(self, el: Tag, text: str, parent_tags: Inside) -> str:
        if {"td", "th"} & parent_tags:
            return "<br>"
        return " " if "_inline" in parent_tags else "  \n"

    def convert_hN(self, n: int, el: Tag, text: str, parent_tags: Inside) -> str:  # noqa: N802
        words = " ".join(text.split())
        if "_inline" in parent_tags or not words:
            return words
        name = str(el.get("id", ""))
        ours = slugify(el.get_text(), "-") == name or not re.fullmatch(r"[\w.:-]+", name)
        return f"\n\n{'#' * min(n, 6)} {words}{'' if ours else f' {{#{name}}}'}\n\n"

    def convert_aside(self, el: Tag, text: str, parent_tags: Inside) -> str:
        return f"\n\n{{{{< note >}}}}\n\n{text.strip()}\n\n{{{{< /note >}}}}\n\n"

    def convert_details(self, el: Tag, text: str, parent_tags: Inside) -> str:
        return f"\n\n<details>\n{text.strip()}\n\n</details>\n\n"

    def convert_summary(self, el: Tag, text: str, parent_tags: Inside) -> str:
        return f"<summary>{escape(' '.join(el.get_text().split()), quote=False)}</summary>\n\n"

    def convert_iframe(self, el: Tag, text: str, parent_tags: Inside) -> str:
        return _embeds.shown(str(el.get("src", "")), str(el.get("title", "")))

    def convert_input(self, el: Tag, text: str, parent_tags: Inside) -> str:
        box = el.get("type") == "checkbox" and "li" in parent_tags
        return ("[x]" if "checked" in el.attrs else "[ ]") if box else ""

    def convert_table(self, el: Tag, text: str, parent_tags: Inside) -> str:
        rows = [row.split(_CELL)[:-1] for row in text.split(_ROW)[:-1]]
        if not _tables.is_grid(el) or not rows:
            return f"\n\n{_figures.raw(el, _figures.TABLE, whole=True)}\n\n"
        head = el.find("tr")
        cells = head.find_all(["td", "th"]) if isinstance(head, Tag) else []
        lines = [rows[0], [_tables.aligned(cell) for cell in cells], *rows[1:]]
        table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
        caption = el.find("caption")
        above = f"{caption.get_text().strip()}\n\n" if isinstance(caption, Tag) else ""
        return f"\n\n{above}{table}\n\n"

    def convert_tr(self, el: Tag, text: str, parent_tags: Inside) -> str:
        return text.strip("\n") + _ROW

    def convert_td(self, el: Tag, text: str, parent_tags: Inside) -> str:
        return re.sub(r"(?<!\\)\|", r"\\|", " ".join(text.split())) + _CELL

    convert_th = convert_td

    def convert_caption(self, el: Tag, text: str, parent_tags: Inside) -> str:
        return ""

    def convert_dl(self, el: Tag, text: str, parent_tags: Inside) -> str:
        return f"\n\n{_figures.raw(el, _figures.TABLE, whole=True)}\n\n"

    def convert_video(self, el: Tag, text: str, parent_tags: Inside) -> str:
        return f"\n\n{_figures.raw(el, _figures.MEDIA, whole=True)}\n\n"

    convert_audio = convert_video

    def convert_sub(self, el: Tag, text: str, parent_tags: Inside) -> str:
        return f"<{el.name}>{text}</{el.name}>" if text.strip() else text

    convert_sup = convert_kbd = convert_mark = convert_u = convert_ins = convert_sub
    convert_small = convert_cite = convert_q = convert_abbr = convert_sub

    def convert_footnote(self, el: Tag, text: str, parent_tags: Inside) -> str:
        return f"[^{el['n']}]"

    def convert_note(self, el: Tag, text: str, parent_tags: Inside) -> str:
        lines = text.strip().split("\n")
        rest = "".join(f"\n    {line}" if line.strip() else "\n" for line in lines[1:])
        return f"\n\n[^{el['n']}]: {lines[0]}{rest}\n\n"


_CELL, _ROW = "\x1f", "\x1e"
_MARKUP = re.compile(
    r"[\\*`{<]|(?<!\w)_|_(?!\w)|&(?=#\w|\w+;)|~(?=~)|\[(?=[^\]]*\][(\[:]|\^)|\](?=[(\[:])"
)
_ENTITIES = {"<": "&lt;", "&": "&amp;"}
_LINE_START = re.compile(
    r"^(?P<before>\s*)(?P<mark>#|>|(?:\+|-+)(?=\s|$))"
    r"|^(?P<number>\s*\d{1,9})(?P<end>[.)])(?=\s|$)"
    r"|^\s*(?P<rule>=+\s*$|:(?=\s)|[\s|:\\-]*\|[\s|:\\-]*$)"
)


def _starts_line(text: PageElement) -> bool:
    """Whether nothing of the same line stands before a text."""
    before: PageElement | None = text.previous_sibling
    while before is not None and isinstance(before, NavigableString) and not before.strip():
        before = before.previous_sibling
    if isinstance(before, Tag):
        return before.name == "br" or _is_block(before)
    if before is not None:
        return False
    parent = text.parent
    if parent is None or _is_block(parent) or parent.parent is None:
        return True
    return parent.name == "span" and _starts_line(parent)


def _marked(mark: str, text: str, inside: Inside) -> str:
    """Words between marks, the space around them outside; several blocks as they are."""
    words = text.strip()
    if not words or "_noformat" in inside or "\n\n" in words:
        return text
    start = text.index(words)
    return f"{text[:start]}{mark}{words}{mark}{text[start + len(words) :]}"


def _as_text(found: re.Match[str]) -> str:
    """What would begin a block, escaped; Python-Markdown has no backslash for `=`, `:` and `|`."""
    if found["rule"]:
        return re.sub("[=:|]", lambda sign: f"&#{ord(sign[0])};", found[0])
    mark = "mark" if found["mark"] else "end"
    return f"{found[0][: found.start(mark)]}\\{found[0][found.start(mark) :]}"


def _is_block(element: PageElement | None) -> bool:
    return isinstance(element, Tag) and bool(_BLOCKS.fullmatch(element.name))


def _is_linked(tag: Tag, name: str) -> bool:
    root = list(tag.parents)[-1]
    return bool(re.fullmatch(r"[\w.:-]+", name)) and root.find("a", href=f"#{name}") is not None


_LANGUAGES = re.compile(r"(?:language|lang|highlight-source|brush)[-:]\s*(?P<name>[\w+#-]+)")


def _language(pre: Tag) -> str:
    """The language of a block of code, by any of the names that tools give it."""
    for tag in (pre, *pre.find_all(True)):
        words = " ".join(map(str, tag.get_attribute_list("class")))
        if found := _LANGUAGES.search(words):
            return found["name"].lower()
        keys = ("data-lang", "data-language", "data-code-block-lang", "data-enlighter-language")
        for value in (tag.get(key) for key in (*keys, "lang")):
            if isinstance(value, str) and re.fullmatch(r"[\w+#-]+", value):
                return value.lower()
    return ""
