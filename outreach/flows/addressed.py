"""What a post is to a newsletter's readers, and to the pages that it links to."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
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
from outreach.store import accounts, ledger, letters
from outreach.store.database import Database


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """The accounts that address somebody: `lists` (newsletters), `linked` (Webmention).

    `hold` is how long a letter waits before it goes out; `spacing` is what each list needs between
    two readers.
    """

    lists: tuple[str, ...] = ()
    spacing: Mapping[str, timedelta] = field(default_factory=dict)
    linked: tuple[str, ...] = ()
    hold: timedelta = HOLD


def stop(database: Database, accounts: Accounts, slug: str, reason: str, now: datetime) -> None:
    """Stop the letters of a withdrawn post that wait; inside a transaction."""
    for account in accounts.lists:
        letters.stop(database, account, slug, now, f"withdrawn: {reason}")


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
        own = set(self.voices.aside(post)).intersection(self._new_for(post))
        return self._letters().due(post, tuple(name for name in self.accounts.lists if name in own))

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
            self._letters(account).queue(post, account, chains[account][0])
        if self.is_untold(post):
            self._linked.tell(self.whole(post))

    def revise(self, post: Post, chains: Chains) -> None:
        """Carry a post's newest words to its readers, as far as that can be done.

        The pages that it links to are told once our own page says them.
        """
        for name in self.written_to(post):
            if name in chains:
                self._letters(name).revise(post, name, chains[name][0])
        linked.forget(self.database, post.slug)

    def tell_gone(self, slug: str) -> None:
        """Tell the pages that a post is gone, once its own page says so."""
        if slug in self._told:
            with self.database.atomic():
                self._linked.withdraw(slug)
                linked.forget(self.database, slug)

    def _new_for(self, post: Post) -> set[str]:
        """The accounts that are old enough for a post to be news there."""
        return {name for name, since in self._since.items() if is_news(post, since)}

    @cached_property
    def _since(self) -> dict[str, datetime]:
        return {row.name: row.first_seen for row in accounts.every(self.database)}

    @cached_property
    def _told(self) -> set[str]:
        return linked.told(self.database)

    def _letters(self, account: str = "") -> Letters:
        return Letters(
            database=self.database,
            site_url=self.site_url,
            new_key=self.new_key,
            now=self.now,
            hold=self.accounts.hold,
            spacing=self.accounts.spacing.get(account, timedelta(0)),
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
