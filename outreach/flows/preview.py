"""What a folder would send if it went live now; nothing is kept and nothing leaves."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from outreach.flows.accept import Accept
from outreach.flows.rendition import Chains, Renditions
from outreach.model.channel import Publisher
from outreach.model.errors import Mistake, Mistakes
from outreach.model.note import Limits, Note
from outreach.model.post import Post
from outreach.rules import preflight
from outreach.rules.compose import Compose
from outreach.rules.news import is_news
from outreach.rules.voices import Voices
from outreach.site.build import Site
from outreach.store import sqlite

Upcoming = list[tuple[Post, Chains]]


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A post on one account: its notes, and what is wrong with them there."""

    account: str
    limits: Limits
    notes: tuple[Note, ...] = ()
    wrong: tuple[Mistake, ...] = ()


def rendered(
    post: Post, limits: Mapping[str, Limits], renditions: Renditions
) -> tuple[list[Rendered], tuple[Mistake, ...]]:
    """A post on each account that `limits` names, also where it cannot go out yet; and what is
    wrong with it everywhere."""
    everywhere = preflight.wrong(post, {})
    found = [_rendered(post, name, limits[name], renditions, everywhere) for name in limits]
    return found, everywhere


def _rendered(
    post: Post,
    account: str,
    limits: Limits,
    renditions: Renditions,
    everywhere: tuple[Mistake, ...],
) -> Rendered:
    wrong = preflight.wrong(post, {account: limits})
    there = tuple(mistake for mistake in wrong if mistake not in everywhere)
    try:
        notes = renditions.composed(post, {account: limits})[account]
    except Mistakes as error:
        return Rendered(account=account, limits=limits, wrong=(*there, *error.mistakes))
    return Rendered(account=account, limits=limits, notes=notes, wrong=there)


def upcoming(
    root: Path,
    site: Site,
    channels: Mapping[str, Publisher],
    voices: Voices,
    compose: Compose,
    now: datetime,
) -> tuple[Upcoming, list[Mistake]]:
    """Per recent or scheduled post its notes on each account, oldest first; and what is wrong."""
    with closing(sqlite.memory()) as database, TemporaryDirectory() as kept:
        accept = Accept(
            root=root,
            kept=Path(kept),
            site=site,
            voices=voices,
            quiet_period=timedelta(0),
            dates_now=False,
            database=database,
        )
        accepted, wrong = accept(now)
        news = sorted((post for post in accepted if is_news(post, now)), key=_published)
        renditions = Renditions(compose=compose, root=root, site=site, cache=None, kept=Path(kept))
        found: Upcoming = []
        for post in news:
            wanted = voices.by_default(post) if post.syndicate_to is None else post.syndicate_to
            try:
                chains = renditions(post, {name: channels[name].limits for name in wanted})
            except Mistakes as error:
                wrong += error.mistakes
            else:
                found.append((post, chains))
    return found, wrong


def _published(post: Post) -> tuple[str, str]:
    return str(post.published), post.slug
