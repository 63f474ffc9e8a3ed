"""A post to the subscribers of the newsletters: one delivery each, all of one text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from outreach.model.delivery import Activity, Delivery, Held, State
from outreach.model.errors import Mistake
from outreach.model.note import Note
from outreach.model.post import Post
from outreach.store import content, holds, ledger, letters, posts, restored, subscribers
from outreach.store.database import Database
from outreach.store.subscribers import Standing, Subscriber

HOLD = timedelta(minutes=10)
"""How long a letter waits before it goes out, so that its author can still stop it."""


@dataclass(frozen=True, kw_only=True)
class Letters:
    """The newsletters of a folder. `queue` and `revise` are called inside a transaction.

    `site_url` is where our pages are that let a reader leave. `hold` is HOLD, shorter in tests.
    `spacing` lies between two readers, so that what is asked of the account meanwhile (somebody
    subscribes, or is answered) need not wait for the last of them.
    """

    database: Database
    site_url: str
    new_key: Callable[[], str]
    now: datetime
    hold: timedelta = HOLD
    spacing: timedelta = timedelta(0)

    def due(self, post: Post, lists: tuple[str, ...]) -> tuple[list[str], list[Mistake]]:
        """The lists of `lists` that this post is still to go to, and what a person must do first.

        `lists` are those that its author may use.
        """
        if not lists:
            what = f"`email: {post.email}`, and there is no newsletter"
            return [], [_mistake(post, what, "an account of the kind email in config.yaml")]
        new = [name for name in lists if not letters.sent(self.database, name, post.slug)]
        unread = [name for name in new if not self._readers(post, name)]
        new = [name for name in new if name not in unread]
        untested = [name for name in new if not subscribers.tested(self.database, name)]
        wrong = [
            _mistake(
                post,
                f"it waits: the newsletter {name} has no reader of its language ({post.language})",
                "somebody who subscribes, or: outreach newsletter import",
            )
            for name in unread
        ]
        wrong += [
            _mistake(
                post,
                f"it waits: nobody has tested the newsletter {name}",
                f"outreach newsletter test YOUR-ADDRESS --list {name}",
            )
            for name in untested
        ]
        return [name for name in new if name not in untested], wrong

    def queue(self, post: Post, account: str, note: Note) -> int:
        """Queue a letter to each reader of the post's language; gives back how many there are.

        A list is written to once a post, whoever joins it later.
        """
        row, held = posts.one(self.database, post.slug), holds.on(self.database, account)
        tested = subscribers.tested(self.database, account)
        fresh = max(filter(None, (row.published, row.first_seen, row.proved, tested)))
        look_from = restored.look_from(self.database, row.published or self.now)
        readers = self._readers(post, account)
        kept = content.keep(self.database, note)
        for place, reader in enumerate(readers):
            ledger.queue(
                self.database,
                Delivery(
                    id=self.new_key(),
                    account=account,
                    activity=Activity.CREATE,
                    source=post.slug,
                    part=0,
                    recipient=reader.address,
                    note=self._addressed(kept, reader.address, reader.token),
                    state=State.HELD if held else State.READY,
                    held=Held.ACCOUNT if held else Held.NOT,
                    error=held[0].reason if held else "",
                    due=self.now + self.hold + place * self.spacing,
                    fresh_from=fresh,
                    look_from=look_from,
                ),
                self.now,
            )
        letters.mark(self.database, account, post.slug, self.now)
        return len(readers)

    def revise(self, post: Post, account: str, note: Note) -> None:
        """Give a letter that nobody has got yet its newest words; inside a transaction.

        What has begun to go out goes to all as it was.
        """
        waiting = ledger.to_subscribers(self.database, account, post.slug)
        if not waiting or any(delivery.started is not None for delivery in waiting):
            return
        kept = content.keep(self.database, note)
        for delivery in waiting:
            own = replace(kept, to=delivery.note.to, unsubscribe=delivery.note.unsubscribe)
            ledger.recompose(self.database, replace(delivery, note=own))

    def _readers(self, post: Post, account: str) -> Sequence[Subscriber]:
        return subscribers.confirmed(self.database, account, post.language)

    def _addressed(self, note: Note, address: str, token: str) -> Note:
        return replace(note, to=address, unsubscribe=f"{self.site_url}/unsubscribe?token={token}")


def _mistake(post: Post, what: str, expected: str) -> Mistake:
    return Mistake(path=post.path, line=0, what=what, expected=expected)


def left(database: Database, delivery: Delivery) -> str:
    """Why a letter goes no more to its reader, "" where it may: who has left is let be."""
    is_letter = delivery.recipient and not delivery.written_by and "#" not in delivery.source
    if not is_letter:
        return ""
    reader = subscribers.at_address(database, delivery.account, delivery.recipient)
    if reader is None or reader.standing is Standing.CONFIRMED:
        return ""
    return f"this reader has {reader.standing}: {reader.why}"
