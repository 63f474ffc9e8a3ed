"""What people say under a post, as its page shows it: plain values."""

from dataclasses import dataclass
from datetime import datetime

LONGEST = 200
"""How many words of people a page shows at most."""

DEEPEST = 4
"""How far answers are set in; deeper ones stand below each other."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """Words of somebody. `anchor` names them on the page, `url` is where they stand, "" for here.

    `verb` says how they speak of the post where they do not answer. `depth` counts what they
    answer, DEEPEST at most. `paragraphs` are plain text. `at` is UTC. `is_ours`: we said it.
    """

    anchor: str
    author: str
    author_url: str
    network: str
    url: str
    at: datetime
    paragraphs: tuple[str, ...]
    verb: str = ""
    depth: int = 0
    is_ours: bool = False


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many did something without words: "12 people liked this on Mastodon"."""

    number: int
    verb: str
    network: str


@dataclass(frozen=True, kw_only=True)
class Talk:
    """All that a page shows of it. `replies` counts all words, `more` those that are not shown."""

    said: tuple[Said, ...]
    tallies: tuple[Tally, ...]
    replies: int
    more: int
