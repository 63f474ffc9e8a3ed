"""What would go wrong with a post, before it does."""

from collections.abc import Iterator, Mapping

from outreach.model.errors import Mistake
from outreach.model.note import Limits
from outreach.model.post import Media, Post


def wrong(post: Post, limits: Mapping[str, Limits]) -> tuple[Mistake, ...]:
    """What the author must put right before the post is announced.

    `limits` are those of the accounts that it goes to, by their names.
    """
    images = [image for image in post.media if image.sha256]
    return (
        *_unsaid(post, images),
        *(mistake for name in limits for mistake in _too_long(post, images, name, limits[name])),
        *(mistake for name in limits for mistake in _crowded(post, name, limits[name])),
    )


def _unsaid(post: Post, images: list[Media]) -> Iterator[Mistake]:
    """Images that nobody has described.

    `alt: ""` says that an image only decorates; leaving it out says nothing.
    """
    for image in images:
        if image.alt is None:
            yield Mistake(
                path=post.path,
                line=0,
                what=f"the image {image.path} has no alt text, so the post is not announced",
                expected='`image: {src: …, alt: "what it shows"}`, or `alt: ""` if it decorates',
            )


def _too_long(post: Post, images: list[Media], account: str, limits: Limits) -> Iterator[Mistake]:
    """Alt texts that the network refuses, of the images that it gets."""
    for image in images[: limits.images or int(limits.cards)]:
        length = len(image.alt or "")
        if limits.alt_length and length > limits.alt_length:
            yield Mistake(
                path=post.path,
                line=0,
                what=f"the alt text of {image.path} has {length:,} characters, which is too long"
                f" for {account}, so the post is not announced",
                expected=f"{limits.alt_length:,} characters at most",
            )


def _crowded(post: Post, account: str, limits: Limits) -> Iterator[Mistake]:
    """A content warning that leaves less than half of the note to its text."""
    length = limits.measure(post.warning) if limits.warnings else 0
    if length > limits.length / 2:
        yield Mistake(
            path=post.path,
            line=0,
            what=f"the content warning takes {length:,} of the {limits.length:,} characters of"
            f" {account}, so the post is not announced",
            expected=f"{limits.length // 2:,} characters at most",
        )
