"""Due posts: our own site first, proven, then the outbox."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from outreach.fetch import Fetch
from outreach.flows.accept import Accept
from outreach.model.channel import Publisher
from outreach.model.delivery import Activity, Delivery, State
from outreach.model.errors import Mistake, OutreachError
from outreach.model.post import Post
from outreach.rules.compose import compose
from outreach.site.build import Site, build
from outreach.site.proof import prove
from outreach.store import accounts, ledger, mistakes, posts
from outreach.store.database import Database

NEWS = timedelta(hours=24)
"""How much older than an account's first appearance a post may be and still be announced there."""

IMAGES = frozenset({".avif", ".gif", ".jpeg", ".jpg", ".png", ".svg", ".webp"})


@dataclass(frozen=True, kw_only=True)
class Folder:
    """Where posts come from, where the site goes, and how it is laid out."""

    posts: Path
    out: Path
    cache: Path
    site: Site


class Publish:
    """`publish()` is one pass: accept, build, prove, queue."""

    def __init__(
        self,
        *,
        folder: Folder,
        accept: Accept,
        database: Database,
        channels: Mapping[str, Publisher],
        fetch: Fetch,
        now: Callable[[], datetime],
        new_key: Callable[[], str],
    ) -> None:
        self._folder = folder
        self._accept = accept
        self._database = database
        self._channels = channels
        self._fetch = fetch
        self._now = now
        self._new_key = new_key
        self._built: object = None
        self._failed: tuple[Mistake, ...] = ()

    def __call__(self) -> list[Post]:
        """Do one pass; gives back the posts whose notes were put into the outbox."""
        now = self._now()
        accepted, wrong = self._accept(now)
        self._recompose(accepted)
        live = self._accept.live(now)
        self._build(live)
        mistakes.replace(self._database, sorted({*wrong, *self._failed}))
        unbuilt = {mistake.path for mistake in self._failed}
        return self._queue([post for post in live if f"posts/{post.path}" not in unbuilt])

    def _build(self, live: Sequence[Post]) -> None:
        """Build the site where anything that it shows has changed."""
        folder = self._folder
        syndication = ledger.syndication(self._database)
        images = {
            path.relative_to(folder.posts).as_posix(): path
            for path in sorted(folder.posts.rglob("*"))
            if path.suffix.lower() in IMAGES and path.is_file()
        }
        shown = (
            list(live),
            syndication,
            [(name, path.stat().st_mtime_ns) for name, path in images.items()],
        )
        if shown == self._built and folder.out.exists():
            return
        done = build(
            live,
            site=folder.site,
            out=folder.out,
            cache=folder.cache,
            syndication=syndication,
            media=images,
        )
        self._built, self._failed = shown, done.failed

    def _queue(self, live: Sequence[Post]) -> list[Post]:
        """Put what is new for an account, and proved, into the outbox; oldest first."""
        first_seen = {row.name: row.first_seen for row in accounts.every(self._database)}
        done = ledger.announced(self._database)
        queued: list[Post] = []
        for post in reversed(live):
            wanted = self._channels if post.syndicate_to is None else post.syndicate_to
            targets = [
                name
                for name in wanted
                if (post.slug, name) not in done and is_news(post, first_seen[name])
            ]
            if targets and self._prove(post):
                self._announce(post, targets)
                queued.append(post)
        return queued

    def _prove(self, post: Post) -> bool:
        """Whether the public URL answers with this very page."""
        try:
            answer = self._fetch("GET", post.url)
            wrong = f"answers {answer.status}" if answer.status != 200 else prove(answer.text, post)
        except OutreachError as error:
            wrong = str(error)
        if wrong:
            posts.not_proved(self._database, post.slug, wrong)
        else:
            posts.proved(self._database, post.slug, self._now())
        return not wrong

    def _announce(self, post: Post, targets: Iterable[str]) -> None:
        """Queue the post's notes, each part of a thread behind the one before."""
        now = self._now()
        with self._database.atomic():
            for name in targets:
                before: str | None = None
                for part, note in enumerate(compose(post, name, self._channels[name].limits)):
                    delivery = Delivery(
                        id=self._new_key(),
                        account=name,
                        activity=Activity.CREATE,
                        source=post.slug,
                        part=part,
                        after=before,
                        note=note,
                        state=State.READY,
                        due=now,
                    )
                    ledger.queue(self._database, delivery, now)
                    before = delivery.id

    def _recompose(self, accepted: Iterable[Post]) -> None:
        """Give notes that were never claimed the newest words of their post."""
        for post in accepted:
            for delivery in ledger.of_source(self._database, post.slug):
                channel = self._channels.get(delivery.account)
                if delivery.started is not None or channel is None:
                    continue
                notes = compose(post, delivery.account, channel.limits)
                if delivery.part < len(notes):
                    ledger.recompose(self._database, replace(delivery, note=notes[delivery.part]))


def is_news(post: Post, account_since: datetime) -> bool:
    """Whether a post is recent enough for an account, so that a first start floods nobody."""
    return post.published is not None and post.published > account_since - NEWS
