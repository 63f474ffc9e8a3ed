"""One text of the folder, as the preview knows it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from outreach.model.errors import Mistake
from outreach.model.post import Letter, Post


class Standing(StrEnum):
    """How far a text has come."""

    UNREADABLE = "cannot be read"
    DRAFT = "draft"
    EMBARGO = "under embargo"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, kw_only=True)
class Written:
    """A file: what it said when it could be read last, and what is wrong with it now.

    `dead` are its links that lead nowhere, as they are written.
    """

    path: str
    post: Post | None
    mistakes: tuple[Mistake, ...] = ()
    dead: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What to call it."""
        return (self.post.name if self.post else "") or self.path

    @property
    def is_letter(self) -> bool:
        """Whether it goes to the newsletter alone."""
        return self.post is not None and self.post.email is Letter.ONLY

    def standing(self, now: datetime) -> Standing:
        """How far it has come at this time."""
        post = self.post
        if post is None:
            return Standing.UNREADABLE
        if post.withdrawn:
            return Standing.WITHDRAWN
        if post.embargo is not None and post.embargo > now:
            return Standing.EMBARGO
        if post.published is None:
            return Standing.DRAFT
        return Standing.SCHEDULED if post.published > now else Standing.PUBLISHED

    def until(self, now: datetime) -> datetime | None:
        """When it goes out by itself; None where it does not, or did."""
        standing, post = self.standing(now), self.post
        if post is None or standing not in (Standing.EMBARGO, Standing.SCHEDULED):
            return None
        return post.published or post.embargo
