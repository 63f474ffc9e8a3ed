"""What a text links to, by UTF-8 bytes, as atproto marks it (app.bsky.richtext.facet)."""

import regex

from outreach.rules.measure import URL

_TAG = regex.compile(r"(?<![\w/])#([^\s\p{P}]*[^\s\p{P}\d][^\s\p{P}]*)")


def facets(text: str) -> list[dict[str, object]]:
    """The links and tags of a text, in their order."""
    found = [(*link.span(), _link(link[0])) for link in URL.finditer(text)]
    taken = [range(start, end) for start, end, _ in found]
    found += [
        (*tag.span(), _tag(tag[1]))
        for tag in _TAG.finditer(text)
        if not any(tag.start() in link for link in taken)
    ]
    return [
        {
            "index": {
                "byteStart": len(text[:start].encode()),
                "byteEnd": len(text[:end].encode()),
            },
            "features": [feature],
        }
        for start, end, feature in sorted(found, key=lambda each: each[0])
    ]


def _link(url: str) -> dict[str, str]:
    return {"$type": "app.bsky.richtext.facet#link", "uri": url}


def _tag(tag: str) -> dict[str, str]:
    return {"$type": "app.bsky.richtext.facet#tag", "tag": tag[:64]}
