"""A WordPress text as HTML: no blocks' comments, and its shortcodes and bare lines written out."""

import re
from collections.abc import Callable, Iterator, Mapping
from html import escape, unescape

from outreach.site.sources import _embeds

Gallery = Callable[[str], list[tuple[str, str]]]
"""The images of a gallery by its ids: address and alternative text."""
Lost = Callable[[str, int], None]
"""Takes what could not be carried over, and its line in the text, from 0."""

_BLOCK = re.compile(r"<!--\s*/?wp:.*?-->|<!--(?:more|nextpage|noteaser)\b.*?-->", re.DOTALL)
_VERBATIM = re.compile(r"<(pre|code|script|style|textarea)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_CODE = "code|sourcecode|cc|php|python|html|css|js|javascript|bash|sql|java|ruby|xml|plain|text"
_SHORTCODE = re.compile(
    rf"\[\[(?P<escaped>[^\[\]]+)\]\]"
    rf"|\[(?P<code>{_CODE})(?P<code_words>\s[^\]]*)?\](?P<source>.*?)\[/(?P=code)\]"
    r"|\[caption(?P<caption_words>\s[^\]]*)?\](?P<caption>.*?)\[/caption\]"
    r"|\[embed[^\]]*\](?P<embed>[^\[]*)\[/embed\]"
    r"|\[gallery(?P<gallery>\s[^\]]*)?\]"
    r"|\[(?P<media>audio|video)(?P<media_words>\s[^\]]*)?\](?:\s*\[/(?P=media)\])?"
    r"|\[(?P<site>youtube|vimeo|gist)[\s=]+(?P<address>https?://[^\]\s]+)[^\]]*\]"
    r"|\[/?(?P<name>[a-z][\w-]+)(?P<words>(?:\s+[\w-]+=(?:\"[^\"\]]*\"|'[^'\]]*'|[^\s\]\"']+))*)\s*/?\]",
    re.DOTALL,
)
_WORD = re.compile(r"([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|(\S+))")
_BLOCKS = (
    "address|article|aside|blockquote|d[dlt]|details|div|fieldset|fig(?:caption|ure)|footer|form"
    "|h[1-6r]|header|hgroup|iframe|li|main|nav|ol|p|pre|section|summary|t(?:able|body|head|foot)"
    "|t[dhr]|ul|video|audio"
)
_OPENS = re.compile(rf"\s*</?(?:{_BLOCKS})\b", re.IGNORECASE)
_EDGES = re.compile(
    rf"(?P<opens><(?:{_BLOCKS})\b)|(?P<closes></(?:{_BLOCKS})\s*>|<hr\b[^>]*>)", re.IGNORECASE
)
_LINE_END = re.compile(r"(?<!>)\n(?!\s*<)")
_WRAPPED = re.compile(
    r"(<div class=\"wp-block-embed__wrapper\">\s*)(https?://[^\s<]+)(\s*</div>)", re.IGNORECASE
)
_ALONE = re.compile(r"(?m)^[ \t]*(https?://[^\s<>\"]+)[ \t]*$")


def html(text: str, gallery: Gallery, lost: Lost) -> str:
    """The text as the web would have seen it."""
    is_classic = "<!-- wp:" not in text
    text = _BLOCK.sub(lambda found: "\n" * found[0].count("\n"), text)
    text = _WRAPPED.sub(lambda it: f"{it[1]}{_embeds.frame(unescape(it[2]))}{it[3]}", text)
    text = _outside(text, lambda part, line: _expanded(part, line, gallery, lost))
    if not is_classic:
        return text
    text = _outside(text, lambda part, line: _ALONE.sub(_embed, part))
    return "".join(_paragraphs(text))


def _outside(text: str, change: Callable[[str, int], str]) -> str:
    """The text changed but for what is verbatim; `change` gets each part and its line, from 0."""
    parts, at = [], 0
    for found in _VERBATIM.finditer(text):
        parts += [change(text[at : found.start()], text.count("\n", 0, at)), found[0]]
        at = found.end()
    return "".join([*parts, change(text[at:], text.count("\n", 0, at))])


def _expanded(part: str, line: int, gallery: Gallery, lost: Lost) -> str:
    def write(found: re.Match[str]) -> str:
        if found["escaped"] is not None:
            return f"[{found['escaped']}]"
        if found["code"]:
            return _code(found)
        if found["caption"] is not None:
            return _caption(found["caption"], _words(found["caption_words"]))
        if found["embed"] is not None or found["address"]:
            return f"<p>{_embeds.frame(unescape((found['embed'] or found['address']).strip()))}</p>"
        if found["media"]:
            return _media(found["media"], _words(found["media_words"]))
        if found["name"] is None:
            images = gallery(_words(found["gallery"]).get("ids", ""))
            shown = (f'<p><img src="{escape(it)}" alt="{escape(alt)}"></p>' for it, alt in images)
            return "".join(shown)
        if _is_shortcode(found, part):
            at = line + part.count("\n", 0, found.start())
            lost(f"the shortcode [{found['name']}] is not known here and stays as text", at)
        return found[0]

    return _SHORTCODE.sub(write, part)


def _is_shortcode(found: re.Match[str], part: str) -> bool:
    """Whether brackets are meant: they have settings, a pair, or a line of their own."""
    if found[0].startswith("[/"):
        return False
    before = part[: found.start()].rpartition("\n")[2].strip()
    after = part[found.end() :].partition("\n")[0].strip()
    return bool(found["words"]) or f"[/{found['name']}]" in part or not (before or after)


def _words(text: str | None) -> Mapping[str, str]:
    return {it[1]: it[2] or it[3] or it[4] or "" for it in _WORD.finditer(text or "")}


def _code(found: re.Match[str]) -> str:
    words = _words(found["code_words"])
    name = words.get("language") or words.get("lang") or found["code"]
    name = "" if name in ("code", "sourcecode", "cc", "plain", "text") else name
    source = escape(unescape(found["source"]).strip("\n"))
    lines = "\n" * (found["source"].count("\n") - source.count("\n"))
    return f'<pre><code class="language-{escape(name)}">{source}</code></pre>{lines}'


def _caption(inside: str, words: Mapping[str, str]) -> str:
    """An image and its caption: behind it, or in the attribute as before WordPress 3.4."""
    picture = re.match(r"\s*(?:<a\b[^>]*>\s*)?<img\b[^>]*>(?:\s*</a>)?", inside)
    if not picture:
        return inside
    said = inside[picture.end() :].strip() or words.get("caption", "")
    return f"<figure>{picture[0].strip()}<figcaption>{said}</figcaption></figure>"


def _media(kind: str, words: Mapping[str, str]) -> str:
    keys = ("src", "mp3", "m4a", "ogg", "wav", "mp4", "m4v", "webm", "ogv")
    source = next((words[key] for key in keys if key in words), "")
    return f'<{kind} controls src="{escape(unescape(source))}"></{kind}>' if source else ""


def _embed(found: re.Match[str]) -> str:
    return f"<p>{_embeds.frame(unescape(found[1]))}</p>"


def _paragraphs(text: str) -> Iterator[str]:
    """A text of the classic editor: a blank line is a paragraph, a line's end a line's end."""
    at = 0
    for found in _VERBATIM.finditer(text):
        block = found[1].lower() != "code"
        if block:
            yield from _chunks(text[at : found.start()])
            yield found[0]
            at = found.end()
    yield from _chunks(text[at:])


def _chunks(text: str) -> Iterator[str]:
    apart = _EDGES.sub(lambda it: f"\n\n{it[0]}" if it["opens"] else f"{it[0]}\n\n", text)
    for chunk in re.split(r"\n[ \t]*(?:\n[ \t]*)+", apart):
        if _OPENS.match(chunk):
            yield _LINE_END.sub("<br>\n", chunk)
        elif chunk.strip():
            yield "<p>" + chunk.strip().replace("\n", "<br>\n") + "</p>\n"
