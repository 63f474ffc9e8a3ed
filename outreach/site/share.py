"""Where a reader can pass a post on: plain links, which tell nobody anything before a click."""

from urllib.parse import quote

from outreach.site.views import Entry, Site

TITLES = {
    "email": "E-mail",
    "mastodon": "Mastodon",
    "bluesky": "Bluesky",
    "linkedin": "LinkedIn",
    "reddit": "Reddit",
    "hackernews": "Hacker News",
    "x": "X",
    "pinboard": "Pinboard",
}
"""Each place by the name that `site.share` has for it, in the order of a page that names none."""

_LINKS = {
    "email": "mailto:?subject={title}&body={url}",
    "bluesky": "https://bsky.app/intent/compose?text={title}%20{url}",
    "linkedin": "https://www.linkedin.com/sharing/share-offsite/?url={url}",
    "reddit": "https://www.reddit.com/submit?url={url}&title={title}",
    "hackernews": "https://news.ycombinator.com/submitlink?u={url}&t={title}",
    "x": "https://x.com/intent/post?text={title}&url={url}",
    "pinboard": "https://pinboard.in/add?url={url}&title={title}",
}


def links(entry: Entry, site: Site) -> tuple[tuple[str, str], ...]:
    """The places of `site.share` and the link that opens each with this post filled in."""
    return tuple((TITLES[name], _link(name, entry, site)) for name in site.share)


def on_mastodon(host: str, title: str, url: str) -> str:
    """The link for people of one Mastodon server; which it is, only they know."""
    return f"https://{host}/share?text={quote(f'{title} {url}', safe='')}"


def _link(name: str, entry: Entry, site: Site) -> str:
    if name == "mastodon":
        return f"{site.door or site.base}/share?post={quote(entry.slug, safe='')}"
    title, url = quote(entry.title, safe=""), quote(entry.url, safe="")
    return _LINKS[name].format(title=title, url=url)
