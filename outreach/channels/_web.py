"""Reading pages of strangers: redirects by hand, one deadline, no address of ours."""

import codecs
import re
from dataclasses import replace
from urllib.parse import quote, urlsplit

from outreach.channels._webmention_html import joined
from outreach.fetch import Address, Answer, Fetch, Headers
from outreach.model.errors import Rejected, Unavailable

REDIRECTS = 5
"""How many are followed (Webmention, 4.2)."""

SIZE = 1 << 20
"""Bytes of a page that are read at most (Webmention, 4.2)."""

A_PAGE = {"accept": "text/html, */*;q=0.5"}

_MOVED = (301, 302, 303, 307, 308)
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}


def outside(fetch: Fetch, base_url: str | None) -> Fetch:
    """The way out for addresses that strangers name: never to this machine (Webmention, 4.3 and
    4.5), but for the server that `base_url` names."""
    own = urlsplit(base_url or "")
    port_of_own = own.port or _PORTS.get(own.scheme)

    def guard(address: Address, port: int) -> bool:
        really = getattr(address, "ipv4_mapped", None) or address
        return fetch.guard(address, port) and (not really.is_loopback or port == port_of_own)

    return replace(fetch, guard=guard, size=min(fetch.size, SIZE))


def get(fetch: Fetch, url: str, headers: Headers = A_PAGE) -> Answer:
    """What is at `url`, after its redirects, within the one deadline of `fetch`.

    Raises Unavailable, or Rejected where the guard refuses an address or the redirects do not end.
    """
    end = fetch.monotonic() + fetch.deadline
    url = in_ascii(url)
    for _ in range(REDIRECTS + 1):
        left = end - fetch.monotonic()
        if left <= 0:
            raise Unavailable(f"its redirects take more than {fetch.deadline:g} s")
        hasty = replace(fetch, deadline=left)
        answer = hasty("GET", url, headers=headers)
        location = answer.headers.get("location")
        if answer.status not in _MOVED or location is None:
            return answer
        onward = in_ascii(joined(url, location))
        if url.startswith("https:") and not onward.startswith("https:"):
            raise Rejected(f"it redirects from https to {urlsplit(onward).scheme or 'nowhere'}")
        url = onward
    raise Rejected(f"it redirects more than {REDIRECTS} times")


def in_ascii(url: str) -> str:
    """The URL as it goes over the wire: its host in Punycode, the rest percent-encoded."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except (ValueError, UnicodeError):
        return url
    url = url.partition("#")[0]
    if not parts.netloc.isascii():
        url = url.replace(parts.netloc, host + (f":{port}" if port else ""), 1)
    return quote(url, safe="%/:=&?~#+!$,;'@()*[]")


def media_type(answer: Answer) -> str:
    """What the answer says it is, in lower case; a page, where it says nothing."""
    return (answer.headers.get("content-type", "").partition(";")[0].strip() or "text/html").lower()


def text(answer: Answer) -> str:
    """The body in the charset that the answer or the page's head names, else in UTF-8."""
    head = answer.body[:1024].decode("ascii", "replace")
    named = _CHARSET.search(answer.headers.get("content-type", "")) or _CHARSET.search(head)
    try:
        return answer.body.decode(codecs.lookup(named[1]).name if named else "utf-8", "replace")
    except LookupError:
        return answer.text
