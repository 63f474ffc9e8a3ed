"""Nothing is announced before its public page is right; what never gets right is held."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urljoin

from outreach.channels._web import get, media_type, text
from outreach.fetch import Fetch, loopback_only
from outreach.model.errors import OutreachError, Unavailable
from outreach.model.post import Post
from outreach.site import proof
from outreach.store import posts
from outreach.store.database import Database

log = logging.getLogger("outreach")

PATIENCE = timedelta(minutes=15)
"""How long a page may take to get right before its post is held."""

FIRST, LONGEST = timedelta(seconds=1), timedelta(seconds=30)
"""The wait between two looks at a page: at first, and at most. It doubles."""

AN_IMAGE = {"accept": "image/*"}


@dataclass(frozen=True, kw_only=True)
class _Waiting:
    """A page that was not right: how often it was looked at, and when it is again."""

    looks: int
    until: datetime


class Prove:
    """`prove(post)` says whether the public URL answers with this very page.

    `served_at` is where our own pages are fetched: `site_url`, or in the sandbox this machine's.
    `undeployed()` is why what is built is not there yet, "" where it is.
    """

    def __init__(
        self,
        *,
        database: Database,
        fetch: Fetch,
        site_url: str,
        served_at: str,
        now: Callable[[], datetime],
        undeployed: Callable[[], str],
    ) -> None:
        self._database = database
        self._fetch = fetch
        self._site_url = site_url
        self._served_at = served_at
        self._now = now
        self._undeployed = undeployed
        self._waiting: dict[str, _Waiting] = {}
        self._held: Mapping[str, str] = {}
        self._is_down = False

    def begin(self) -> None:
        """A pass over the posts begins."""
        self._held = posts.held(self._database)
        self._is_down = False

    def waits(self, post: Post) -> bool:
        """Whether the page is not to be looked at now: held, or looked at a moment ago."""
        if not post.url:
            return False
        if post.slug in self._held or self._is_down:
            return True
        waiting = self._waiting.get(post.slug)
        return waiting is not None and timedelta(0) < waiting.until - self._now() <= LONGEST

    def __call__(self, post: Post) -> bool:
        """Look at the page."""
        wrong = self._undeployed() or self._wrong(post)
        now = self._now()
        if not wrong:
            self._waiting.pop(post.slug, None)
            posts.proved(self._database, post.slug, now)
            return True
        tried = posts.not_proved(self._database, post.slug, wrong, now)
        if now - tried >= PATIENCE:
            self._hold(post, wrong)
        else:
            self._wait(post, now)
        return False

    def _wait(self, post: Post, now: datetime) -> None:
        before = self._waiting.get(post.slug)
        looks = before.looks + 1 if before else 1
        wait = min(FIRST * 2 ** min(looks - 1, 10), LONGEST)
        self._waiting[post.slug] = _Waiting(looks=looks, until=now + wait)

    def _hold(self, post: Post, wrong: str) -> None:
        self._waiting.pop(post.slug, None)
        minutes = PATIENCE // timedelta(minutes=1)
        posts.hold(
            self._database, post.slug, f"its page was not right for {minutes} minutes: {wrong}"
        )
        log.warning("%s is held, and nobody is told of it: %s", post.slug, wrong)

    def _wrong(self, post: Post) -> str:
        """What is wrong with the page, "" where nothing is."""
        try:
            return self._elsewhere(post) if post.is_followed else self._here(post)
        except Unavailable as error:
            self._is_down = True
            return str(error)
        except OutreachError as error:
            return str(error)

    def _here(self, post: Post) -> str:
        answer = self._fetch("GET", self._own(post.url))
        if answer.status != 200:
            return f"{post.url} answers {answer.status}"
        return proof.prove(answer.text, post) or self._card(answer.text, post)

    def _elsewhere(self, post: Post) -> str:
        answer = get(self._fetch, post.url)
        if answer.status != 200:
            return f"{post.url} answers {answer.status}"
        page = text(answer)
        return proof.prove_elsewhere(page, post) or self._card(page, post)

    def _card(self, page: str, post: Post) -> str:
        """What is wrong with the image that networks show beside a link to the page.

        The sandbox sees no other machine, and looks at images of our own alone.
        """
        url = urljoin(post.url, proof.card_of(page) or post.url)
        is_out_of_sight = self._fetch.guard is loopback_only and not self._is_ours(url)
        if url == post.url or is_out_of_sight:
            return ""
        answer = get(self._fetch, self._own(url), AN_IMAGE)
        if answer.status != 200:
            return f"the card image {url} answers {answer.status}"
        kind = media_type(answer)
        return "" if kind.startswith("image/") else f"the card image {url} is {kind}, no image"

    def _own(self, url: str) -> str:
        """Where a page or an image of ours is fetched."""
        return self._served_at + url.removeprefix(self._site_url) if self._is_ours(url) else url

    def _is_ours(self, url: str) -> bool:
        return url.startswith(f"{self._site_url}/")
