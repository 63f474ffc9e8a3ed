"""How Mastodon counts a text, and how it turns one into HTML."""

import re
from collections.abc import Callable, Iterator
from html import escape

import regex

from outreach.sandbox.links import links

URL_LENGTH = 23
_MENTION = re.compile(r"(?<![\w/@=])@(\w+(?:[\w.-]*\w)?)(@[\w.-]+\w)?")
_HASHTAG = re.compile(r"(?<![\w/&#])#(\w*[^\W\d_]\w*)")
_SHOWN = 30


def length(text: str) -> int:
    """Graphemes; a link counts 23, a mention without its domain."""
    pieces = []
    end = 0
    for start, stop in links(text):
        pieces += [text[end:start], "x" * URL_LENGTH]
        end = stop
    counted = _MENTION.sub(lambda match: "@" + match[1], "".join([*pieces, text[end:]]))
    return len(regex.findall(r"\X", counted))


def mentions(text: str) -> list[str]:
    """The handles of this server that a text names, in order, each once."""
    found = (match for match in _MENTION.finditer(_without_links(text)) if not match[2])
    return list(dict.fromkeys(match[1].lower() for match in found))


def hashtags(text: str) -> list[str]:
    """The tags of a text, in order, each once."""
    found = _HASHTAG.finditer(_without_links(text))
    return list(dict.fromkeys(match[1].lower() for match in found))


def html(text: str, base: str, mention: Callable[[str], str | None]) -> str:
    """A status's `content`. `mention` gives the profile of a handle that exists."""
    paragraphs = re.split(r"\n{2,}", text.replace("\r\n", "\n").strip())
    inner = ("".join(_inline(p, base, mention)).replace("\n", "<br />") for p in paragraphs)
    return "".join(f"<p>{paragraph}</p>" for paragraph in inner)


def re_line(url: str) -> str:
    """What stands before the words of a quote, for readers that do not show quotes."""
    return f'<p class="quote-inline">RE: {_link(url)}</p>'


def _inline(text: str, base: str, mention: Callable[[str], str | None]) -> Iterator[str]:
    end = 0
    for start, stop in links(text):
        yield _words(text[end:start], base, mention)
        yield _link(text[start:stop])
        end = stop
    yield _words(text[end:], base, mention)


def _words(text: str, base: str, mention: Callable[[str], str | None]) -> str:
    def at(match: re.Match[str]) -> str:
        url = None if match[2] else mention(match[1])
        if url is None:
            return match[0]
        return (
            f'<span class="h-card" translate="no"><a href="{escape(url)}" '
            f'class="u-url mention">@<span>{match[1]}</span></a></span>'
        )

    def tag(match: re.Match[str]) -> str:
        return (
            f'<a href="{escape(base)}/tags/{match[1].lower()}" class="mention hashtag" '
            f'rel="tag">#<span>{match[1]}</span></a>'
        )

    # Tags first: a mention's HTML has no "#", a tag's HTML has no "@".
    return _MENTION.sub(at, _HASHTAG.sub(tag, escape(text)))


def _link(url: str) -> str:
    prefix, rest = re.match(r"(https?://(?:www\.)?)(.*)", url, re.I | re.S).groups()  # type: ignore[union-attr]
    shown, hidden = rest[:_SHOWN], rest[_SHOWN:]
    return (
        f'<a href="{escape(url)}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{escape(prefix)}</span>'
        f'<span class="{"ellipsis" if hidden else ""}">{escape(shown)}</span>'
        f'<span class="invisible">{escape(hidden)}</span></a>'
    )


def _without_links(text: str) -> str:
    for start, stop in reversed(list(links(text))):
        text = text[:start] + text[stop:]
    return text
