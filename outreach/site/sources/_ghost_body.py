"""A Ghost post's text as HTML: as Ghost rendered it, else from what its editor keeps."""

import json
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import markdown

Lost = Callable[..., None]
"""Takes what could not be carried over, and its line."""

_FORMATS = ((1, "strong"), (2, "em"), (4, "s"), (8, "u"), (16, "code"), (32, "sub"), (64, "sup"))
_NAMES = {"paragraph": "p", "quote": "blockquote", "extended-quote": "blockquote", "listitem": "li"}
DEPTH = 50

# What reading a tree raises that is not the tree that it should be.
_BROKEN = (AttributeError, LookupError, RecursionError, TypeError, ValueError)


def html(row: Mapping[str, object]) -> str:
    """The body of a post. Raises ValueError where its editor's own format cannot be read."""
    rendered = row.get("html")
    if isinstance(rendered, str) and rendered.strip():
        return rendered
    for key, write in (("lexical", _lexical), ("mobiledoc", _mobiledoc)):
        kept = row.get(key)
        if isinstance(kept, str) and kept.strip():
            try:
                return write(json.loads(kept))
            except _BROKEN as error:
                raise ValueError(f"its {key} cannot be read") from error
    written = row.get("markdown")
    return markdown.markdown(written) if isinstance(written, str) else ""


def _lexical(kept: Any) -> str:
    return "\n".join(_node(node, 0) for node in kept["root"]["children"])


def _node(node: Any, depth: int) -> str:
    """One node of Lexical, Ghost's editor since version 5.40."""
    if depth > DEPTH:
        raise ValueError("nested too deeply")
    kind = str(node.get("type", ""))
    if kind in _CARDS:
        return _CARDS[kind](node)
    if kind in ("text", "extended-text"):
        return _formatted(str(node.get("text", "")), int(node.get("format", 0)))
    inside = "".join(_node(it, depth + 1) for it in node.get("children", ()))
    if kind == "link":
        return f'<a href="{_said(node, "url")}">{inside}</a>'
    name = _NAMES.get(kind, "")
    if kind in ("heading", "extended-heading", "list"):
        name = {"h1": "h1", "h2": "h2", "h3": "h3", "h4": "h4", "h5": "h5", "ul": "ul", "ol": "ol"}[
            str(node.get("tag", "h2"))
        ]
    return f"<{name}>{inside}</{name}>" if name else inside


def _formatted(text: str, formats: int) -> str:
    html = escape(text)
    for bit, name in _FORMATS:
        html = f"<{name}>{html}</{name}>" if formats & bit else html
    return html


def _said(node: Any, key: str) -> str:
    return escape(str(node.get(key) or ""))


def _picture(node: Any) -> str:
    caption = str(node.get("caption") or "")
    image = f'<img src="{_said(node, "src")}" alt="{_said(node, "alt")}">'
    return f"<figure>{image}<figcaption>{caption}</figcaption></figure>"


def _code(node: Any) -> str:
    language = _said(node, "language")
    return f'<pre><code class="language-{language}">{_said(node, "code")}</code></pre>'


def _bookmark(node: Any) -> str:
    title = str((node.get("metadata") or {}).get("title") or node.get("url") or "")
    return f'<p><a href="{_said(node, "url")}">{escape(title)}</a></p>'


_CARDS: Mapping[str, Callable[[Any], str]] = {
    "linebreak": lambda node: "<br>",
    "horizontalrule": lambda node: "<hr>",
    "html": lambda node: str(node.get("html") or ""),
    "markdown": lambda node: markdown.markdown(str(node.get("markdown") or "")),
    "image": _picture,
    "codeblock": _code,
    "bookmark": _bookmark,
    "embed": lambda node: str(node.get("html") or ""),
    "callout": lambda node: f'<div class="kg-callout-card">{node.get("calloutText") or ""}</div>',
    "button": lambda node: (
        f'<p><a href="{_said(node, "buttonUrl")}">{_said(node, "buttonText")}</a></p>'
    ),
}
_MOBILE = {"card-markdown": "markdown", "hr": "horizontalrule", "code": "codeblock"}


def _mobiledoc(kept: Any) -> str:
    """Mobiledoc 0.3, Ghost's editor before: markup sections, image sections, lists and cards."""
    parts = []
    for section in kept["sections"]:
        kind, what = section[0], section[1]
        if kind == 1:
            parts.append(f"<{escape(what)}>{_markers(section[2], kept)}</{escape(what)}>")
        elif kind == 3:
            items = "".join(f"<li>{_markers(item, kept)}</li>" for item in section[2])
            parts.append(f"<{escape(what)}>{items}</{escape(what)}>")
        elif kind == 10:
            name, payload = kept["cards"][what][:2]
            name = _MOBILE.get(name, name)
            parts.append(_CARDS[name](payload) if name in _CARDS else "")
    return "\n".join(parts)


def _markers(markers: Any, kept: Any) -> str:
    """The runs of one section: each opens some markups, says a text, and closes some."""
    html, opened = [], []
    for kind, opens, closes, value in markers:
        for index in opens:
            name, *attributes = kept["markups"][index]
            pairs = attributes[0] if attributes else []
            words = "".join(
                f' {escape(key)}="{escape(said)}"'
                for key, said in zip(pairs[::2], pairs[1::2], strict=True)
            )
            html.append(f"<{escape(name)}{words}>")
            opened.append(escape(name))
        html.append(escape(value) if kind == 0 else "<br>")
        html += [f"</{opened.pop()}>" for _ in range(closes)]
    return "".join(html)
