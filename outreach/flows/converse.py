"""What people said on all networks, and what we answered, to the page of the post it is about."""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from outreach.model.mention import Kind
from outreach.rules import cut
from outreach.rules.house import OWN, HouseRules, in_threads
from outreach.site.talk import DEEPEST, LONGEST, Said, Talk, Tally
from outreach.site.views import NETWORKS
from outreach.store import conversation
from outreach.store.conversation import Answered, Heard
from outreach.store.database import Database

SHOWN = 1_500
"""Characters of one person's words; who wrote more is read there."""

VERBS = {Kind.MENTION: "mentioned this", Kind.QUOTE: "quoted this"}
WEB = "the web"
PLACES = {**NETWORKS, OWN: "", "webmention": WEB, "feed": WEB}
TALLIED = {Kind.LIKE: "liked", Kind.REPOST: "shared", Kind.BOOKMARK: "saved"}

_CALLED = re.compile(r"\A(?:[@＠][\w.@:-]+\s+)+(?=\S)")
"""The handles that networks put before an answer: the page shows what is answered."""

_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What turns the direction of the text around it, or is none."""


_Key = tuple[str, str]
"""The account that saw something, and its id."""


@dataclass(frozen=True, kw_only=True)
class Converse:
    """The talk under each post. `voices` says in whose name each account speaks."""

    database: Database
    rules: HouseRules
    voices: Mapping[str, str]

    def states(self) -> Mapping[str, int]:
        """A number for each post with talk under it: another one where what is shown may differ."""
        ours = f"{self.rules.digest} {sorted(self.voices.items())}".encode()
        return {
            slug: zlib.crc32(b"%d %s" % (changes, ours))
            for slug, changes in conversation.states(self.database).items()
        }

    def shows(self, it: Heard) -> bool:
        """Whether these words stand under their post."""
        return self.rules.shows(it.account, it.author, it.page)

    def __call__(self, slug: str) -> Talk:
        """What the page of the post shows, oldest first, each answer below what it answers."""
        said, parents = self._said(slug)
        oldest_first = sorted(said, key=lambda key: said[key].at)
        order = in_threads([(key, parents[key]) for key in oldest_first])
        return Talk(
            said=tuple(
                replace(said[key], depth=min(depth, DEEPEST)) for depth, key in order[:LONGEST]
            ),
            tallies=tuple(self._tallies(slug)),
            replies=len(order),
            more=max(len(order) - LONGEST, 0),
        )

    def _said(self, slug: str) -> tuple[dict[_Key, Said], dict[_Key, _Key]]:
        """What may be shown, and what each answers. What two accounts saw stands there once."""
        said: dict[_Key, Said] = {}
        parents: dict[_Key, _Key] = {}
        at: dict[tuple[str, str, str], _Key] = {}
        same: dict[_Key, _Key] = {}
        for it in conversation.heard(self.database, slug):
            key = it.account, it.id
            if self.shows(it):
                place = self.rules.kinds[it.account], it.author.id, it.url or repr(key)
                same[key] = at.setdefault(place, key)
                if same[key] == key:
                    said[key] = self._theirs(it)
                    parents[key] = it.account, it.in_reply_to or ""
        for answer in conversation.answers(self.database, slug):
            if (answer.account, answer.to) in same:
                key = answer.account, answer.id
                said[key], parents[key] = self._ours(answer), (answer.account, answer.to)
        return said, {key: same.get(parent, parent) for key, parent in parents.items()}

    def _theirs(self, heard: Heard) -> Said:
        author, network = heard.author, self._network(heard.account)
        return Said(
            anchor=_anchor(heard.account, heard.id),
            author=_line(author.name or author.handle) or "Somebody",
            author_url=_web(author.url),
            network=_host(heard.url) if network == WEB else network,
            url=_web(heard.url) if network else "",
            at=heard.published,
            paragraphs=_paragraphs(heard.text),
            verb=VERBS.get(heard.kind, ""),
        )

    def _ours(self, answer: Answered) -> Said:
        network = self._network(answer.account)
        return Said(
            anchor=_anchor(answer.account, answer.id),
            author=self.voices[answer.account],
            author_url="",
            network=network,
            url=_web(answer.url) if network else "",
            at=answer.at,
            paragraphs=_paragraphs(answer.text),
            is_ours=True,
        )

    def _tallies(self, slug: str) -> list[Tally]:
        """By what they did and where, what most did first."""
        numbers: dict[tuple[str, str], int] = {}
        for account, kind, number in conversation.counts(self.database, slug):
            if self.rules.counts(account):
                key = TALLIED[kind], self._network(account)
                numbers[key] = numbers.get(key, 0) + number
        found = (Tally(number=n, verb=verb, network=it) for (verb, it), n in numbers.items())
        return sorted(found, key=lambda tally: (-tally.number, tally.verb, tally.network))

    def _network(self, account: str) -> str:
        """What people call the place; "" is our own page."""
        kind = self.rules.kinds[account]
        return PLACES.get(kind, kind)


def _anchor(account: str, identifier: str) -> str:
    """The name of words on the page; a comment has it in its own address."""
    own = identifier.rpartition("#")[2]
    if own.startswith("comment-"):
        return own
    return f"reply-{zlib.crc32(f'{account} {identifier}'.encode('utf-8', 'replace')):08x}"


def _paragraphs(text: str) -> tuple[str, ...]:
    """Plain text in paragraphs, without the handles it begins with."""
    text = cut.at_word(_CALLED.sub("", _HIDDEN.sub("", text).strip()), SHOWN, len)
    return tuple(part.strip() for part in re.split(r"\n\s*\n", text) if part.strip())


def _line(text: str) -> str:
    return cut.at_word(" ".join(_HIDDEN.sub("", text).split()), 80, len)


def _web(url: str) -> str:
    """An address of the web, "" for any other: what a stranger wrote becomes a link."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.hostname else ""


def _host(url: str) -> str:
    return (urlsplit(url).hostname or WEB) if _web(url) else WEB
