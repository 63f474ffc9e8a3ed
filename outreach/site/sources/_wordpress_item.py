"""What an item of WordPress says of itself, and does not say in so many words."""

import json
from datetime import UTC, datetime, timedelta, timezone

from markdown.extensions.toc import slugify

from outreach.site.sources import _export
from outreach.site.sources._wxr import Item

PERMALINKS = (
    "{year}/{month}/{day}/{name}",
    "{year}/{month}/{name}",
    "{year}/{name}",
    "{category}/{name}",
    "blog/{name}",
    "archives/{id}",
    "{name}",
)


def parts(item: Item) -> dict[str, str]:
    """What an address may be made of."""
    at = date(item, "wp:post_date")
    categories = [slug for domain, slug, _ in item.categories if domain == "category"]
    return {
        "year": f"{at:%Y}" if at else "",
        "month": f"{at:%m}" if at else "",
        "day": f"{at:%d}" if at else "",
        "name": _export.path_of(item["wp:post_name"])
        or slugify(_export.words(item["title"]), "-")
        or f"draft-{item['wp:post_id']}",
        "id": item["wp:post_id"],
        "category": categories[0] if categories else "uncategorized",
    }


def old_addresses(item: Item, path: str) -> list[str]:
    """Where it was before somebody renamed it, from the site's root."""
    folder = path.rpartition("/")[0]
    old = filter(None, item.meta.get("_wp_old_slug", []))
    return [f"/{folder}/{slug}/" if folder else f"/{slug}/" for slug in old]


def meta(item: Item, key: str) -> str:
    """The first value that a plugin or WordPress itself keeps beside an item."""
    return next(iter(item.meta.get(key, [])), "").strip()


def is_draft(item: Item) -> bool:
    """Whether not everybody may read it, now or when its day comes."""
    return item["wp:status"] not in ("publish", "future") or bool(item["wp:post_password"])


def reason(item: Item) -> str:
    """Why something that somebody could read there is a draft here."""
    if item["wp:status"] == "private":
        return "it was private"
    return "it had a password" if item["wp:post_password"] else ""


def date(item: Item, key: str) -> datetime | None:
    """A time with the offset that the blog had then: local and UTC stand side by side."""
    try:
        there, utc = (datetime.fromisoformat(item[it]) for it in (key, f"{key}_gmt"))
    except ValueError:
        return None
    offset = there - utc
    if abs(offset) > timedelta(hours=14) or offset.seconds % 60:
        return utc.replace(tzinfo=UTC)
    return there.replace(tzinfo=timezone(offset))


def updated(item: Item) -> datetime | None:
    """When it was last changed after it was out."""
    changed, out = date(item, "wp:post_modified"), date(item, "wp:post_date")
    return changed if changed and out and changed > out and not is_draft(item) else None


def footnotes(kept: str) -> str:
    """The footnotes of WordPress 6.3 and later, which it keeps apart as JSON, as HTML."""
    try:
        notes = json.loads(kept) if kept else []
        items = [
            f'<li id="{note["id"]}">{note["content"]} <a href="#{note["id"]}-link">↩</a></li>'
            for note in notes
        ]
    except (ValueError, TypeError, KeyError):
        return ""
    return f"<ol>{''.join(items)}</ol>" if items else ""
