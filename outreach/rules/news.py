"""What is recent enough to be announced."""

from datetime import datetime, timedelta

from outreach.model.post import Post

NEWS = timedelta(hours=24)
"""How much older than an account's first appearance a post may be and still be announced there."""


def is_news(post: Post, account_since: datetime) -> bool:
    """Whether a post is recent enough for an account, so that a first start floods nobody."""
    if post.published is None or post.is_page:
        return False
    return post.published > account_since - NEWS
