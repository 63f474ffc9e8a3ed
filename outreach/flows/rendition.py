"""What a post becomes on one account: its notes as they will be sent."""

from dataclasses import dataclass, replace
from pathlib import Path

from outreach.model.note import Limits, Note
from outreach.model.post import Post
from outreach.rules.compose import Compose
from outreach.site import images
from outreach.site.words import spoken


@dataclass(frozen=True, kw_only=True)
class Renditions:
    """`renditions(post, account, limits)` is a post's notes there, with images that fit.

    `cache` keeps rendered bodies, `kept` the images by their hash. Raises Mistakes for an image
    that cannot be made to fit.
    """

    compose: Compose
    cache: Path | None
    kept: Path

    def __call__(self, post: Post, account: str, limits: Limits) -> tuple[Note, ...]:
        notes = self.compose(spoken(post, self.cache), account, limits)
        return tuple(self._fitted(note, limits) for note in notes)

    def _fitted(self, note: Note, limits: Limits) -> Note:
        card = note.card
        if card is not None and card.image is not None:
            beside_a_link = replace(limits, image_bytes=limits.card_bytes or limits.image_bytes)
            card = replace(card, image=images.fit(card.image, beside_a_link, self.kept))
        media = tuple(images.fit(image, limits, self.kept) for image in note.media)
        return replace(note, card=card, media=media)
