"""Reads a listener as the daemon does: page after page, until its cursor rests."""

from outreach.model.channel import Listener
from outreach.model.mention import Mention

PAGES = 100


def everything(
    channel: Listener, cursor: str | None = None
) -> tuple[dict[str, Mention], str | None]:
    """All that came after the cursor, by id, and where it rests."""
    found: dict[str, Mention] = {}
    for _ in range(PAGES):
        page = channel.collect(cursor)
        found |= {mention.id: mention for mention in page.mentions}
        if page.cursor == cursor:
            return found, cursor
        cursor = page.cursor
    raise AssertionError("the cursor does not rest")
