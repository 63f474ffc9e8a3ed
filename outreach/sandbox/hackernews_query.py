"""How Algolia finds what is asked for: words, tags and numbers."""

import operator
import re
from collections.abc import Callable, Mapping
from html import unescape
from itertools import pairwise
from typing import Any

Hit = Mapping[str, Any]
Matches = Callable[[Hit], bool]

SEARCHED = ("title", "url", "author", "story_text", "comment_text")
_COMPARE = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
}
_NUMERIC = frozenset({"created_at_i", "points", "num_comments"})


class Invalid(ValueError):
    """A parameter that means nothing."""


def matcher(sent: Mapping[str, str]) -> Matches:
    """Whether a hit is one that was asked for."""
    restricted = sent.get("restrictSearchableAttributes", "")
    attributes = tuple(restricted.split(",")) if restricted else SEARCHED
    exact = sent.get("typoTolerance") == "false"
    rules = [
        _words(sent.get("query", ""), attributes, exact),
        _tags(sent.get("tags", "")),
        *map(_number, filter(None, sent.get("numericFilters", "").split(","))),
    ]
    return lambda hit: all(rule(hit) for rule in rules)


def _words(query: str, attributes: tuple[str, ...], exact: bool) -> Matches:
    """Each word of the query stands in the hit, the last as the beginning of one."""
    wanted = _tokens(query)

    def matches(hit: Hit) -> bool:
        have = _tokens(" ".join(str(hit.get(name) or "") for name in attributes))
        if not exact:
            have += ["".join(pair) for pair in pairwise(have)]
        last = len(wanted) - 1
        return all(
            any(_is(word, one, exact, number == last) for one in have)
            for number, word in enumerate(wanted)
        )

    return matches


def _is(wanted: str, word: str, exact: bool, prefix: bool) -> bool:
    if word == wanted or (prefix and word.startswith(wanted)):
        return True
    return not exact and len(wanted) > 3 and _one_typo(wanted, word)


def _one_typo(one: str, other: str) -> bool:
    """Whether one letter more, less or other makes them equal."""
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1:
        return False
    start = next((i for i, c in enumerate(short) if c != long[i]), len(short))
    return short[start:] == long[start + 1 :] or short[start + 1 :] == long[start + 1 :]


def _tokens(text: str) -> list[str]:
    return re.findall(r"\w+", unescape(re.sub(r"<[^>]*>", " ", text)).lower())


def _tags(text: str) -> Matches:
    """All of them; of those in brackets, any."""
    groups = [
        frozenset(filter(None, inside.split(","))) or frozenset({single})
        for inside, single in re.findall(r"\(([^()]*)\)|([^,()]+)", text)
    ]
    return lambda hit: all(group & set(hit["_tags"]) for group in groups)


def _number(text: str) -> Matches:
    found = re.fullmatch(r"(\w+)(<=|>=|<|=|>)(-?\d+)", text)
    if found is None or found[1] not in _NUMERIC:
        raise Invalid(f"invalid numeric filter: {text}")
    name, compare, number = found[1], _COMPARE[found[2]], int(found[3])
    return lambda hit: hit.get(name) is not None and bool(compare(hit[name], number))
