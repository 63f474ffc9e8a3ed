"""What a text marks, by UTF-8 bytes, as atproto does (app.bsky.richtext.facet)."""

from collections.abc import Iterable, Iterator

import regex

from outreach.rules.measure import URL

_TAG = regex.compile(r"(?<![\w/])#([^\s\p{P}]*[^\s\p{P}\d][^\s\p{P}]*)")
_Mark = tuple[int, int, dict[str, str]]


def facets(text: str, people: Iterable[tuple[str, str]] = ()) -> list[dict[str, object]]:
    """The links, mentions and tags of a text, in their order; none lies over another.

    `people` are pairs of words, as they stand in the text, and the DID of whom they name. A link
    goes before a mention, a mention before a tag, and a longer name before a shorter one.
    """
    taken: list[_Mark] = []
    for mark in (*_links(text), *_mentions(text, people), *_tags(text)):
        if all(mark[1] <= start or end <= mark[0] for start, end, _ in taken):
            taken.append(mark)
    return [
        {
            "index": {
                "byteStart": len(text[:start].encode()),
                "byteEnd": len(text[:end].encode()),
            },
            "features": [feature],
        }
        for start, end, feature in sorted(taken, key=lambda mark: mark[0])
    ]


def _links(text: str) -> Iterator[_Mark]:
    for link in URL.finditer(text):
        yield *link.span(), {"$type": "app.bsky.richtext.facet#link", "uri": link[0]}


def _mentions(text: str, people: Iterable[tuple[str, str]]) -> Iterator[_Mark]:
    """Wherever the words stand for themselves, and are not the beginning of another name."""
    for words, did in sorted(people, key=lambda person: -len(person[0])):
        name = regex.compile(rf"(?<![\w@]){regex.escape(words)}(?!-?\w|\.\w)")
        for found in name.finditer(text):
            yield *found.span(), {"$type": "app.bsky.richtext.facet#mention", "did": did}


def _tags(text: str) -> Iterator[_Mark]:
    for tag in _TAG.finditer(text):
        yield *tag.span(), {"$type": "app.bsky.richtext.facet#tag", "tag": tag[1][:64]}
