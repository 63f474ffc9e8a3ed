"""What a relative address in a text means: a path in the leader's folder."""

import posixpath
import re
from html import unescape
from urllib.parse import unquote

_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|[/#?]|$", re.IGNORECASE)
_ROOTED = re.compile(r"(?:/|@/)(?!/)(?P<path>[^#?]+\.md)(?:[#?]|$)", re.IGNORECASE)


def target(link: str, path: str) -> str:
    """The path from the folder's root that a link in the text at `path` means; "" for none.

    `link` is as HTML has it. `/posts/other.md` and Zola's `@/other.md` begin at the root; any other
    link with a slash before it is an address of the site. What leaves the folder means nothing.
    """
    rooted = _ROOTED.match(link)
    if rooted:
        written, folder = rooted["path"], ""
    elif _ELSEWHERE.match(link):
        return ""
    else:
        written, folder = re.split("[#?]", unescape(link), maxsplit=1)[0], posixpath.dirname(path)
    inside = posixpath.normpath(posixpath.join(folder, unquote(unescape(written))))
    return "" if inside.startswith(("..", "/")) or inside == "." else inside


def part(link: str) -> str:
    """What follows the path in a link: `?query` and `#part`."""
    found = re.search("[#?].*", unescape(link))
    return found[0] if found else ""
