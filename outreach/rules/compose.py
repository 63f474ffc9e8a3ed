"""A post and a channel's limits become notes."""

from outreach.model.note import Limits, Note
from outreach.model.post import Post
from outreach.rules import cut
from outreach.rules.measure import URL


def compose(post: Post, account: str, limits: Limits) -> tuple[Note, ...]:
    """The rendition of a post on one account, each text within the network's limit.

    The author's own text for that account comes first; without one, title and summary. The link
    to the post is always kept whole.
    """
    own = post.overrides.get(account, "").strip()
    text = with_link(own, post.url, limits) if own else _announcement(post, limits)
    return (
        Note(
            text=text,
            title=post.title,
            original=post.url,
            media=tuple(image for image in post.media if image.sha256)[: limits.images],
            language=post.language,
            tags=post.tags,
        ),
    )


def with_link(text: str, url: str, limits: Limits) -> str:
    """The text, cut at a word where it must be, then the link unless the text fits and has it."""
    if url in URL.findall(text):
        if limits.measure(text) <= limits.length:
            return text
        text = URL.sub(lambda link: "" if link[0] == url else link[0], text).strip()
    room = limits.length - limits.measure(f"\n\n{url}")
    text = cut.at_word(text, room, limits.measure)
    return f"{text}\n\n{url}" if text else url


def _announcement(post: Post, limits: Limits) -> str:
    parts = [post.title] if post.summary in ("", post.title) else [post.title, post.summary]
    return with_link("\n\n".join(parts), post.url, limits)
