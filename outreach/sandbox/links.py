"""The links that a text holds, as its readers would see them."""

import re
from collections.abc import Iterator

LONGEST_LABEL = 63
_URL = re.compile(r"(?<![\w@./])https?://[^\s<>\"\u3000-\u303f\uff00-\uffef]+", re.IGNORECASE)


def links(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each http(s) link, without the punctuation that follows it."""
    for match in _URL.finditer(text):
        url = trimmed(match[0])
        if reachable(url):
            yield match.start(), match.start() + len(url)


def reachable(url: str) -> bool:
    """Whether the host could exist: the DNS takes 63 bytes between two dots."""
    host = re.sub(r"^\w+://", "", url).partition("/")[0].partition(":")[0]
    try:
        return all(len(label.encode("idna")) <= LONGEST_LABEL for label in host.split(".") if label)
    except UnicodeError:
        return False


def trimmed(url: str) -> str:
    """A link without a sentence's end; a closing bracket stays if it was opened inside."""
    while url:
        last = url[-1]
        opened = {")": "(", "]": "[", "}": "{"}.get(last)
        if last in ".,;:!?'\"*" or (opened and url.count(last) > url.count(opened)):
            url = url[:-1]
        else:
            break
    return url
