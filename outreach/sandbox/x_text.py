"""How X counts a text (twitter-text v3), and how it rewrites the links in one."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass

import regex

from outreach.sandbox.links import links, reachable, trimmed

URL_LENGTH = 23
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
_MENTION = re.compile(r"(?<![\w@/])@(\w+)", re.ASCII)
_HASHTAG = re.compile(r"(?<![\w/&#])#(\w*[^\W\d_]\w*)")
_EMOJI = regex.compile(
    r"[0-9#*]\uFE0F?\u20E3|\p{Regional_Indicator}{2}|[\p{Extended_Pictographic}--\p{ASCII}].*",
    regex.DOTALL | regex.V1,
)
# X also links a domain that has no scheme. These are the top-level domains it is met with most; a
# two-letter one needs a path or a subdomain.
_GENERIC = (
    "app|biz|blog|chat|cloud|com|dev|edu|gov|info|net|news|online|org|shop|site|social|tech|xyz"
)
_BARE = re.compile(
    rf"(?<![\w@./#$-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+"
    rf"(?:(?:{_GENERIC})(?![\w-])(?:/[^\s<>\"]*)?|[a-z]{{2}}/[^\s<>\"]*)"
    rf"|(?<![\w@./#$-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.){{2,}}[a-z]{{2}}(?![\w.-])",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Link:
    """One link in a text: where, what was written, and what X makes of it."""

    start: int
    end: int
    written: str
    short: str

    @property
    def expanded(self) -> str:
        """The link's target."""
        return self.written if "://" in self.written else f"http://{self.written}"

    @property
    def display(self) -> str:
        """How X shows the link."""
        bare = re.sub(r"^https?://(www\.)?", "", self.written, flags=re.IGNORECASE)
        return bare if len(bare) <= 27 else bare[:26] + "…"


def weight(text: str) -> int:
    """The length that X compares with 280."""
    text = unicodedata.normalize("NFC", text)
    found = _spans(text)
    rest = text
    for start, end in reversed(found):
        rest = rest[:start] + "\0" + rest[end:]
    graphemes: list[str] = regex.findall(r"\X", rest.replace("\0", ""))
    return URL_LENGTH * len(found) + sum(map(_grapheme_weight, graphemes))


def shorten(text: str, seed: str) -> tuple[str, list[Link]]:
    """The text with t.co links, and the links where they are in it. `seed` tells notes apart."""
    pieces: list[str] = []
    found: list[Link] = []
    end = 0
    for start, stop in _spans(text):
        pieces.append(text[end:start])
        at = sum(map(len, pieces))
        link = short(f"{seed} {start} {text[start:stop]}")
        found.append(Link(start=at, end=at + len(link), written=text[start:stop], short=link))
        pieces.append(link)
        end = stop
    return "".join([*pieces, text[end:]]), found


def mentions(text: str) -> list[re.Match[str]]:
    """The handles a text names; group 1 is one without its @."""
    return list(_MENTION.finditer(text))


def hashtags(text: str) -> list[re.Match[str]]:
    """The tags of a text; group 1 is one without its #."""
    return list(_HASHTAG.finditer(text))


def _spans(text: str) -> list[tuple[int, int]]:
    found = list(links(text))
    covered = {place for start, end in found for place in range(start, end)}
    for match in _BARE.finditer(text):
        url = trimmed(match[0])
        if match.start() not in covered and reachable(url):
            found.append((match.start(), match.start() + len(url)))
    return sorted(found)


def _grapheme_weight(grapheme: str) -> int:
    if _EMOJI.fullmatch(grapheme) and not grapheme.endswith("\ufe0e"):
        return 2
    return sum(1 if any(a <= ord(c) <= b for a, b in _LIGHT) else 2 for c in grapheme)


def short(seed: str) -> str:
    """A t.co link."""
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big")
    letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    code = "".join(letters[number // 62**place % 62] for place in range(10))
    return f"https://t.co/{code}"
