"""A period becomes a digest."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from outreach.model.channel import Publisher
from outreach.model.delivery import Activity, Delivery, Held, State
from outreach.model.digest import Coverage, Digest, PostReport
from outreach.model.mention import Kind, Mention
from outreach.model.note import Note
from outreach.rules import cut, summary
from outreach.store import accounts, holds, ledger, mentions, meta, mistakes, posts
from outreach.store.database import Database

DAY = timedelta(hours=24)
POSTS = 20

DOUBT = timedelta(minutes=10)
"""How long a note may be in doubt before a person is told."""

EACH = 3
"""How many readers that a letter did not reach are named; of more it is said how many."""

NOTICE = timedelta(days=14)
"""How long before a sign-in ends its owner is told."""

INBOX = "inbox"
"""The note in the database that says where the team's page is."""


def report(database: Database, until: datetime) -> Digest:
    """What came back in the day before `until` (UTC), what waits, and what could be seen."""
    since = until - DAY
    by_post: dict[str, list[Mention]] = {}
    for logged in mentions.every(database):
        if logged.moderation or logged.mention.withdrawn:
            continue
        if logged.mention.published >= since:
            by_post.setdefault(logged.post, []).append(logged.mention)
    return Digest(
        since=since,
        until=until,
        posts=tuple(_posts(database, by_post)),
        waiting=tuple(logged.mention for logged in mentions.waiting(database)),
        failures=tuple(needs_a_human(database, until)),
        coverage=coverage(database),
        pending=len(mentions.pending(database)),
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


def send(
    database: Database,
    digest: Digest,
    channels: Mapping[str, Publisher],
    day: str,
    *,
    new_key: Callable[[], str],
    now: datetime,
) -> None:
    """Queue the digest to these accounts, once a day."""
    text = summary.brief(digest, meta.read(database, INBOX) or "")
    with database.atomic():
        for name, channel in channels.items():
            held = holds.on(database, name)
            note = Note(text=cut.at_word(text, channel.limits.length, channel.limits.measure))
            ledger.queue(
                database,
                Delivery(
                    id=new_key(),
                    account=name,
                    activity=Activity.CREATE,
                    source=f"{mentions.DIGEST}{day}",
                    part=0,
                    note=note,
                    state=State.HELD if held else State.READY,
                    held=Held.ACCOUNT if held else Held.NOT,
                    error=held[0].reason if held else "",
                    due=now,
                    fresh_from=now,
                ),
                now,
            )


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
            bookmarks=_count(by_post.get(row.slug, ()), Kind.BOOKMARK),
        )
        for row in rows[:POSTS]
    ]


def _count(found: Iterable[Mention], kind: Kind) -> int:
    return sum(mention.kind is kind for mention in found)


def needs_a_human(database: Database, now: datetime) -> list[str]:
    """Stuck deliveries, unproved posts, holds, ending sign-ins, mistakes in files, a line each."""
    held = posts.held(database)
    lines = _stuck(database)
    lines += _in_doubt(database, now)
    lines += [
        f"{row.url if row.is_followed else row.slug} is not announced, its page is not right: "
        f"{row.proof_error}"
        for row in posts.every(database)
        if row.proof_error and row.slug not in held
    ]
    lines += [
        f"{slug} is held, and nobody is told of it: {why}; put that right, and then: "
        f"outreach resume {slug}"
        for slug, why in held.items()
    ]
    lines += [
        f"{hold.account or 'everything'} is held: {hold.reason}" for hold in holds.every(database)
    ]
    lines += _ending(database, now)
    return lines + [str(mistake) for mistake in mistakes.every(database)]


def _stuck(database: Database) -> list[str]:
    """A line each; of a letter to many that stuck for many, one line for all."""
    alone: list[Delivery] = []
    together: dict[tuple[str, str, State], list[Delivery]] = {}
    for delivery in ledger.stuck(database):
        if delivery.recipient and not delivery.written_by:
            letter = (delivery.source, delivery.account, delivery.state)
            together.setdefault(letter, []).append(delivery)
        else:
            alone.append(delivery)
    lines = []
    for (source, account, state), group in together.items():
        if len(group) > EACH:
            lines.append(
                f"{source} on {account} is {state} for {len(group)} recipients: "
                f"{group[0].error} (outreach deliveries lists them)"
            )
        else:
            alone += group
    return [*map(_line, sorted(alone, key=lambda delivery: delivery.id)), *lines]


def _line(delivery: Delivery) -> str:
    to = f" to {delivery.recipient}" if delivery.recipient else ""
    return (
        f"{delivery.source}{to} on {delivery.account} is {delivery.state}: {delivery.error} "
        f"({delivery.id})"
    )


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
