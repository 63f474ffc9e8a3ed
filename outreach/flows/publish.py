"""Due posts: our own site first, proven, then the outbox."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, takewhile
from pathlib import Path

from outreach.fault import reached
from outreach.fetch import Fetch
from outreach.flows.accept import Accept
from outreach.flows.addressed import Accounts, Addressed, stop
from outreach.flows.converse import Converse
from outreach.flows.deploy import Deploy
from outreach.flows.prove import Prove
from outreach.flows.rendition import Chains, Renditions
from outreach.flows.revise import Revision
from outreach.model.channel import Publisher
from outreach.model.delivery import Activity, Delivery, Held, State
from outreach.model.errors import Mistake, Mistakes
from outreach.model.note import Note
from outreach.model.post import Post
from outreach.rules.news import NEWS, is_news
from outreach.rules.voices import Voices
from outreach.site import batch, links, theme
from outreach.site.build import Around, Builder, Site
from outreach.site.children import Children
from outreach.site.folder import is_text, media_of, static_of
from outreach.store import accounts, holds, ledger, mistakes, notices, posts, restored
from outreach.store.database import Database

log = logging.getLogger("outreach")

NOBODY = Accounts()

LATE = timedelta(minutes=5)
SPACING = timedelta(minutes=1)
"""Posts that are late, since the daemon was off, go out this far apart."""

RECENT = timedelta(days=2)
"""Posts not older than this have their card before anybody is told; others get theirs later."""

SOME = 100
"""So many cards and images are made between two builds."""


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
    """`publish()` is one pass: accept, build, deploy, prove, queue."""

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
        deploy: Deploy | None = None,
        converse: Converse | None = None,
    ) -> None:
        self._folder = folder
        self._accept = accept
        self._database = database
        self._channels = channels
        self._voices = voices
        self._addressing = addressing
        self._renditions = renditions
        self._now = now
        self._new_key = new_key
        self._deploy = deploy
        self._converse = converse
        self._prove = Prove(
            database=database,
            fetch=fetch,
            site_url=folder.site.url,
            served_at=folder.served_at,
            now=now,
            undeployed=lambda: deploy.error if deploy else "",
        )
        self._children = Children(batch.DEADLINE, keep=True)
        self._builder = Builder(
            site=folder.site, out=folder.out, cache=folder.cache, children=self._children
        )
        self._around = Around()
        self._media: dict[str, Path] = {}
        self._static: dict[str, Path] = {}
        self._unserved: list[Mistake] = []
        self._drawn = 0
        self._built: object = None
        self._failed: tuple[Mistake, ...] = ()
        self._dead: list[Mistake] = []
        self._unready: list[Mistake] = []
        self._stuck: dict[str, tuple[Post, tuple[Mistake, ...]]] = {}
        self._is_first = True

    def saved(self, paths: Iterable[Path]) -> None:
        """Show what was just saved; the next pass does all that follows from it."""
        now = self._now()
        accepted, _ = self._accept.saved(paths, now)
        newest = (self._accept.newest(post.slug) for post in accepted)
        due = [post for post in newest if is_due(post, now)]
        with suppress(Mistakes, OSError):  # the next pass says so
            self._builder.add(due, around=self._around, media=self._media)

    def __call__(self, saved: Iterable[Path] | None = None) -> list[Post]:
        """Do one pass; gives back the posts whose notes were put into the outbox.

        `saved` are all files that changed since the last pass; without it the whole folder is read.
        """
        now, saved = self._now(), saved if saved is None else list(saved)
        _, wrong = self._accept(now) if saved is None else self._accept.saved(saved, now)
        self._unready.clear()
        self._revise(now)
        live = self._accept.live(now)
        is_more = saved is None or not all(is_text(path.name) for path in saved)
        self._build(live, is_more=is_more)
        self._draw_news(live, now)
        if self._deploy:
            self._deploy()
        self._tell_gone(live, now)
        unbuilt = {mistake.path for mistake in self._failed}
        sound = [post for post in live if not post.withdrawn and post.path not in unbuilt]
        queued = self._queue(sound, now)
        told = notices.every(self._database, now)
        mistakes.replace(
            self._database, sorted({*wrong, *self._failed, *self._dead, *self._unready, *told})
        )
        return queued

    def _revise(self, now: datetime) -> None:
        """Carry what changed in posts to their notes, withdrawals first; nothing under embargo.

        A post whose notes cannot be made keeps its mark, and is tried again when it has changed.
        """
        if self._is_first:
            posts.revise_waiting(self._database)
            self._is_first = False
        newest = (self._accept.newest(slug) for slug in posts.to_revise(self._database))
        marked = [post for post in newest if post.embargo is None or post.embargo <= now]
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

    def _build(self, live: Sequence[Post], *, is_more: bool = False) -> None:
        """Build the site where anything that it shows has changed.

        `is_more`: also of what is no text. A mistake in the theme leaves it as it was, until
        something changes.
        """
        folder = self._folder
        if is_more or not folder.out.exists():
            self._media = media_of(folder.root)
            self._static, self._unserved = static_of(folder.root)
        around = Around(
            syndication=ledger.syndication(self._database),
            talk=self._converse.states() if self._converse else {},
            conversation=self._converse,
        )
        try:
            skin = theme.look(folder.site.theme)
        except Mistakes as error:
            self._failed = error.mistakes
            return
        stamps = _stamps(self._media), _stamps(self._static), skin
        shown = list(live), around.syndication, around.talk, stamps, self._drawn
        if shown == self._built and folder.out.exists():
            return
        self._built = None
        try:
            done = self._builder(
                [post for post in live if not post.is_followed],
                around=around,
                media=self._media,
                static=self._static,
            )
        except Mistakes as error:
            self._built, self._failed = shown, error.mistakes
            return
        posts.show(self._database, (post.slug for post in live), self._now())
        self._built, self._around = shown, around
        self._failed = (*done.failed, *self._unserved)
        self._dead = [links.mistake(folder.root, path, link) for path, link in done.dead]

    def draw(self) -> bool:
        """Make some of what pages are better for, and do not wait for: cards, and images in other
        sizes; says whether there was any. Another thread may do this."""
        pictures, drawer = self._builder.pictures, self._builder.cards
        some = dict(islice(pictures.missing(self._builder.lacking).items(), SOME))
        cards = drawer.look(self._builder.undrawn)[1][:SOME]
        pictures.make(some)
        drawer.make(cards)
        self._drawn += bool(cards or some)
        return bool(cards or some)

    def _draw_news(self, live: Sequence[Post], now: datetime) -> None:
        """What is recent has its card before anybody is told: networks fetch it with the note."""
        undrawn = self._builder.undrawn
        cards = [entry for entry in undrawn if now - entry.published < RECENT]
        if cards:
            try:
                self._builder.cards.make(cards)
            except Mistakes as error:
                self._unready += error.mistakes
            self._drawn += 1
            self._build(live)

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
        self._prove.begin()
        queued: list[Post] = []
        late = 0
        oldest = min(first_seen.values(), default=now) - NEWS
        for post in reversed(list(takewhile(lambda it: _is_after(it, oldest), live))):
            targets = [
                name
                for name in self._targets(post)
                if (post.slug, name) not in done and is_news(post, first_seen[name])
            ]
            if post.published is not None and post.published > now:
                continue  # it was shown already, and has a new date
            lists, untested = addressed.due(post)
            self._unready += untested
            if not (targets or lists or addressed.is_untold(post)) or self._prove.waits(post):
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
            return self._voices.by_default(post)
        allowed = self._voices.of(post.author)
        return [name for name in post.syndicate_to if name in allowed]

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


def is_due(post: Post, now: datetime) -> bool:
    """Whether a post may be seen now."""
    times = (post.published, post.embargo)
    return post.published is not None and all(it is None or it <= now for it in times)


def _is_after(post: Post, moment: datetime) -> bool:
    return post.published is not None and post.published > moment


def _stamps(files: Mapping[str, Path]) -> list[tuple[str, int]]:
    return [(name, _stamp(path)) for name, path in files.items()]


def _stamp(path: Path) -> int:
    """When a file changed last; 0 for one that is gone."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
