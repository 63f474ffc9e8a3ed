"""What a folder would send if it went live now; nothing is kept and nothing leaves."""

from collections.abc import Mapping
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from outreach.flows.accept import Accept
from outreach.flows.publish import is_news
from outreach.model.channel import Publisher
from outreach.model.errors import Mistake
from outreach.model.post import Post
from outreach.rules.compose import compose
from outreach.site.build import Site
from outreach.store import sqlite


def upcoming(
    folder: Path, site: Site, channels: Mapping[str, Publisher], now: datetime
) -> tuple[list[tuple[Post, dict[str, str]]], list[Mistake]]:
    """Per recent or scheduled post the text on each account, oldest first; and what is wrong."""
    with closing(sqlite.memory()) as database, TemporaryDirectory() as kept:
        accept = Accept(
            folder=folder,
            kept=Path(kept),
            site=site,
            accounts=tuple(channels),
            quiet_period=timedelta(0),
            dates_now=False,
            database=database,
        )
        accepted, wrong = accept(now)
    news = sorted((post for post in accepted if is_news(post, now)), key=_published)
    return [(post, _texts(post, channels)) for post in news], wrong


def _texts(post: Post, channels: Mapping[str, Publisher]) -> dict[str, str]:
    wanted = channels if post.syndicate_to is None else post.syndicate_to
    return {
        name: "\n\n".join(note.text for note in compose(post, name, channels[name].limits))
        for name in wanted
    }


def _published(post: Post) -> tuple[str, str]:
    return str(post.published), post.slug
