"""What changes for notes that are queued or out when their post changes or is withdrawn."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from outreach.model.channel import Deleter, Editor, Publisher
from outreach.model.delivery import Activity, Delivery, Held, State
from outreach.model.note import Note
from outreach.model.post import Post
from outreach.rules.compose import with_link
from outreach.rules.retry import Step
from outreach.store import ledger, posts, restored
from outreach.store.database import Database


@dataclass(frozen=True, kw_only=True)
class Revision:
    """Where changes are queued. Its verbs are called inside a transaction."""

    database: Database
    channels: Mapping[str, Publisher]
    new_key: Callable[[], str]
    now: datetime

    def revise(self, post: Post, chains: Mapping[str, Sequence[Note]]) -> None:
        """Carry a post's newest words to its notes; `chains` has them by account.

        A note that was never claimed is composed anew. One that went out is edited only if its
        content changed and the network can edit. Surplus parts are deleted, extra ones held.
        """
        for account, sent in self._by_account(post.slug).items():
            notes = chains.get(account, ())
            if not notes:
                continue
            for create in sent:
                if create.part >= len(notes):
                    self._take_back(create, "the post has fewer parts now")
                elif create.started is None:
                    ledger.recompose(self.database, replace(create, note=notes[create.part]))
                else:
                    self._edit(create, notes[create.part])
            for part in range(len(sent), len(notes)):
                self._hold_extra(sent[-1], notes[part], part)
            if post.correction:
                self._correct(post, sent[0])

    def withdraw(self, slug: str, reason: str) -> None:
        """Take back every note of a post where the network lets us; what waits is dropped."""
        for sent in self._by_account(slug).values():
            for create in sent:
                self._take_back(create, f"withdrawn: {reason}")

    def _by_account(self, slug: str) -> dict[str, list[Delivery]]:
        """The CREATEs of a post on the accounts that are still configured, by part."""
        found: dict[str, list[Delivery]] = {}
        for delivery in ledger.of_source(self.database, slug):
            if delivery.activity is Activity.CREATE and delivery.account in self.channels:
                found.setdefault(delivery.account, []).append(delivery)
        return {name: sorted(rows, key=lambda row: row.part) for name, rows in found.items()}

    def _edit(self, create: Delivery, note: Note) -> None:
        changes = self._changes(create)
        newest = changes[-1] if changes else create
        note = replace(note, in_reply_to=newest.note.in_reply_to)
        if newest.note == note or create.state is State.FAILED:
            return
        if newest.activity is Activity.UPDATE and newest.started is None:
            ledger.recompose(self.database, replace(newest, note=note))
        elif isinstance(self.channels[create.account], Editor):
            self._change(create, Activity.UPDATE, note, len(changes) + 1)

    def _take_back(self, create: Delivery, why: str) -> None:
        changes = self._changes(create)
        for change in changes:
            if change.started is None and change.state is not State.FAILED:
                self._drop(change, why)
        if create.started is None:
            self._drop(create, why)
        elif create.state is State.FAILED or any(
            change.activity is Activity.DELETE for change in changes
        ):
            return
        elif isinstance(self.channels[create.account], Deleter):
            self._change(create, Activity.DELETE, create.note, len(changes) + 1)

    def _changes(self, create: Delivery) -> list[Delivery]:
        return [
            delivery
            for delivery in ledger.of_source(self.database, create.source)
            if delivery.after == create.id and delivery.activity is not Activity.CREATE
        ]

    def _change(self, create: Delivery, activity: Activity, note: Note, revision: int) -> None:
        self._queue(
            replace(
                create,
                id=self.new_key(),
                activity=activity,
                note=note,
                revision=revision,
                after=create.id,
                state=State.READY,
                held=Held.NOT,
                due=self.now,
                fresh_from=self.now,
                look_from=None,
                error="",
            )
        )

    def _hold_extra(self, last: Delivery, note: Note, part: int) -> None:
        self._queue(
            replace(
                last,
                id=self.new_key(),
                note=note,
                part=part,
                after=last.id,
                state=State.HELD,
                held=Held.EXTRA,
                due=self.now,
                fresh_from=self.now,
                error="the post has more parts than were sent",
            )
        )

    def _correct(self, post: Post, first: Delivery) -> None:
        """Answer our own note with what was put right, once for each wording."""
        if first.started is None or first.state is State.FAILED:
            return
        limits = self.channels[first.account].limits
        mark = sha256(post.correction.encode()).hexdigest()[:8]
        note = Note(
            text=with_link(f"Corrected: {post.correction}", post.url, limits),
            original=post.url,
            language=post.language,
        )
        self._queue(
            Delivery(
                id=self.new_key(),
                account=first.account,
                activity=Activity.CREATE,
                source=f"{post.slug}#corrected-{mark}",
                part=0,
                after=first.id,
                note=note,
                state=State.READY,
                due=self.now,
                fresh_from=self.now,
            )
        )

    def _queue(self, delivery: Delivery) -> None:
        """Into the outbox: behind a note in doubt it is held, after a restore it is looked up."""
        parent = ledger.one(self.database, delivery.after) if delivery.after else None
        if parent is not None and parent.state in (State.UNKNOWN, State.FAILED):
            why = f"waits for {parent.id}, which is {parent.state}"
            delivery = replace(delivery, state=State.HELD, held=Held.PARENT, error=why)
        if delivery.activity is Activity.CREATE:
            slug = delivery.source.partition("#")[0]
            published = posts.one(self.database, slug).published or self.now
            look_from = restored.look_from(self.database, published)
            delivery = replace(delivery, look_from=look_from)
        ledger.queue(self.database, delivery, self.now)

    def _drop(self, delivery: Delivery, why: str) -> None:
        step = Step(state=State.FAILED, due=delivery.due, error=f"{ledger.DROPPED}{why}")
        ledger.change(self.database, delivery, step, self.now)


def permanent(database: Database, slug: str, channels: Mapping[str, Publisher]) -> Iterable[str]:
    """The URLs of a post's notes that no withdrawal can reach."""
    for delivery in ledger.of_source(database, slug):
        if delivery.activity is Activity.CREATE and delivery.started is not None:
            channel = channels.get(delivery.account)
            if delivery.state is not State.FAILED and not isinstance(channel, Deleter):
                where = delivery.receipt.url if delivery.receipt else "on its way"
                yield f"{delivery.account}: {where}"
