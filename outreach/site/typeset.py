"""Sets a title in lines of a measured width, each character in a font that has it."""

import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from outreach.rules.cut import graphemes

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

_FOLDER = Path(__file__).parent / "fonts"
OWN = (_FOLDER / "Inter-SemiBold.ttf", _FOLDER / "Inter-Medium.ttf")
"""Our fonts have Latin, Greek and Cyrillic; what is measured is in the first."""

_EM = 109
"""The size to measure at, in pixels; the only one that Noto's emoji have."""

_NO_CHARACTER = "\U0010ffff"
_NOT_FIRST = frozenset(
    "、。，．・：；？！ー…」』）】〉》〕｝ぁぃぅぇぉっゃゅょァィゥェォッャュョ々"
)
_NOT_LAST = frozenset("「『（【〈《〔｛")
_EMOJI = frozenset("\ufe0f\u200d\u20e3")

Fonts = tuple[Path, ...]
Run = tuple[str, str]
"""A text and the family of its font."""


class Lines(NamedTuple):
    """A text in lines of runs, and their size in pixels."""

    lines: tuple[tuple[Run, ...], ...]
    size: int


@cache
def system_fonts() -> Fonts:
    """The upright fonts of this machine, those first that are made to stand in for others."""
    home = Path.home()
    folders = {
        "darwin": (Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"),
        "win32": (Path("C:/Windows/Fonts"),),
    }.get(
        sys.platform,
        (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), home / ".local/share/fonts"),
    )
    found = [
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.suffix.lower() in (".ttf", ".otf", ".ttc")
        and not any(word in path.stem.lower() for word in ("italic", "oblique", "mono"))
    ]
    return tuple(sorted(found, key=_preference))


def _preference(path: Path) -> tuple[bool, bool, bool, str]:
    name = path.stem.lower()
    return "noto" not in name, "serif" in name, "bold" not in name, name


def fonts_for(text: str, fonts: Fonts) -> Fonts | None:
    """The fonts that a text is set in, as few as will do; None where none has one of its
    characters."""
    found: Fonts = ()
    for cluster in graphemes(text):
        font = _font(cluster, found) or _font(cluster, fonts)
        if font is None:
            return None
        found = found if font in found else (*found, font)
    return found


def without_lost_ornaments(text: str, fonts: Fonts) -> str:
    """The text without the emoji and signs that no font has: it says the same without them."""
    kept = (it for it in graphemes(text) if not _is_ornament(it) or _font(it, fonts))
    return " ".join("".join(kept).split())


def fit(text: str, *, width: float, sizes: Iterable[tuple[int, int]], fonts: Fonts) -> Lines:
    """The text as large as it fits, in lines of about the same length.

    `sizes` are sizes in pixels and how many lines there may be of each, the largest first; at the
    last the text is cut. `width` is in pixels. Every character is in one of the `fonts`.
    """
    pieces = [(piece, _width(piece, fonts)) for piece in _pieces(text)]
    for size, most in sizes:
        room = width / size
        lines = _wrap(pieces, room)
        if len(lines) <= most and all(wide <= room for _, wide in pieces):
            return Lines(_set(_balanced(pieces, room, len(lines)), fonts), size)
    lines = _wrap([part for piece in pieces for part in _broken(piece, room, fonts)], room)
    if len(lines) > most:
        kept = "".join(graphemes(lines[most - 1])[:-2])
        lines = [*lines[: most - 1], f"{kept.rstrip(' ,;:.–—-')}…"]
    return Lines(_set(lines, fonts), size)


def is_right_to_left(text: str) -> bool:
    """Whether a text begins on the right, by its first letter (Unicode's UAX 9, P2 and P3)."""
    directions = map(unicodedata.bidirectional, text)
    return next((it for it in directions if it in ("L", "R", "AL")), "L") != "L"


def _set(lines: Iterable[str], fonts: Fonts) -> tuple[tuple[Run, ...], ...]:
    """Each line in runs of one font."""
    return tuple(
        tuple((run, _opened(font).getname()[0] or "") for run, font in _runs(line, fonts))
        for line in lines
    )


def _runs(text: str, fonts: Fonts) -> Iterator[tuple[str, Path]]:
    """A text in runs of one font."""
    for font, run in groupby(graphemes(text), key=lambda it: _font(it, fonts)):
        yield "".join(run), font or OWN[0]


def _balanced(pieces: Sequence[tuple[str, float]], width: float, count: int) -> list[str]:
    """As many lines, the longest of them as short as can be."""
    low, high = max((wide for _, wide in pieces), default=0.0), width
    for _ in range(12):
        middle = (low + high) / 2
        if len(_wrap(pieces, middle)) <= count:
            high = middle
        else:
            low = middle
    return _wrap(pieces, high)


def _wrap(pieces: Iterable[tuple[str, float]], width: float) -> list[str]:
    lines, line, used = [], "", 0.0
    for piece, wide in pieces:
        if line and used + wide > width:
            lines.append(line.rstrip())
            line, used = "", 0.0
        line += piece
        used += wide + (_width(" .", OWN) - _width(".", OWN) if piece.endswith(" ") else 0)
    return [*lines, line.rstrip()] if line else lines


def _pieces(text: str) -> Iterator[str]:
    """What stays on one line: words with the space behind them, single ideographs."""
    for word in text.split():
        piece = ""
        for cluster in graphemes(word):
            is_apart = piece and (_is_wide(cluster) or _is_wide(piece[-1]))
            if is_apart and cluster not in _NOT_FIRST and piece[-1] not in _NOT_LAST:
                yield piece
                piece = ""
            piece += cluster
        yield f"{piece} "


def _broken(piece: tuple[str, float], width: float, fonts: Fonts) -> Iterator[tuple[str, float]]:
    """A word that is wider than a line in parts that are not."""
    if piece[1] <= width:
        yield piece
        return
    part = ""
    for cluster in graphemes(piece[0]):
        if part and _width(part + cluster, fonts) > width:
            yield part, _width(part, fonts)
            part = ""
        part += cluster
    yield part, _width(part, fonts)


@lru_cache(maxsize=4096)
def _width(text: str, fonts: Fonts) -> float:
    """How wide a text is, in em, without the space at its end."""
    runs = _runs(text.rstrip(), fonts)
    return sum(_opened(font).getlength(run) for run, font in runs) / _EM


@lru_cache(maxsize=4096)
def _font(cluster: str, fonts: Fonts) -> Path | None:
    """The first font that has all of a grapheme; ours before others, but for emoji."""
    wanted = [character for character in cluster if _is_seen(character)]
    order = sorted(fonts, key=lambda it: "emoji" not in it.stem.lower())
    found = (*order, *OWN[:1]) if _EMOJI & set(cluster) else (*OWN[:1], *fonts)
    return next((font for font in found if all(_has(font, it) for it in wanted)), None)


@lru_cache(maxsize=65536)
def _has(font: Path, character: str) -> bool:
    """Whether a font has a character: what it lacks it shows as the box of what is none."""
    try:
        opened = _opened(font)
        return bytes(opened.getmask(character)) != bytes(opened.getmask(_NO_CHARACTER))
    except OSError:
        return False


@lru_cache(maxsize=256)
def _opened(font: Path) -> "FreeTypeFont":
    from PIL import ImageFont

    return ImageFont.truetype(font, _EM, layout_engine=ImageFont.Layout.BASIC)


def _is_seen(character: str) -> bool:
    """Whether a character has a shape of its own."""
    return unicodedata.category(character) not in ("Cc", "Cf", "Zs", "Mn", "Me")


def _is_ornament(cluster: str) -> bool:
    is_sign = unicodedata.category(cluster[0]) in ("So", "Sk")
    return is_sign or bool(_EMOJI & set(cluster))


def _is_wide(cluster: str) -> bool:
    return unicodedata.east_asian_width(cluster[-1]) in ("W", "F")
