"""When two addresses are one page."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

_MARKS = ("utm_", "fbclid", "gclid", "mc_cid", "mc_eid", "ref")
"""How parameters begin that say where a link was followed and nothing of the page."""


def same_page(url: str) -> str:
    """An address without what does not change the page: fragment, marks, the last slash, case of
    the host. As it is where it is none."""
    try:
        parts = urlsplit(url.strip())
        query = [pair for pair in parse_qsl(parts.query, True) if not pair[0].startswith(_MARKS)]
        host = parts.netloc.lower()
    except ValueError:
        return url
    return urlunsplit((parts.scheme, host, parts.path.rstrip("/"), urlencode(query), ""))
