"""LinkedIn's little text format: what a commentary is written in (little-text-format)."""

import regex

from outreach.model.note import Note
from outreach.rules.measure import URL

RESERVED = r"\|{}@[]()<>#*_~"
"""What needs a backslash to be meant: LinkedIn cuts a text silently at the first that has none."""

_ONE = f"[{regex.escape(RESERVED)}]"
_URL = f"(?i:{URL.pattern})"
_TAG = r"(?<![\w&/#])#[^\W_]*[^\W_\d][^\W_]*(?!\w)"
_WRITTEN = regex.compile(
    r"@\[(?P<name>(?:\\.|[^\]\\])*)\]\(urn:li:[^)]*\)"
    r"|\{hashtag\|\\?[#＃]\|(?P<tag>(?:\\.|[^}\\])*)\}"
    rf"|\\(?P<one>{_ONE})",
    regex.DOTALL,
)


def little(note: Note) -> str:
    """A note's words as a commentary: hashtags work, whom it mentions is linked, the rest is meant
    literally."""
    people = {each.words: each.handle for each in note.mentions if is_urn(each.handle)}
    words = [regex.escape(each) for each in sorted(people, key=len, reverse=True)]
    found = regex.compile("|".join([_URL, *words, f"(?P<tag>{_TAG})", _ONE]))

    def write(match: "regex.Match[str]") -> str:
        if match[0] in people:
            return f"@[{_literal(match[0].removeprefix('@'))}]({people[match[0]]})"
        return match["tag"] or _literal(match[0])

    return str(found.sub(write, note.text))


def plain(commentary: str) -> str:
    """A commentary as its readers see it."""

    def read(match: "regex.Match[str]") -> str:
        if match["name"] is not None:
            return plain(match["name"])
        return match["one"] or f"#{plain(match['tag'])}"

    return str(_WRITTEN.sub(read, commentary))


def is_urn(handle: str) -> bool:
    """Whether LinkedIn knows somebody by this: a member's or an organisation's URN."""
    return handle.startswith(("urn:li:person:", "urn:li:organization:"))


def _literal(text: str) -> str:
    return str(regex.sub(_ONE, r"\\\g<0>", text))
