"""What would go wrong with a post, before it does."""

from outreach.model.errors import Mistake
from outreach.model.post import Post


def unsaid_images(post: Post) -> tuple[Mistake, ...]:
    """Images that go out with a note and that nobody has described.

    `alt: ""` says that an image only decorates; leaving it out says nothing.
    """
    return tuple(
        Mistake(
            path=post.path,
            line=0,
            what=f"the image {image.path} has no alt text, so the post is not announced",
            expected='`image: {src: …, alt: "what it shows"}`, or `alt: ""` if it only decorates',
        )
        for image in post.media
        if image.alt is None and image.sha256
    )
