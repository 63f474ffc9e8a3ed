"""Hugo's shortcodes as Markdown, so that a post moves here without being edited."""

import re
from collections.abc import Callable

_SHORTCODE = re.compile(
    r"(?P<code>`+[^`\n]+`+)"
    r"|\{\{(?P<open>[<%])\s*(?P<escape>/\*)?(?P<close>/?)\s*(?P<name>[\w-]+)"
    r"(?P<words>[^\n{}]*?)(?:\*/)?\s*/?[>%]\}\}"
)
_WORD = re.compile(r'(?:(?P<key>\w+)\s*=\s*)?(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"=]+))')
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
    if name in ("note", "notice", "tip", "warning", "important"):
        return "\n</aside>\n" if found["close"] else '\n<aside class="note" markdown="1">\n'
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
    alt = (words.get("alt") or words.get("caption") or "").translate({91: None, 93: None})
    return f"![{alt}]({words.get('src', '')})"


def _reference(words: Words) -> str:
    return words.get("0", "")


_WRITERS: dict[str, Callable[[Words], str]] = {
    "youtube": _youtube,
    "vimeo": _vimeo,
    "x": _x,
    "tweet": _x,
    "gist": _gist,
    "figure": _figure,
    "ref": _reference,
    "relref": _reference,
}
