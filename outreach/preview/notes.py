"""A rendition as its page shows it: every note with its count, its images and its card."""

import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from outreach.flows.preview import Rendered
from outreach.model.errors import Mistake
from outreach.model.note import Audience, Limits, Note, NoteKind
from outreach.model.post import Media
from outreach.preview.settled import Settled
from outreach.rules.measure import URL
from outreach.site.views import NETWORKS

NAMES = NETWORKS | {"email": "Newsletter"}

_CALLED = re.compile(r"(?<![\w&/])[#@]\w(?:[\w.@-]*\w)?")


@dataclass(frozen=True, kw_only=True)
class Picture:
    """An image of ours: where it is shown, and its alt text (None: nobody wrote one)."""

    src: str
    alt: str | None


@dataclass(frozen=True, kw_only=True)
class LinkCard:
    """The preview of a link. `place` is the host that it leads to."""

    title: str
    description: str
    place: str
    image: Picture | None


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One note. `used` of `length` as the network counts; `share` is that as percent, 100 at most.

    `title` is that of an article, `language` that of the words.
    """

    text: Markup
    title: str
    warning: str
    language: str
    used: int
    length: int
    share: int
    images: tuple[Picture, ...]
    card: LinkCard | None

    @property
    def is_too_long(self) -> bool:
        return self.used > self.length


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account and what it would say. `shape` says in what form, where that is no short note."""

    name: str
    network: str
    kind: str
    speaker: str
    shape: str
    notes: tuple[Shown, ...]
    wrong: tuple[Mistake, ...]


def account(it: Rendered, settled: Settled) -> Account:
    """How a rendition is shown."""
    kind = settled.kind(it.account)
    return Account(
        name=it.account,
        network=NAMES.get(kind, kind),
        kind=kind,
        speaker=settled.speaker(it.account),
        shape=_shape(it),
        notes=tuple(_shown(note, it.limits) for note in it.notes),
        wrong=it.wrong,
    )


def _shape(it: Rendered) -> str:
    if it.limits.audience is Audience.SUBSCRIBERS:
        return "letter"
    if it.limits.kind is NoteKind.ARTICLE:
        return "article"
    return f"thread of {len(it.notes)}" if len(it.notes) > 1 else ""


def _shown(note: Note, limits: Limits) -> Shown:
    warning = note.warning if limits.warnings else ""
    used = limits.measure(note.text) + (limits.measure(warning) if warning else 0)
    return Shown(
        text=linked(note.text),
        title=note.title if note.kind is NoteKind.ARTICLE else "",
        warning=warning,
        language=note.language,
        used=used,
        length=limits.length,
        share=min(100, round(100 * used / limits.length)),
        images=tuple(map(_picture, note.media)),
        card=_card(note),
    )


def _card(note: Note) -> LinkCard | None:
    if note.card is None:
        return None
    return LinkCard(
        title=note.card.title,
        description=note.card.description,
        place=urlsplit(note.card.url).hostname or "",
        image=_picture(note.card.image) if note.card.image else None,
    )


def _picture(image: Media) -> Picture:
    if not image.sha256:
        return Picture(src=image.path, alt=image.alt)
    suffix = mimetypes.guess_extension(image.content_type) or ""
    return Picture(src=f"/_preview/media/{image.sha256}{suffix}", alt=image.alt)


def linked(text: str) -> Markup:
    """A text whose links, tags and names look like such; they lead nowhere yet."""
    return Markup("").join(_words(text))


def _words(text: str) -> Iterator[Markup]:
    at = 0
    for link in URL.finditer(text):
        yield from _plain(text[at : link.start()])
        yield Markup('<span class="link">{}</span>').format(link[0])
        at = link.end()
    yield from _plain(text[at:])


def _plain(text: str) -> Iterator[Markup]:
    at = 0
    for called in _CALLED.finditer(text):
        yield escape(text[at : called.start()])
        yield Markup('<span class="link">{}</span>').format(called[0])
        at = called.end()
    yield escape(text[at:])
