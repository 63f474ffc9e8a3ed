"""A post's words: how they are counted, marked by facets, and shown."""

import re
from collections.abc import Iterator
from typing import Any

import regex
from markupsafe import Markup, escape
from starlette.requests import Request

from outreach.sandbox.addresses import profile_url
from outreach.sandbox.bluesky_ids import actor, did
from outreach.sandbox.cards import card
from outreach.sandbox.links import links
from outreach.sandbox.world import Note, World

LONGEST = 300
LONGEST_BYTES = 3000
_MENTION = re.compile(r"(?<![\w@/.])@((?:[a-z0-9-]+\.)+[a-z]+)", re.IGNORECASE)
_ANCHOR = Markup('<a href="{}" rel="nofollow noopener noreferrer">{}</a>')


def length(text: str) -> int:
    """Graphemes."""
    return len(regex.findall(r"\X", text))


def facets(world: World, text: str) -> list[dict[str, Any]]:
    """The facets that the network's own app makes of a text: links, and names it knows."""
    found = [(s, e, "link", {"uri": text[s:e]}) for s, e in links(text)]
    found += [
        (match.start(), match.end(), "mention", {"did": did(who.handle)})
        for match in _MENTION.finditer(text)
        if (who := actor(world, match[1]))
    ]
    return [
        {
            "index": {"byteStart": _bytes(text[:start]), "byteEnd": _bytes(text[:end])},
            "features": [{"$type": f"app.bsky.richtext.facet#{kind}", **feature}],
        }
        for start, end, kind, feature in sorted(found, key=lambda each: each[:2])
    ]


def mentioned(record: dict[str, Any]) -> Iterator[str]:
    """The DIDs that a post names."""
    for facet in record.get("facets", []):
        for feature in facet["features"]:
            if feature.get("$type") == "app.bsky.richtext.facet#mention":
                yield feature["did"]


def html(request: Request, world: World, note: Note) -> Markup:
    """A post as the network's page shows it: what its facets mark within it, and its card."""
    data, pieces, end = note.text.encode(), [Markup()], 0
    for start, stop, url in sorted(_marked(request, world, note)):
        if end <= start < stop <= len(data):
            pieces += [_words(data[end:start]), _ANCHOR.format(url, _text(data[start:stop]))]
            end = stop
    text = Markup().join([*pieces, _words(data[end:])]).replace("\n", Markup("<br>"))
    return text + _card(note.extra["record"].get("embed") or {})


def _marked(request: Request, world: World, note: Note) -> Iterator[tuple[int, int, str]]:
    for facet in note.extra["record"].get("facets", []):
        index = facet["index"]
        for feature in facet["features"][:1]:
            who = actor(world, str(feature.get("did")))
            url = profile_url(request, who) if who else _target(feature)
            if _safe(url):
                yield index["byteStart"], index["byteEnd"], url


def _target(feature: dict[str, Any]) -> str:
    """Where a link or a tag leads."""
    return f"https://bsky.app/hashtag/{feature['tag']}" if "tag" in feature else feature["uri"]


def _card(embed: dict[str, Any]) -> Markup:
    external = embed.get("external") or embed.get("media", {}).get("external")
    if not external:
        return Markup()
    thumb = external.get("thumb", {}).get("ref", {}).get("$link", "")
    image = f"/bluesky/media/{thumb}" if thumb else ""
    return card(external["uri"], external["title"], external["description"], image)


def _safe(url: str) -> bool:
    return bool(re.match(r"https?://", url, re.IGNORECASE))


def _words(data: bytes) -> Markup:
    return escape(_text(data))


def _text(data: bytes) -> str:
    return data.decode(errors="replace")


def _bytes(text: str) -> int:
    return len(text.encode())
