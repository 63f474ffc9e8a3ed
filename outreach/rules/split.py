"""A long text becomes the parts of a thread, cut where a reader would pause."""

from collections.abc import Callable, Iterator, Sequence
from itertools import count

import regex

from outreach.rules.measure import URL

Measure = Callable[[str], int]

# Where a text may be cut, the best first, and what stands there where it goes on in the same part.
# A colon is cut from the first line that it announces only where both do not fit.
_BREAKS = tuple(
    (glue, regex.compile(pattern))
    for glue, pattern in (
        ("\n\n", r"(?<![:：]\s*)\n\s*\n"),
        ("\n", r"(?<![:：\n]\s*)\n(?!\s*\n)"),
        ("\n\n", r"\n\s*\n"),
        ("\n", r"\n"),
        (" ", r"(?<=[.!?…。！？][\"'”’»)\]]*)(?<!\b\p{Lu}\.)\s+(?=[^\p{Ll}])"),
        (" ", r"\s+"),
    )
)


def split(text: str, length: int, measure: Measure, *, numbered: bool = False) -> tuple[str, ...]:
    """The parts of a thread: whole paragraphs where they fit, else lines, sentences, words.

    Numbered parts end in ` 2/5`. A text that fits is one part and has no number. A word that is
    too long is cut between graphemes; a link that is too long is left out, unless all else is too.
    """
    if measure(text) <= length:
        return (text,)
    parts = _numbered(text, length, measure) if numbered else _parts(text, length, measure)
    return parts or (next(iter(URL.findall(text)), text.strip()),)


def _numbered(text: str, length: int, measure: Measure) -> tuple[str, ...]:
    """The parts with their numbers, for which as many digits are kept free as there are."""
    for digits in count(1):
        most = "9" * digits
        parts = _parts(text, length - measure(f"\n{most}/{most}"), measure)
        if len(parts) <= int(most):
            break
    return tuple(f"{part}\n{number}/{len(parts)}" for number, part in enumerate(parts, 1))


def _parts(text: str, length: int, measure: Measure) -> tuple[str, ...]:
    parts: list[str] = []
    for glue, piece in _pieces(text, length, measure):
        longer = f"{parts[-1]}{glue}{piece}" if parts else piece
        if parts and measure(longer) <= length:
            parts[-1] = longer
        else:
            parts.append(piece)
    return tuple(parts)


def _pieces(
    text: str,
    length: int,
    measure: Measure,
    glue: str = "",
    breaks: Sequence[tuple[str, "regex.Pattern[str]"]] = _BREAKS,
) -> Iterator[tuple[str, str]]:
    """What is never cut, each behind what stands before it where it goes on in the same part."""
    if measure(text) <= length:
        yield glue, text
    elif breaks:
        (between, pattern), *finer = breaks
        for piece in filter(None, map(str.strip, pattern.split(text))):
            yield from _pieces(piece, length, measure, glue, finer)
            glue = between
    elif not URL.search(text):
        yield from ((glue, piece) for piece in _cut(text, length, measure))


def _cut(word: str, length: int, measure: Measure) -> Iterator[str]:
    part = ""
    for cluster in regex.findall(r"\X", word):
        if part and measure(part + cluster) > length:
            yield part
            part = ""
        part += cluster
    yield part
