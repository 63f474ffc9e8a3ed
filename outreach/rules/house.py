"""The house rules of the talk under a post: who is shown there, and in which order."""

import hashlib
import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from outreach.model.mention import Author

OWN = "comments"
"""The kind of account that our own form writes to; whatever comes by it was let in by a person."""

PRIVATE = frozenset({"email"})
"""Kinds of account whose words were for us alone: they are never shown."""

CLOSED = frozenset({"discord", "slack"})
"""Kinds that only members read: shown where config.yaml names the account, else not."""


@dataclass(frozen=True, kw_only=True)
class HouseRules:
    """What is shown of whom. `kinds` maps each account to its kind.

    `policy` (show, hold, hide) is that of accounts which are not in `accounts`. `block` are handles
    or addresses of people who are never shown.
    """

    kinds: Mapping[str, str]
    policy: str
    accounts: Mapping[str, str]
    block: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """A hash of all of it: another one means that other words may be shown."""
        said = (sorted(self.kinds.items()), self.policy, sorted(self.accounts.items()), self.block)
        return hashlib.sha256(repr(said).encode()).hexdigest()

    @property
    def held(self) -> tuple[str, ...]:
        """The accounts each of whose words waits for a person."""
        return tuple(account for account in self.kinds if self.word(account) == "hold")

    def word(self, account: str) -> str:
        """How an account's words are treated: show, hold, hide, or never."""
        kind = self.kinds.get(account)
        if kind is None or kind in PRIVATE:
            return "never"
        word = self.accounts.get(account, "hide" if kind in CLOSED else self.policy)
        return "show" if kind == OWN and word == "hold" else word

    def shows(self, account: str, author: Author, page: str) -> bool:
        """Whether words of this author are shown; `page` is a person's own word on them."""
        word = self.word(account)
        if word == "never" or page == "hide" or self.blocks(author):
            return False
        return word == "show" or page == "show"

    def counts(self, account: str) -> bool:
        """Whether likes and reposts there are counted: they have no words that could wait."""
        return self.word(account) in ("show", "hold")

    def blocks(self, author: Author) -> bool:
        """Whether an author is never shown, by handle, id or the address of their page."""
        if not self.block:
            return False
        names = {_bare(name) for name in (author.id, author.handle, author.url) if name}
        return not names.isdisjoint(map(_bare, self.block))


def _bare(name: str) -> str:
    """A handle or an address in the one way in which two are compared."""
    return re.sub(r"^https?://|^@|/+$", "", name.strip().casefold())


_Id = TypeVar("_Id", bound=Hashable)


def in_threads(said: Sequence[tuple[_Id, _Id | None]]) -> list[tuple[int, _Id]]:
    """The ids of what was said, each below what it answers, with its depth (0 is the top).

    `said` are an id and the id it answers, oldest first; what answers nothing that is there stands
    at the top, and so does one of a ring. Answers to the same keep their order.
    """
    there = {it for it, _ in said}
    below: dict[_Id | None, list[_Id]] = {}
    for it, parent in said:
        below.setdefault(parent if parent in there and parent != it else None, []).append(it)
    placed: dict[_Id, int] = {}
    for first in (*below.get(None, ()), *(it for it, _ in said)):
        waiting = [(0, first)]
        while waiting:
            depth, it = waiting.pop()
            if it not in placed:
                placed[it] = depth
                waiting += ((depth + 1, answer) for answer in reversed(below.get(it, ())))
    return [(depth, it) for it, depth in placed.items()]
