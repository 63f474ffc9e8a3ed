"""A post and a channel's limits become notes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

import regex

from outreach.model.note import Card, Limits, Mentioned, Note, NoteKind
from outreach.model.post import LINK, Media, Post, Thread
from outreach.rules import cut
from outreach.rules.measure import URL
from outreach.rules.people import Known, named
from outreach.rules.split import split

DESCRIPTION = 300
"""How long the description of a card is at most."""


@dataclass(frozen=True, kw_only=True)
class Compose:
    """`compose(post, account, limits)` is the rendition of a post on one account.

    `kinds` maps an account to its network, `people` a name to how each network calls them. `utm`
    marks the link with where it was followed. `hashtags` is how many of a post's tags go behind
    the link at most.
    """

    kinds: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, Known] = field(default_factory=dict)
    utm: bool = False
    hashtags: int = 3

    def __call__(self, post: Post, account: str, limits: Limits) -> tuple[Note, ...]:
        """One note or the parts of a thread, each within the limits, the first reply last.

        The author's own text for that account comes first; without one, the title and the summary
        or else the first paragraph. The link to the post is always kept whole.
        """
        if limits.kind is NoteKind.ARTICLE:
            return (self._article(post, account, limits),)
        limits = _beside_the_warning(post, limits)
        link = self._link(post, account)
        own = post.overrides.get(account, "").strip()
        words, people = self._named(
            _linked(own or _said(post), post.url, link), account, keep=bool(own)
        )
        reply, more_people = self._named(_first_reply(post, link), account, keep=False)
        linked = link in URL.findall(reply)
        here = "" if linked else link
        texts = _parts(words, here, post.thread, limits)
        if not own:
            texts[-1] = _with_tags(texts[-1], hashtags(post.tags)[: self.hashtags], limits)
        if reply:
            texts.append(with_link(reply, link if linked else "", limits))
        notes = [_note(post, text, link, (*people, *more_people)) for text in texts]
        return self._with_pictures(post, notes, limits)

    def _article(self, post: Post, account: str, limits: Limits) -> Note:
        """The whole post, for readers who read it there; the author's own text stands for it."""
        own = post.overrides.get(account, "").strip()
        said = post.markdown if limits.format == "markdown" else post.text
        images = tuple(image for image in post.media if image.sha256 or image.url)
        return Note(
            kind=NoteKind.ARTICLE,
            title=post.name,
            text=own or said,
            html=post.html,
            original=post.url,
            media=images[: limits.images],
            language=post.language,
            tags=post.tags,
            series=post.series,
        )

    def _named(self, text: str, account: str, *, keep: bool) -> tuple[str, tuple[Mentioned, ...]]:
        return named(text, self.people, self.kinds.get(account, ""), keep=keep)

    def _with_pictures(self, post: Post, notes: Sequence[Note], limits: Limits) -> tuple[Note, ...]:
        """The card beside the link where the network wants one from us, images at the first note.

        One image beside a link that has a card is the card's; several are a gallery, and no card.
        """
        images = tuple(image for image in post.media if image.sha256)[: limits.images]
        made = list(notes)
        for number, note in enumerate(made):
            if note.original and limits.cards and not (number == 0 and len(images) > 1):
                made[number] = replace(note, card=self._card(post, note.original, images))
        if made[0].card is None:
            made[0] = replace(made[0], media=images)
        return tuple(made)

    def _card(self, post: Post, link: str, images: Sequence[Media]) -> Card:
        """What stands beside a link; a card calls nobody, so people have their names there."""
        description = " ".join((post.summary or first_paragraph(post.text)).split())
        return Card(
            url=link,
            title=named(post.name, self.people, "", keep=True)[0],
            description=named(
                cut.at_word(description, DESCRIPTION, len), self.people, "", keep=True
            )[0],
            image=images[0] if images else None,
        )

    def _link(self, post: Post, account: str) -> str:
        if not post.url or not self.utm:
            return post.url
        source = self.kinds.get(account, account)
        campaign = post.slug.rpartition("/")[2]
        marks = {"utm_source": source, "utm_medium": "social", "utm_campaign": campaign}
        return f"{post.url}?{urlencode(marks)}"


def with_link(text: str, url: str, limits: Limits) -> str:
    """The text, cut at a word where it must be, then the link unless the text fits and has it."""
    if not url:
        return cut.at_word(text, limits.length, limits.measure)
    if url in URL.findall(text):
        if limits.measure(text) <= limits.length:
            return text
        text = URL.sub(lambda link: "" if link[0] == url else link[0], text).strip()
    room = limits.length - limits.measure(f"\n\n{url}")
    text = cut.at_word(text, room, limits.measure)
    return f"{text}\n\n{url}" if text else url


def hashtags(tags: Sequence[str]) -> tuple[str, ...]:
    """`open source` becomes `#OpenSource`; what has no letter becomes nothing."""
    made = []
    for tag in tags:
        words = regex.findall(r"[\p{L}\p{M}\p{N}_]+", tag)
        capital = [word[:1].upper() + word[1:] for word in words]
        word = "".join(capital if words[1:] else words)
        if regex.search(r"\p{L}", word):
            made.append(f"#{word}")
    return tuple(dict.fromkeys(made))


def first_paragraph(text: str) -> str:
    """What stands before the first blank line."""
    return text.strip().partition("\n\n")[0]


def _said(post: Post) -> str:
    """What the author says about a post, or in a note."""
    if not post.title:
        return post.text
    if post.thread:
        return f"{post.title}\n\n{post.text}" if post.text else post.title
    summary = post.summary or first_paragraph(post.text)
    return post.title if summary in ("", post.title) else f"{post.title}\n\n{summary}"


def _first_reply(post: Post, link: str) -> str:
    """The text of the first reply; `{url}` in it, like LINK or the link, moves the link there."""
    if post.first_reply == LINK:
        return link
    return _linked(post.first_reply.replace("{url}", link), post.url, link)


def _linked(text: str, url: str, link: str) -> str:
    """The text with our link wherever the author wrote the plain address of the page."""
    return str(URL.sub(lambda found: link if found[0] == url else found[0], text))


def _beside_the_warning(post: Post, limits: Limits) -> Limits:
    """What a content warning leaves of the length. One that leaves nothing is preflight's."""
    warning = limits.measure(post.warning) if limits.warnings else 0
    return replace(limits, length=limits.length - warning) if warning < limits.length else limits


def _parts(words: str, link: str, thread: Thread, limits: Limits) -> list[str]:
    if not thread or not limits.threads:
        return [with_link(words, link, limits)]
    if link and link not in URL.findall(words):
        words = f"{words}\n\n{link}"
    numbered = thread is Thread.NUMBERED
    return list(split(words, limits.length, limits.measure, numbered=numbered))


def _with_tags(text: str, tags: Sequence[str], limits: Limits) -> str:
    """The text and as many tags as it has room for and does not have yet."""
    have = text.casefold().split()
    line = ""
    for tag in tags:
        longer = f"{line} {tag}" if line else f"\n\n{tag}"
        if tag.casefold() not in have and limits.measure(text + longer) <= limits.length:
            line = longer
    return text + line


def _note(post: Post, text: str, link: str, people: Sequence[Mentioned]) -> Note:
    return Note(
        text=text,
        title=post.title,
        original=link if link and link in URL.findall(text) else "",
        mentions=tuple(person for person in people if person.words in text),
        warning=post.warning,
        language=post.language,
        tags=post.tags,
    )
