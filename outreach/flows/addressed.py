"""What a post is to a newsletter's readers, and to the pages that it links to."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from outreach.flows import linked
from outreach.flows.letter import HOLD, Letters
from outreach.flows.linked import Linked
from outreach.flows.rendition import Chains
from outreach.model.errors import Mistake
from outreach.model.post import Letter, Post
from outreach.rules.news import is_news
from outreach.rules.voices import Voices
from outreach.store import accounts, ledger
from outreach.store.database import Database


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """The accounts that address somebody: `lists` (newsletters), `linked` (Webmention).

    `hold` is how long a letter waits before it goes out.
    """

    lists: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()
    hold: timedelta = HOLD


def withdraw(
    database: Database,
    accounts: Accounts,
    slug: str,
    reason: str,
    *,
    new_key: Callable[[], str],
    now: datetime,
) -> None:
    """Stop the letters of a post that wait, and tell the pages that it is gone; inside a
    transaction."""
    for account in accounts.lists:
        ledger.drop_waiting(database, account, slug, f"withdrawn: {reason}", now)
    Linked(
        database=database, accounts=accounts.linked, site_url="", new_key=new_key, now=now
    ).withdraw(slug)


@dataclass(frozen=True, kw_only=True)
class Addressed:
    """One pass over them. `queue` and `revise` are called inside a transaction.

    `whole` fills in a post's `html`.
    """

    database: Database
    accounts: Accounts
    voices: Voices
    whole: Callable[[Post], Post]
    site_url: str
    new_key: Callable[[], str]
    now: datetime

    def due(self, post: Post) -> tuple[list[str], list[Mistake]]:
        """The lists that a post is still to go to, and what a person must do before."""
        if post.email is Letter.NO or post.withdrawn:
            return [], []
        own = set(self.voices.aside(post.author)).intersection(self._new_for(post))
        return self._letters.due(post, tuple(name for name in self.accounts.lists if name in own))

    def is_untold(self, post: Post) -> bool:
        """Whether the pages that it links to have not been looked at yet."""
        if not post.url or not self.accounts.linked or post.slug in self._told:
            return False
        return any(name in self._new_for(post) for name in self.accounts.linked)

    def written_to(self, post: Post) -> list[str]:
        """The lists that have a letter of this post."""
        done = ledger.addressed(self.database, post.slug)
        return [name for name in self.accounts.lists if name in done]

    def queue(self, post: Post, chains: Chains, lists: Collection[str]) -> None:
        """Write to the readers of these lists, and to the pages that the post links to."""
        for account in lists:
            self._letters.queue(post, account, chains[account][0])
        if self.is_untold(post):
            self._linked.tell(self.whole(post))

    def revise(self, post: Post, chains: Chains) -> None:
        """Carry a post's newest words to them, as far as that can be done."""
        self._letters.revise(
            post, {name: chains[name][0] for name in self.written_to(post) if name in chains}
        )
        if post.slug in self._told:
            self._linked.tell(self.whole(post))

    def _new_for(self, post: Post) -> set[str]:
        """The accounts that are old enough for a post to be news there."""
        return {name for name, since in self._since.items() if is_news(post, since)}

    @cached_property
    def _since(self) -> dict[str, datetime]:
        return {row.name: row.first_seen for row in accounts.every(self.database)}

    @cached_property
    def _told(self) -> set[str]:
        return linked.told(self.database)

    @property
    def _letters(self) -> Letters:
        return Letters(
            database=self.database,
            site_url=self.site_url,
            new_key=self.new_key,
            now=self.now,
            hold=self.accounts.hold,
        )

    @property
    def _linked(self) -> Linked:
        return Linked(
            database=self.database,
            accounts=self.accounts.linked,
            site_url=self.site_url,
            new_key=self.new_key,
            now=self.now,
        )
