"""A period becomes a digest."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from outreach.model.delivery import State
from outreach.model.digest import Coverage, Digest, PostReport
from outreach.model.mention import Kind, Mention
from outreach.rules import summary
from outreach.store import accounts, holds, ledger, mentions, meta, mistakes, posts
from outreach.store.database import Database

DAY = timedelta(hours=24)
POSTS = 20

DOUBT = timedelta(minutes=10)
"""How long a note may be in doubt before a person is told."""

NOTICE = timedelta(days=14)
"""How long before a sign-in ends its owner is told."""

INBOX = "inbox"
"""The note in the database that says where the team's page is."""


def report(database: Database, until: datetime) -> Digest:
    """What came back in the day before `until` (UTC), what waits, and what could be seen."""
    since = until - DAY
    by_post: dict[str, list[Mention]] = {}
    for logged in mentions.every(database):
        if logged.mention.published >= since and not logged.mention.withdrawn:
            by_post.setdefault(logged.post, []).append(logged.mention)
    return Digest(
        since=since,
        until=until,
        posts=tuple(_posts(database, by_post)),
        waiting=tuple(logged.mention for logged in mentions.waiting(database)),
        failures=tuple(needs_a_human(database, until)),
        coverage=coverage(database),
    )


def coverage(database: Database) -> tuple[Coverage, ...]:
    """Per account what could be read, or why not."""
    here = mentions.counts(database)
    return tuple(
        Coverage(
            account=account.name,
            polled=account.polled,
            replies=here.get(account.name, 0),
            error=account.poll_error,
            handle=account.handle,
            unread=account.unread,
        )
        for account in accounts.every(database)
    )


def write(digest: Digest, folder: Path, day: str) -> Path:
    """Write `digests/DAY.md`, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{day}.md"
    new = path.with_suffix(".new")
    new.write_text(summary.markdown(digest), encoding="utf-8")
    new.replace(path)
    return path


def _posts(database: Database, by_post: dict[str, list[Mention]]) -> list[PostReport]:
    """Posts that were announced or answered, newest first."""
    links = ledger.syndication(database)
    rows = [row for row in posts.every(database) if row.slug in links or row.slug in by_post]
    rows.sort(key=lambda row: (row.published is not None, row.published), reverse=True)
    return [
        PostReport(
            slug=row.slug,
            title=row.title,
            url=row.url,
            syndication=tuple(links.get(row.slug, ())),
            mentions=tuple(it for it in by_post.get(row.slug, ()) if it.kind.has_words),
            likes=_count(by_post.get(row.slug, ()), Kind.LIKE),
            reposts=_count(by_post.get(row.slug, ()), Kind.REPOST),
        )
        for row in rows[:POSTS]
    ]


def _count(found: Iterable[Mention], kind: Kind) -> int:
    return sum(mention.kind is kind for mention in found)


def needs_a_human(database: Database, now: datetime) -> list[str]:
    """Stuck deliveries, unproved posts, holds, ending sign-ins, mistakes in files, a line each."""
    lines = [
        f"{delivery.source} on {delivery.account} is {delivery.state}: {delivery.error} "
        f"({delivery.id})"
        for delivery in ledger.every(database)
        if delivery.state in (State.UNKNOWN, State.FAILED, State.HELD)
        and not delivery.error.startswith(ledger.DROPPED)
    ]
    lines += _in_doubt(database, now)
    lines += [
        f"{row.slug} is not announced, its page is not right: {row.proof_error}"
        for row in posts.every(database)
        if row.proof_error
    ]
    lines += [
        f"{hold.account or 'everything'} is held: {hold.reason}" for hold in holds.every(database)
    ]
    lines += _ending(database, now)
    return lines + [str(mistake) for mistake in mistakes.every(database)]


def _in_doubt(database: Database, now: datetime) -> list[str]:
    """What may be out already and could not be looked up for so long that somebody should look."""
    return [
        f"{delivery.source} on {delivery.account} may be out already, and could not be looked up "
        f"since {delivery.attempted:%Y-%m-%d %H:%M} UTC: {delivery.error} ({delivery.id})"
        for delivery in ledger.in_state(database, State.SENDING)
        if delivery.attempted is not None and now - delivery.attempted > DOUBT
    ]


def _ending(database: Database, now: datetime) -> list[str]:
    """The sign-ins that end soon, to whoever made them, with the page where they make a new one."""
    page = meta.read(database, INBOX) or "the inbox"
    return [
        f"{account.connected_by or 'whoever connected it'}: the sign-in of {account.name} "
        f"({account.handle}) ends on {account.expires:%Y-%m-%d}; sign in again at {page}/channels "
        f"or with: outreach channels login {account.kind} --account {account.name}"
        for account in accounts.every(database)
        if account.expires is not None and account.expires - now < NOTICE
    ]
