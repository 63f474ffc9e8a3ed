"""What a post becomes on each account: its notes as they will be sent."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from outreach.model.errors import Mistakes
from outreach.model.note import Limits, Note, NoteKind
from outreach.model.post import Post
from outreach.rules import preflight
from outreach.rules.compose import Compose
from outreach.site import article, images
from outreach.site.build import Site
from outreach.site.folder import is_text, media_of
from outreach.site.leads import Leads
from outreach.site.words import spoken, words

Chains = Mapping[str, tuple[Note, ...]]
"""The notes of a post by account."""


@dataclass(frozen=True, kw_only=True)
class Renditions:
    """`renditions(post, limits)` are a post's notes on the accounts that `limits` names.

    `root` is the leader's folder. `cache` keeps rendered bodies, `kept` the images by their hash.
    Raises Mistakes for what a person has to put right first.
    """

    compose: Compose
    root: Path
    site: Site
    cache: Path | None
    kept: Path

    def __call__(self, post: Post, limits: Mapping[str, Limits]) -> Chains:
        if wrong := preflight.wrong(post, limits):
            raise Mistakes(wrong)
        return self.composed(post, limits)

    def composed(self, post: Post, limits: Mapping[str, Limits]) -> Chains:
        """The same of a post that cannot go out yet."""
        whole = any(bounds.kind is NoteKind.ARTICLE for bounds in limits.values())
        post = self.whole(post) if whole else spoken(post, self.cache)
        return {
            account: tuple(
                self._fitted(note, bounds) for note in self.compose(post, account, bounds)
            )
            for account, bounds in limits.items()
        }

    def whole(self, post: Post) -> Post:
        """The post with its body in every form that somebody may need."""
        media = media_of(self.root)
        lead = Leads(self.site, media, self._read)
        post = article.whole(post, self.site, self.cache, media, lead)
        return replace(post, text=words(post.html)) if post.html else spoken(post, self.cache)

    def _read(self, path: str) -> str | None:
        """A text of the leader's folder, by its path there."""
        try:
            return (self.root / path).read_text("utf-8-sig") if is_text(path) else None
        except (OSError, UnicodeDecodeError):
            return None

    def _fitted(self, note: Note, limits: Limits) -> Note:
        card = note.card
        if card is not None and card.image is not None:
            beside_a_link = replace(limits, image_bytes=limits.card_bytes or limits.image_bytes)
            card = replace(card, image=images.fit(card.image, beside_a_link, self.kept))
        media = tuple(images.fit(image, limits, self.kept) for image in note.media)
        return replace(note, card=card, media=media)
