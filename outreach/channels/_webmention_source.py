"""Whether a page really mentions another (Webmention, 3.2.2): each kind of document by its rule."""

import json
import re
from typing import Any

from outreach.channels._web import media_type, text
from outreach.channels._webmention_discovery import PAGES
from outreach.channels._webmention_html import links
from outreach.fetch import Answer
from outreach.model.errors import Rejected
from outreach.rules.pages import same_page

ENDS = r"(?![\w/?&=#%~+-])"
"""What follows a URL that ends there, in plain text."""


def mentions(answer: Answer, target: str) -> bool:
    """Whether the document has exactly this URL: as a link or a picture of a page, as a value in
    JSON, as words in plain text. Raises Rejected for other kinds of document."""
    kind, words = media_type(answer), text(answer)
    if kind in PAGES:
        return target in links(words, answer.url)
    if kind == "application/json" or kind.endswith("+json"):
        return _in_json(words, target)
    if kind == "text/plain":
        return re.search(re.escape(target) + ENDS, words) is not None
    raise Rejected(f"a document of the type {kind[:80]} is not read")


def leads_to(answer: Answer, page: str) -> bool:
    """Whether the document has a link to this page of ours under any of its addresses: then nobody
    has taken it back, whatever URL a request names."""
    if media_type(answer) in PAGES:
        found = links(text(answer), answer.url)
        return any(same_page(link) == same_page(page) for link in found)
    return mentions(answer, page) or mentions(answer, page.rstrip("/"))


def _in_json(words: str, target: str) -> bool:
    try:
        left: list[Any] = [json.loads(words)]
    except (ValueError, RecursionError):
        return False
    while left:
        value = left.pop()
        if value == target:
            return True
        if isinstance(value, dict):
            left.extend(value.values())
        elif isinstance(value, list):
            left.extend(value)
    return False
