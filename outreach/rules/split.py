"""A long text becomes the parts of a thread, cut where a reader would pause."""

from collections.abc import Callable, Iterator

import regex

from outreach.rules.measure import URL

Measure = Callable[[str], int]

_PARAGRAPH = regex.compile(r"\n\s*\n")
_SENTENCE = regex.compile(r"(?<=[.!?…。！？][\"'”’»)\]]*)(?<!\b\p{Lu}\.)\s+(?=[^\p{Ll}])")


def split(text: str, length: int, measure: Measure, *, numbered: bool = False) -> tuple[str, ...]:
    """The parts of a thread: whole paragraphs where they fit, else sentences, else words.

    Numbered parts end in ` 2/5`. A text that fits is one part and has no number.
    """
    if measure(text) <= length:
        return (text,)
    room = length - (measure("\n99/99") if numbered else 0)
    parts = tuple(_parts(text, room, measure))
    if not numbered:
        return parts
    return tuple(f"{part}\n{number}/{len(parts)}" for number, part in enumerate(parts, 1))


def _parts(text: str, length: int, measure: Measure) -> Iterator[str]:
    part = ""
    for glue, piece in _pieces(text, length, measure):
        longer = f"{part}{glue}{piece}" if part else piece
        if measure(longer) <= length:
            part = longer
        else:
            yield part
            part = piece
    if part:
        yield part


def _pieces(text: str, length: int, measure: Measure) -> Iterator[tuple[str, str]]:
    """What is never cut, each with what stands before it where it goes on in the same part."""
    for paragraph in _paragraphs(text):
        glue = "\n\n"
        for piece in _fitting(paragraph, length, measure):
            yield glue, piece
            glue = " "


def _paragraphs(text: str) -> Iterator[str]:
    """The paragraphs; one that ends in a colon is one with what it announces."""
    announced = ""
    for paragraph in filter(None, map(str.strip, _PARAGRAPH.split(text))):
        whole = f"{announced}\n\n{paragraph}" if announced else paragraph
        announced = whole if paragraph.endswith((":", "：")) else ""
        if not announced:
            yield whole
    if announced:
        yield announced


def _fitting(paragraph: str, length: int, measure: Measure) -> Iterator[str]:
    """The paragraph whole if it fits, else its sentences, else their words.

    A word that is too long is cut between graphemes; a link that is too long is left out.
    """
    if measure(paragraph) <= length:
        yield paragraph
        return
    for sentence in filter(None, _SENTENCE.split(paragraph)):
        if measure(sentence) <= length:
            yield sentence
            continue
        for word in sentence.split():
            if measure(word) <= length:
                yield word
            elif not URL.search(word):
                yield from _cut(word, length, measure)


def _cut(word: str, length: int, measure: Measure) -> Iterator[str]:
    part = ""
    for cluster in regex.findall(r"\X", word):
        if measure(part + cluster) > length:
            yield part
            part = ""
        part += cluster
    yield part
