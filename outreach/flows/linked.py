"""A post to the pages that it links to: each is told once, again after an edit or a withdrawal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from outreach.model.delivery import Activity, Delivery, Held, State
from outreach.model.note import Note
from outreach.model.post import Post
from outreach.site.words import links
from outreach.store import holds, ledger, meta
from outreach.store.database import Database, to_text

TOLD = "links told of "
"""The note in the database that a post's links have been looked at, whether there were any."""

MOST = 100
"""How many of a post's links are told."""


def forget(database: Database, slug: str) -> None:
    """A post's links have to be looked at again."""
    meta.erase(database, f"{TOLD}{slug}")


def rename(database: Database, old: str, new: str) -> None:
    """What was looked at of a post stays so under its new name."""
    if at := meta.read(database, f"{TOLD}{old}"):
        meta.erase(database, f"{TOLD}{old}")
        meta.write(database, f"{TOLD}{new}", at)


def told(database: Database) -> set[str]:
    """The posts whose links have been looked at."""
    return {name.removeprefix(TOLD) for name in meta.names(database, TOLD)}


@dataclass(frozen=True, kw_only=True)
class Linked:
    """The accounts that tell linked pages (Webmention). Verbs are called inside a transaction."""

    database: Database
    accounts: tuple[str, ...]
    site_url: str
    new_key: Callable[[], str]
    now: datetime

    def tell(self, post: Post) -> None:
        """Queue what the post's links have not heard: of it, or of its newest words."""
        targets = self.targets(post)
        for account in self.accounts:
            heard = self._heard(account, post.slug)
            for target in targets:
                if target not in heard:
                    self._queue(self._first(account, post, target))
            for told in heard.values():
                self._again(told, _note(post, told[0].recipient), Activity.UPDATE)

        meta.write(self.database, f"{TOLD}{post.slug}", to_text(self.now))

    def withdraw(self, slug: str) -> None:
        """Tell every page that knows of the post that it is gone."""
        for account in self.accounts:
            for told in self._heard(account, slug).values():
                self._again(told, told[-1].note, Activity.DELETE)

    def targets(self, post: Post) -> Sequence[str]:
        """The pages outside our site that the post's own page links to."""
        ours = f"{self.site_url}/"
        found = (link.partition("#")[0] for link in links(post.html))
        outside = (link for link in found if not f"{link}/".startswith(ours))
        return tuple(dict.fromkeys(outside))[:MOST]

    def _heard(self, account: str, slug: str) -> dict[str, list[Delivery]]:
        """By page what was queued for it, oldest first."""
        heard: dict[str, list[Delivery]] = {}
        for delivery in ledger.of_source(self.database, slug):
            if delivery.account == account:
                heard.setdefault(delivery.recipient, []).append(delivery)
        return heard

    def _again(self, told: Sequence[Delivery], note: Note, activity: Activity) -> None:
        """Tell a page that heard of the post; one that never did is told the newest, or nothing."""
        first, last = told[0], told[-1]
        if first.started is None:
            if activity is Activity.DELETE and first.state is not State.FAILED:
                ledger.drop(self.database, first, "the post was withdrawn", self.now)
            return
        same = last.note.text == note.text and last.activity is not Activity.DELETE
        if first.state is State.FAILED or (activity is Activity.UPDATE and same):
            return
        if activity is Activity.DELETE and last.activity is Activity.DELETE:
            return
        change = replace(
            first,
            id=self.new_key(),
            activity=activity,
            note=note,
            revision=len(told),
            after=first.id,
            state=State.READY,
            held=Held.NOT,
            error="",
            due=self.now,
            fresh_from=self.now,
            look_from=None,
        )
        self._queue(change)

    def _first(self, account: str, post: Post, target: str) -> Delivery:
        return Delivery(
            id=self.new_key(),
            account=account,
            activity=Activity.CREATE,
            source=post.slug,
            part=0,
            recipient=target,
            note=_note(post, target),
            state=State.READY,
            due=self.now,
            fresh_from=self.now,
        )

    def _queue(self, delivery: Delivery) -> None:
        if held := holds.on(self.database, delivery.account):
            delivery = replace(delivery, state=State.HELD, held=Held.ACCOUNT, error=held[0].reason)
        ledger.queue(self.database, delivery, self.now)


def _note(post: Post, target: str) -> Note:
    """What the page says stands here by its hash, so that an edit is a change."""
    said = sha256(f"{post.title}\0{post.html}".encode("utf-8", "surrogatepass")).hexdigest()
    return Note(text=said, title=post.title, original=post.url, to=target, language=post.language)
