"""Card images: what a network shows of a link to a post that has no image of its own."""

import hashlib
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from importlib.metadata import version
from itertools import islice
from pathlib import Path

from outreach.model.errors import Mistake, Mistakes
from outreach.site import drawing, theme, typeset
from outreach.site.drawing import Drawing
from outreach.site.files import File
from outreach.site.locales import day
from outreach.site.typeset import Fonts, Run
from outreach.site.views import Entry, Site

log = logging.getLogger("outreach")

WIDTH, HEIGHT = 1200, 630
"""Pixels, as Open Graph's readers want them."""

ROOM = WIDTH - 2 * 80
SIZES = ((104, 2), (88, 3), (72, 4), (58, 5), (48, 6))
"""The sizes that a title is tried in, and how many lines there is room for."""

LONGEST = 300
"""So many characters of a title are looked at; there is room for about 200."""

AT_ONCE = 20
"""So many cards are drawn by one child."""

TEMPLATE = "card.svg"


class Cards:
    """The cards of one site, kept in a folder under what they show, so that each is drawn once.

    `fonts` are those to look in for what our own lack.
    """

    def __init__(
        self, folder: Path, site: Site, fonts: Callable[[], Fonts] = typeset.system_fonts
    ) -> None:
        self.folder = folder
        self._site = site
        self._fonts = fonts
        self._hopeless: set[str] = set()
        self._files: dict[str, File] = {}
        self._listed: tuple[int, frozenset[str]] = (0, frozenset())

    def look(self, entries: Iterable[Entry]) -> tuple[dict[str, str], list[Entry]]:
        """The file in `folder` of each entry whose card is there, by its slug, and the entries
        whose card is not there yet."""
        made: dict[str, str] = {}
        missing: list[Entry] = []
        there, skin = self._there(), self._skin()
        for entry in entries if self._site.cards else ():
            if _needs_card(entry):
                name = f"{entry.face}-{skin}.png"
                if name in there:
                    made[entry.slug] = name
                elif name not in self._hopeless:
                    missing.append(entry)
        return made, missing

    def make(self, entries: Iterable[Entry]) -> None:
        """Draw the cards of these that are missing, in processes of their own: 0.1 s each.

        There is none where no font of this machine has the characters of a title: no card is
        better than one of boxes. Raises Mistakes where a theme's card.svg cannot be drawn.
        """
        theme.look(self._site.theme)
        todo = iter(self.look(entries)[1])
        while some := list(islice(todo, AT_ONCE)):
            self._draw(some)

    def files(self, names: Iterable[str]) -> Iterator[File]:
        """Where the site shows the cards of these names."""
        for name in names:
            found = self._files.get(name)
            if found is None:
                found = File(path=f"media/{name}", key=name, write=partial(self._read, name))
                self._files[name] = found
            yield found

    def forget(self, entries: Iterable[Entry]) -> None:
        """Delete the cards that none of these entries has."""
        skin = self._skin()
        for name in self._there() - {f"{entry.face}-{skin}.png" for entry in entries}:
            (self.folder / name).unlink(missing_ok=True)

    def _draw(self, entries: Iterable[Entry]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        skin, drawings = self._skin(), []
        for entry in entries:
            path = self.folder / f"{entry.face}-{skin}.png"
            filled = fill(entry, self._site, self._fonts())
            if filled is None:
                self._hopeless.add(path.name)
            else:
                drawings.append(_drawing(*filled, self._site, path))
        failed = drawing.draw(drawings)
        self._listed = (0, frozenset())
        self._hopeless.update(Path(path).name for path in failed)
        for drawn, what in failed.items():
            if self._site.theme and Path(self._site.theme, TEMPLATE).is_file():
                raise Mistakes((_mistake(self._site.theme, what),))
            log.warning("the card %s cannot be drawn: %s", drawn, what)

    def _read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def _there(self) -> frozenset[str]:
        """The names in the folder, listed anew where it has changed."""
        try:
            stamp = self.folder.stat().st_mtime_ns
        except FileNotFoundError:
            return frozenset()
        if stamp != self._listed[0]:
            self._listed = (stamp, frozenset(os.listdir(self.folder)))  # noqa: PTH208
        return self._listed[1]

    def _skin(self) -> str:
        """A hash of all that a card depends on but its entry."""
        own = Path(self._site.theme, TEMPLATE)
        template = own if self._site.theme and own.is_file() else theme.TEMPLATES / TEMPLATE
        parts = (self._site.title, template.read_bytes(), _pen())
        return hashlib.sha256(repr(parts).encode("utf-8", "replace")).hexdigest()[:8]


def fill(entry: Entry, site: Site, fonts: Fonts) -> tuple[str, Fonts] | None:
    """The template filled in, and the fonts that it needs; None where they lack a character."""
    names = ", ".join(name for name, _ in entry.authors if name != site.title)
    texts = (entry.title[:LONGEST], site.title, names, day(entry.published, entry.language))
    title, name, names, date = (typeset.without_lost_ornaments(it, fonts) for it in texts)
    used = typeset.fonts_for(f"{title}…{name}{names}{date}", fonts)
    if used is None or not title:
        return None

    def line(text: str, size: int, part: float = 1) -> tuple[Run, ...]:
        fitted = typeset.fit(text, width=ROOM * part, sizes=((size, 1),), fonts=used)
        return fitted.lines[0] if text else ()

    lines, size = typeset.fit(title, width=ROOM, sizes=SIZES, fonts=used)
    svg = theme.page(
        TEMPLATE,
        site,
        entry=entry,
        lines=lines,
        size=size,
        name=line(name, 36, 0.75),
        authors=line(names, 32, 0.7),
        date=line(date, 32, 0.3),
        from_right=typeset.is_right_to_left(title),
    )
    return svg, used


def _drawing(svg: str, fonts: Fonts, site: Site, path: Path) -> Drawing:
    files = tuple(sorted({str(font) for font in (*typeset.OWN, *fonts)}))
    return Drawing(svg=svg, fonts=files, folder=site.theme, width=WIDTH, path=str(path))


def _needs_card(entry: Entry) -> bool:
    return not (entry.card or entry.is_page or entry.withdrawn)


def _mistake(theme: str, what: str) -> Mistake:
    path = f"{Path(theme).name}/{TEMPLATE}"
    expected = f"an SVG of {WIDTH} × {HEIGHT} pixels"
    return Mistake(path=path, line=0, what=f"it cannot be drawn: {what}", expected=expected)


@cache
def _pen() -> str:
    """A hash of what draws: our code, our fonts, resvg."""
    digest = hashlib.sha256(version("resvg-py").encode())
    code = (__file__, drawing.__file__, typeset.__file__)
    for path in (*map(Path, code), *typeset.OWN):
        digest.update(path.read_bytes())
    return digest.hexdigest()
