"""A letter to oneself, before it goes to anybody else."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from outreach.flows.rendition import Renditions
from outreach.model.delivery import Activity, Delivery, State
from outreach.model.errors import Mistakes, Refused
from outreach.model.note import Limits
from outreach.model.post import Letter, Post
from outreach.rules.addresses import normal
from outreach.site import media
from outreach.site.build import Site
from outreach.site.folder import scan_all
from outreach.site.posts import read_post
from outreach.store import holds, ledger, subscribers
from outreach.store.database import Database
from outreach.store.subscribers import TEST


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """Letters of a folder to one person. `kept` has the images by their hash."""

    root: Path
    kept: Path
    site: Site
    renditions: Renditions
    database: Database
    new_key: Callable[[], str]
    now: datetime

    def post(self, slug: str = "") -> Post:
        """The post of that slug; without one the letter, or else the post, that was changed last.

        Drafts count. Raises Refused where there is none.
        """
        found = sorted(self._posts(), key=lambda one: one[0], reverse=True)
        posts = [post for _, post in found]
        letters = [post for post in posts if post.email is not Letter.NO]
        wanted = [post for post in posts if post.slug == slug] if slug else letters or posts
        chosen = next(iter(wanted), None)
        if chosen is None:
            what = f"no post {slug!r}" if slug else "no post to send yet"
            raise Refused(f"there is {what} that can be read; outreach status says what is wrong")
        return chosen

    def queue(self, post: Post, limits: Mapping[str, Limits], account: str, to: str) -> Delivery:
        """Queue the letter as the list's readers would get it, marked as a test.

        Raises Refused for what is no address, or where nothing is sent for now.
        """
        try:
            to = normal(to)
        except ValueError as error:
            raise Refused(f"{to!r} is no mail address: {error}") from error
        if held := holds.on(self.database, account):
            raise Refused(f"{account} is held: {held[0].reason}")
        note = self.renditions(post, limits)[account][0]
        reader = next(
            (
                one
                for one in subscribers.every(self.database, account)
                if one.address.lower() == to.lower()
            ),
            None,
        )
        token = reader.token if reader else "test"
        unsubscribe = f"{self.site.url}/unsubscribe?token={token}"
        source = f"{post.slug}{TEST}"
        delivery = Delivery(
            id=self.new_key(),
            account=account,
            activity=Activity.CREATE,
            source=source,
            part=0,
            recipient=to,
            note=replace(note, title=f"[Test] {note.title}", to=to, unsubscribe=unsubscribe),
            state=State.READY,
            due=self.now,
            fresh_from=self.now,
        )
        with self.database.atomic():
            before = ledger.of_source(self.database, source)
            delivery = replace(delivery, occurrence=len(before))
            ledger.queue(self.database, delivery, self.now)
        return delivery

    def _posts(self) -> Iterator[tuple[float, Post]]:
        """Every post and letter that can be read, behind the time of its file's last change."""
        for name in scan_all(self.root)[0]:
            path = self.root / name
            try:
                post = read_post(
                    path.read_text("utf-8-sig"),
                    path=name,
                    site_url=self.site.url,
                    author=self.site.author,
                    language=self.site.language,
                    languages=self.site.codes,
                    voices=None,
                    first_seen=self.now,
                )
            except (Mistakes, UnicodeDecodeError):
                continue  # the daemon tells what is wrong in it
            if not name.startswith(("notes/", "pages/")):
                yield path.stat().st_mtime, media.keep(post, self.root, self.kept)[0]
