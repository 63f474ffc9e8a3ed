"""Where a page takes webmentions (Webmention, 3.1.2)."""

import re
from collections.abc import Iterator

from outreach.channels._web import media_type, text
from outreach.channels._webmention_html import joined, tags
from outreach.fetch import Answer

RELATION = "webmention"
PAGES = ("text/html", "application/xhtml+xml")

_LINK = re.compile(r"""<([^<>]*)>((?:[^,"<]|"(?:[^"\\]|\\.)*")*)""")
_REL = re.compile(r"""(?:^|;)\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))""", re.IGNORECASE)


def endpoint(answer: Answer) -> str | None:
    """The URL that takes webmentions for this page, None where there is none.

    The first Link header that names one, else the first <link> or <a> of the page. An empty address
    is the page itself.
    """
    named = [*_in_header(answer.headers.get("link", ""))]
    if not named and media_type(answer) in PAGES:
        named = [*_in_page(text(answer))]
    return joined(answer.url, named[0]) or None if named else None


def _in_header(value: str) -> Iterator[str]:
    """The targets of the links of that relation (RFC 8288, 3)."""
    for target, parameters in _LINK.findall(value):
        relation = _REL.search(parameters)
        if relation and _is_ours(relation[1] or relation[2] or ""):
            yield target


def _in_page(page: str) -> Iterator[str]:
    for tag in tags(page):
        found = tag.attributes if tag.name in ("link", "a") else {}
        if "href" in found and _is_ours(found.get("rel", "")):
            yield found["href"]


def _is_ours(relations: str) -> bool:
    return RELATION in relations.lower().split()
