"""What changes for notes that are queued or out when their post changes or is withdrawn."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from outreach.flows.rendition import Chains
from outreach.model.channel import Deleter, Editor, Publisher
from outreach.model.delivery import Activity, Delivery, Held, State
from outreach.model.note import Note
from outreach.model.post import Post
from outreach.rules.compose import Compose, with_link
from outreach.rules.people import named
from outreach.rules.retry import DROPPED, Step
from outreach.store import holds, ledger, posts, restored
from outreach.store.database import Database

FEWER = "the post has fewer parts now"

UNCHANGEABLE = f"{DROPPED}this network changes no notes, so this one stays as it was"


@dataclass(frozen=True, kw_only=True)
class Revision:
    """Where changes are queued. Its verbs are called inside a transaction."""

    database: Database
    channels: Mapping[str, Publisher]
    compose: Compose
    new_key: Callable[[], str]
    now: datetime

    def revise(self, post: Post, chains: Chains, targets: Collection[str]) -> None:
        """Carry a post's newest words to its notes; `chains` has them by account.

        What waits for an account that is none of `targets` any more is dropped.
        """
        for account, sent in self._by_account(post.slug).items():
            if account not in targets:
                self._drop_waiting(sent, f"{account} is no account of this post any more")
            elif notes := chains.get(account, ()):
                self._rewrite(account, sent, notes)
                if post.correction:
                    self._correct(post, sent[0])

    def _rewrite(self, account: str, sent: Sequence[Delivery], notes: Sequence[Note]) -> None:
        """A note that was never claimed is composed anew; one that went out is edited only if its
        content changed. Surplus parts are deleted, extra ones held.

        Where the network cannot edit, what has begun to go out goes out as it was.
        """
        if sent[0].started is not None and not isinstance(self.channels[account], Editor):
            self._say_unchangeable(sent, notes)
            return
        before = sent[0]
        for create in sent:
            if create.part >= len(notes):
                self._take_back(create, FEWER)
                continue
            note = notes[create.part]
            if self._is_taken_back(create):
                before = self._hold_extra(before, note, create.part, create.occurrence + 1)
                continue
            if create.started is None:
                self._recompose(create, note)
            else:
                self._edit(create, note)
            before = create
        for part in range(len(sent), len(notes)):
            before = self._hold_extra(before, notes[part], part)

    def _recompose(self, create: Delivery, note: Note) -> None:
        """Give what waits its newest words; a part that had become one too many waits again."""
        ledger.recompose(self.database, replace(create, note=note))
        if create.state is State.FAILED and create.error == f"{DROPPED}{FEWER}":
            held = holds.on(self.database, create.account)
            step = Step(
                state=State.HELD if held else State.READY,
                held=Held.ACCOUNT if held else Held.NOT,
                due=self.now,
                error=held[0].reason if held else "",
                why="the post has this part again",
            )
            ledger.change(self.database, create, step, self.now)

    def _say_unchangeable(self, sent: Sequence[Delivery], notes: Sequence[Note]) -> None:
        """Leave a line in the ledger for each note whose post says something else by now."""
        for create, note in zip(sent, notes, strict=False):
            changes = self._changes(create)
            newest = changes[-1] if changes else create
            note = replace(note, in_reply_to=newest.note.in_reply_to)
            if newest.note.text != note.text and create.state is State.SENT:
                self._change(create, Activity.UPDATE, note, len(changes) + 1, UNCHANGEABLE)

    def _is_taken_back(self, create: Delivery) -> bool:
        """Whether its withdrawal is on its way or done."""
        return any(
            change.activity is Activity.DELETE and change.state is not State.FAILED
            for change in self._changes(create)
        )

    def _drop_waiting(self, sent: Iterable[Delivery], why: str) -> None:
        for create in sent:
            if create.started is None and create.state is not State.FAILED:
                self._drop(create, why)

    def withdraw(self, slug: str, reason: str) -> None:
        """Take back every note of a post where the network lets us; what waits is dropped."""
        for sent in self._by_account(slug).values():
            for create in sent:
                self._take_back(create, f"withdrawn: {reason}")

    def _by_account(self, slug: str) -> dict[str, list[Delivery]]:
        """The newest CREATE of each part on the accounts that are still configured, by part.

        What went to somebody, not to everyone, is no matter of this.
        """
        found: dict[str, dict[int, Delivery]] = {}
        for delivery in ledger.of_source(self.database, slug):
            if delivery.recipient:
                continue
            if delivery.activity is Activity.CREATE and delivery.account in self.channels:
                found.setdefault(delivery.account, {})[delivery.part] = delivery
        return {name: [rows[part] for part in sorted(rows)] for name, rows in found.items()}

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
        if create.state is State.FAILED or self._is_taken_back(create):
            return
        changes = self._changes(create)
        for change in changes:
            if change.started is None and change.state is not State.FAILED:
                self._drop(change, why)
        if create.started is None:
            self._drop(create, why)
        elif isinstance(self.channels[create.account], Deleter):
            self._change(create, Activity.DELETE, create.note, len(changes) + 1)

    def _changes(self, create: Delivery) -> list[Delivery]:
        return [
            delivery
            for delivery in ledger.of_source(self.database, create.source)
            if delivery.after == create.id and delivery.activity is not Activity.CREATE
        ]

    def _change(
        self, create: Delivery, activity: Activity, note: Note, revision: int, error: str = ""
    ) -> None:
        self._queue(
            replace(
                create,
                id=self.new_key(),
                activity=activity,
                note=note,
                revision=revision,
                after=create.id,
                state=State.FAILED if error else State.READY,
                held=Held.NOT,
                due=self.now,
                fresh_from=self.now,
                look_from=None,
                error=error,
            )
        )

    def _hold_extra(self, last: Delivery, note: Note, part: int, occurrence: int = 0) -> Delivery:
        """Queue a part that nobody has asked to send yet; gives it back."""
        extra = replace(
            last,
            id=self.new_key(),
            note=note,
            part=part,
            occurrence=occurrence,
            after=last.id,
            state=State.HELD,
            held=Held.EXTRA,
            due=self.now,
            fresh_from=self.now,
            error="the post has more parts than were sent",
        )
        self._queue(extra)
        return extra

    def _correct(self, post: Post, first: Delivery) -> None:
        """Answer our own note with what was put right, once for each wording."""
        if first.started is None or first.state is State.FAILED:
            return
        limits = self.channels[first.account].limits
        mark = sha256(post.correction.encode()).hexdigest()[:8]
        kind = self.compose.kinds.get(first.account, "")
        words, people = named(
            f"Corrected: {post.correction}", self.compose.people, kind, keep=False
        )
        note = Note(
            text=with_link(words, post.url, limits),
            mentions=people,
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
        ledger.drop(self.database, delivery, why, self.now)


def permanent(database: Database, slug: str, channels: Mapping[str, Publisher]) -> Iterable[str]:
    """Where a post's notes are that no withdrawal can reach."""
    for delivery in ledger.of_source(database, slug):
        if delivery.activity is Activity.CREATE and delivery.started is not None:
            channel = channels.get(delivery.account)
            if delivery.state is not State.FAILED and not isinstance(channel, Deleter):
                url = delivery.receipt.url if delivery.receipt else "on its way"
                where = url or "it is out, and has no address"
                yield f"{delivery.account}: {where}"
