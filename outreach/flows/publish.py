"""Due posts: our own site first, proven, then the outbox."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from outreach.channels._web import get, text
from outreach.fault import reached
from outreach.fetch import Fetch
from outreach.flows.accept import Accept
from outreach.flows.addressed import Accounts, Addressed, stop
from outreach.flows.rendition import Chains, Renditions
from outreach.flows.revise import Revision
from outreach.model.channel import Publisher
from outreach.model.delivery import Activity, Delivery, Held, State
from outreach.model.errors import Mistake, Mistakes, OutreachError
from outreach.model.note import Note
from outreach.model.post import Post
from outreach.rules.news import is_news
from outreach.rules.voices import Voices
from outreach.site.build import Around, Builder, Site
from outreach.site.posts import images_of
from outreach.site.proof import prove, prove_elsewhere
from outreach.store import accounts, holds, ledger, mistakes, notices, posts, restored
from outreach.store.database import Database

log = logging.getLogger("outreach")

NOBODY = Accounts()

LATE = timedelta(minutes=5)
SPACING = timedelta(minutes=1)
"""Posts that are late, since the daemon was off, go out this far apart."""


@dataclass(frozen=True, kw_only=True)
class Folder:
    """Where posts and notes come from, where the site goes, and how it is laid out.

    `served_at` is where its pages are fetched to be proved: the public address, or in the sandbox
    this machine's.
    """

    root: Path
    out: Path
    cache: Path
    site: Site
    served_at: str


class Publish:
    """`publish()` is one pass: accept, build, prove, queue."""

    def __init__(
        self,
        *,
        folder: Folder,
        accept: Accept,
        database: Database,
        channels: Mapping[str, Publisher],
        voices: Voices,
        addressing: Accounts = NOBODY,
        renditions: Renditions,
        fetch: Fetch,
        now: Callable[[], datetime],
        new_key: Callable[[], str],
    ) -> None:
        self._folder = folder
        self._accept = accept
        self._database = database
        self._channels = channels
        self._voices = voices
        self._addressing = addressing
        self._renditions = renditions
        self._fetch = fetch
        self._now = now
        self._new_key = new_key
        self._builder = Builder(site=folder.site, out=folder.out, cache=folder.cache)
        self._built: object = None
        self._failed: tuple[Mistake, ...] = ()
        self._unready: list[Mistake] = []
        self._stuck: dict[str, tuple[Post, tuple[Mistake, ...]]] = {}
        self._is_first = True

    def __call__(self) -> list[Post]:
        """Do one pass; gives back the posts whose notes were put into the outbox."""
        now = self._now()
        _, wrong = self._accept(now)
        self._unready.clear()
        self._revise(now)
        live = self._accept.live(now)
        self._build(live)
        self._tell_gone(live, now)
        unbuilt = {mistake.path for mistake in self._failed}
        sound = [post for post in live if not post.withdrawn and post.path not in unbuilt]
        queued = self._queue(sound, now)
        told = notices.every(self._database, now)
        mistakes.replace(self._database, sorted({*wrong, *self._failed, *self._unready, *told}))
        return queued

    def _revise(self, now: datetime) -> None:
        """Carry what changed in posts to their notes, withdrawals first.

        A post whose notes cannot be made keeps its mark, and is tried again when it has changed.
        """
        if self._is_first:
            posts.revise_waiting(self._database)
            self._is_first = False
        marked = [self._accept.newest(slug) for slug in posts.to_revise(self._database)]
        if not marked:
            return
        addressed = self._addressed(now)
        revision = Revision(
            database=self._database,
            channels=self._channels,
            compose=self._renditions.compose,
            new_key=self._new_key,
            now=now,
        )
        for post in sorted(marked, key=lambda post: not post.withdrawn):
            targets = self._targets(post)
            names = [*self._announced(post, targets), *addressed.written_to(post)]
            chains = {} if post.withdrawn else self._chains(post, names)
            if chains is None:
                continue
            with self._database.atomic():
                if post.withdrawn:
                    revision.withdraw(post.slug, post.withdrawn)
                    stop(self._database, self._addressing, post.slug, post.withdrawn, now)
                else:
                    revision.revise(post, chains, targets)
                    addressed.revise(post, chains)
                posts.revised(self._database, post.slug)

    def _announced(self, post: Post, targets: Iterable[str]) -> list[str]:
        done = ledger.announced(self._database)
        return [name for name in targets if (post.slug, name) in done]

    def _chains(self, post: Post, names: Iterable[str]) -> Chains | None:
        """The post's notes on each account; None where a person has to put something right.

        What was wrong with a post is not tried again before the post or an image of it changes.
        """
        before, wrong = self._stuck.get(post.slug, (None, ()))
        if before == post:
            self._accept.look_again(post)
            self._unready += wrong
            return None
        self._stuck.pop(post.slug, None)
        try:
            return self._renditions(post, {name: self._channels[name].limits for name in names})
        except Mistakes as error:
            wrong = error.mistakes
        except Exception as error:
            log.exception("the notes of %s cannot be made", post.path)
            what = f"its notes cannot be made: {type(error).__name__}: {error}"
            wrong = (Mistake(path=post.path, line=0, what=what, expected="a report of this to us"),)
        self._accept.look_again(post)
        self._stuck[post.slug] = post, wrong
        self._unready += wrong
        return None

    def _build(self, live: Sequence[Post]) -> None:
        """Build the site where anything that it shows has changed."""
        folder = self._folder
        syndication = ledger.syndication(self._database)
        images = images_of(folder.root)
        shown = (
            list(live),
            syndication,
            [(name, path.stat().st_mtime_ns) for name, path in images.items()],
        )
        if shown == self._built and folder.out.exists():
            return
        done = self._builder(
            [post for post in live if not post.is_followed],
            around=Around(syndication=syndication),
            media=images,
            static={},
        )
        posts.show(self._database, (post.slug for post in live), self._now())
        self._built, self._failed = shown, done.failed

    def _tell_gone(self, live: Sequence[Post], now: datetime) -> None:
        """The pages that a withdrawn post links to hear of it once its own page says so."""
        addressed = self._addressed(now)
        for post in live:
            if post.withdrawn:
                addressed.tell_gone(post.slug)

    def _queue(self, live: Sequence[Post], now: datetime) -> list[Post]:
        """Put what is new for an account, and proved, into the outbox; oldest first."""
        first_seen = {row.name: row.first_seen for row in accounts.every(self._database)}
        done = ledger.announced(self._database)
        addressed = self._addressed(now)
        queued: list[Post] = []
        late = 0
        for post in reversed(live):
            targets = [
                name
                for name in self._targets(post)
                if (post.slug, name) not in done and is_news(post, first_seen[name])
            ]
            if post.published is not None and post.published > now:
                continue  # it was shown already, and has a new date
            lists, untested = addressed.due(post)
            self._unready += untested
            if not (targets or lists or addressed.is_untold(post)):
                continue
            chains = self._chains(post, [*targets, *lists])
            if chains is not None and (not post.url or self._prove(post)):
                due = now + late * SPACING
                with self._database.atomic():
                    self._announce(post, {name: chains[name] for name in targets}, due)
                    addressed.queue(post, chains, lists)
                    reached("planned")
                queued.append(post)
                late += post.published is not None and now - post.published > LATE
        return queued

    def _targets(self, post: Post) -> Sequence[str]:
        """The accounts that a post goes to: its author's and the company's, or fewer."""
        if post.syndicate_to is None:
            return self._voices.by_default(post.author)
        allowed = self._voices.of(post.author)
        return [name for name in post.syndicate_to if name in allowed]

    def _prove(self, post: Post) -> bool:
        """Whether the public URL answers with this very page."""
        try:
            wrong = self._elsewhere(post) if post.is_followed else self._here(post)
        except OutreachError as error:
            wrong = str(error)
        if wrong:
            posts.not_proved(self._database, post.slug, wrong)
        else:
            posts.proved(self._database, post.slug, self._now())
        return not wrong

    def _here(self, post: Post) -> str | None:
        path = post.url.removeprefix(self._folder.site.url)
        answer = self._fetch("GET", f"{self._folder.served_at}{path}")
        return f"answers {answer.status}" if answer.status != 200 else prove(answer.text, post)

    def _elsewhere(self, post: Post) -> str | None:
        answer = get(self._fetch, post.url)
        if answer.status != 200:
            return f"answers {answer.status}"
        return prove_elsewhere(text(answer), post)

    def _announce(self, post: Post, chains: Chains, due: datetime) -> None:
        """Queue the post's notes on every account at once; inside a transaction."""
        for name, chain in chains.items():
            self._queue_chain(post, name, chain, due)

    def _addressed(self, now: datetime) -> Addressed:
        return Addressed(
            database=self._database,
            accounts=self._addressing,
            voices=self._voices,
            whole=lambda post: self._renditions.whole(post),
            site_url=self._folder.site.url,
            new_key=self._new_key,
            now=now,
        )

    def _queue_chain(self, post: Post, name: str, chain: Sequence[Note], due: datetime) -> None:
        """Each part of a thread behind the one before."""
        row = posts.one(self._database, post.slug)
        held = holds.on(self._database, name)
        before: str | None = None
        for part, note in enumerate(chain):
            delivery = Delivery(
                id=self._new_key(),
                account=name,
                activity=Activity.CREATE,
                source=post.slug,
                part=part,
                after=before,
                note=note,
                state=State.HELD if held else State.READY,
                held=Held.ACCOUNT if held else Held.NOT,
                error=held[0].reason if held else "",
                due=due,
                fresh_from=max(filter(None, (row.published, row.first_seen, row.proved))),
                look_from=restored.look_from(self._database, row.published or due),
            )
            ledger.queue(self._database, delivery, self._now())
            before = delivery.id
