"""Hugo's shortcodes as Markdown, so that a post moves here without being edited."""

import re
from collections.abc import Callable
from html import escape

_SHORTCODE = re.compile(
    r"(?P<code>`+[^`\n]+`+)"
    r"|\{\{(?P<open>[<%])\s*(?P<escape>/\*)?(?P<close>/?)\s*(?P<name>[\w-]+)"
    r"(?P<words>[^\n{}]*?)(?:\*/)?\s*/?[>%]\}\}"
)
_WORD = re.compile(r'(?:(?P<key>\w+)\s*=\s*)?(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"=]+))')
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")
_SAFE = re.compile(r"[\w./:#-]+")

Words = dict[str, str]


def expand(line: str) -> str:
    """One line of Markdown with its shortcodes written out; code spans stay as they are."""
    return _SHORTCODE.sub(_expand, line) if "{{" in line else line


def _expand(found: re.Match[str]) -> str:
    if found["code"] is not None:
        return found[0]
    if found["escape"]:
        return found[0].replace("/*", "").replace("*/", "").replace("<", "&lt;")
    name = found["name"].lower()
    if name in _NOTES:
        return "\n</div>\n" if found["close"] else _note(name, _words(found["words"]))
    write = _WRITERS.get(name)
    return write(_words(found["words"])) if write and not found["close"] else ""


def _words(text: str) -> Words:
    """Named words by name, the others by their number from 0."""
    words: Words = {}
    for number, found in enumerate(_WORD.finditer(text)):
        words[found["key"] or str(number)] = found["quoted"] or found["bare"] or ""
    return {key: word for key, word in words.items() if _SAFE.fullmatch(word) or key in _TEXTS}


_TEXTS = ("alt", "title", "caption")


def _youtube(words: Words) -> str:
    video = words.get("id") or words.get("0", "")
    start = f"&t={words['t']}s" if words.get("t") else ""
    return f"[Watch the video on YouTube](https://www.youtube.com/watch?v={video}{start})"


def _vimeo(words: Words) -> str:
    return f"[Watch the video on Vimeo](https://vimeo.com/{words.get('id') or words.get('0', '')})"


def _x(words: Words) -> str:
    user = words.get("user") or words.get("0", "")
    return f"[@{user} on X](https://x.com/{user}/status/{words.get('id') or words.get('1', '')})"


def _gist(words: Words) -> str:
    return f"[Gist on GitHub](https://gist.github.com/{words.get('0', '')}/{words.get('1', '')})"


def _figure(words: Words) -> str:
    caption = _LINK.sub(r"\1", words.get("caption") or words.get("title") or "")
    alt = (words.get("alt") or caption).translate({91: None, 93: None})
    return f"![{alt}]({words.get('src', '')}" + (f' "{caption}")' if caption else ")")


def _contents(_: Words) -> str:
    return "[TOC]"


def _reference(words: Words) -> str:
    """The Markdown file that is meant; Hugo lets its suffix out."""
    path, mark, part = words.get("0", "").partition("#")
    if path and not path.endswith((".md", "/")):
        path += ".md"
    return path + mark + part


def _note(name: str, words: Words) -> str:
    kind = words.get("0", "").lower() if name in ("notice", "admonition") else name
    kind = kind if kind in NOTES else "note"
    title = escape(words.get("title") or kind.capitalize())
    return (
        f'\n<div class="admonition {kind}" markdown="1">\n'
        f'<p class="admonition-title">{title}</p>\n\n'
    )


NOTES = ("note", "tip", "info", "important", "warning", "caution", "danger")
"""The kinds of a note; they have a look of their own."""

_NOTES = (*NOTES, "notice", "admonition")
_WRITERS: dict[str, Callable[[Words], str]] = {
    "youtube": _youtube,
    "vimeo": _vimeo,
    "x": _x,
    "tweet": _x,
    "gist": _gist,
    "figure": _figure,
    "ref": _reference,
    "relref": _reference,
    "toc": _contents,
}

KNOWN = frozenset([*_NOTES, *_WRITERS])
"""The names that are written out; any other shows nothing."""
