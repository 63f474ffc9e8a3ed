"""Images in the sizes that a reader's screen needs: WebP, made once, kept by the image's hash.

A page is right without them, and has them from the first build on that finds them made.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

from outreach.model.errors import Mistake, Mistakes
from outreach.site.files import File
from outreach.site.views import Entry, Site

WIDTHS = (480, 960, 1600)
"""Pixels: a telephone, a column of text, and that on a screen of double density."""

SIZES = "(min-width: 60rem) 54rem, 100vw"
"""How wide the theme shows an image."""

QUALITY = 80
PIXELS = 50_000_000
"""Larger ones than this have no other sizes: each takes four bytes of memory."""

_TALLEST = 16_383  # pixels, of WebP
_RECIPE = f"1 {WIDTHS} {QUALITY}"
_SVG = re.compile(rb"<svg\b[^>]{0,4000}>")
_LENGTH = r'\s{}\s*=\s*["\']\s*(\d+(?:\.\d+)?)(?:px)?\s*["\']'
_VIEW_BOX = re.compile(
    r"\sviewBox\s*=\s*[\"']\s*-?[\d.]+[\s,]+-?[\d.]+[\s,]+(\d+(?:\.\d+)?)[\s,]+(\d+(?:\.\d+)?)\s*[\"']"
)


class Picture(NamedTuple):
    """An image that the site shows at `place`: its size in pixels as it is looked at, 0 where it is
    unknown, and the widths that it has in WebP too."""

    place: str
    width: int
    height: int
    widths: tuple[int, ...]

    def at(self, width: int) -> str:
        """Where it is in one of its widths."""
        return f"{self.place.rpartition('.')[0]}-{width}.webp"


def tag(words: Mapping[str, str], picture: Picture | None, base: str, *, is_first: bool) -> str:
    """The `<img>` of a page, from the attributes that its text gives it."""
    found = dict(words) | {"decoding": "async"}
    if is_first:
        found.pop("loading", None)
    if picture and picture.width and not {"width", "height"} & words.keys():
        found |= {"width": str(picture.width), "height": str(picture.height)}
    if picture and picture.widths:
        ways = [f"{base}/{picture.at(width)} {width}w" for width in picture.widths]
        if picture.widths[-1] < min(picture.width, WIDTHS[-1]):
            ways.append(f"{found['src']} {picture.width}w")
        found |= {"srcset": ", ".join(ways), "sizes": SIZES}
    return "".join(("<img", *(f' {name}="{value}"' for name, value in found.items()), ">"))


class Pictures:
    """What is known of the images of a site, and their other sizes, in a folder of our own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index = folder / "index.json"
        self._known: dict[str, Picture] | None = None
        self._settled: dict[str, tuple[Entry, Entry]] = {}
        self._files: dict[str, tuple[Picture, tuple[File, ...]]] = {}

    def of(self, place: str) -> Picture | None:
        """What is known of the image at a place of the site; None before it was looked at."""
        return self._all().get(place)

    def missing(self, images: Mapping[str, Path]) -> dict[str, Path]:
        """Those that nobody has looked at, by their place, of images by their place."""
        known = self._all() if images else {}
        return {place: file for place, file in images.items() if place not in known}

    def make(self, images: Mapping[str, Path]) -> None:
        """Look at these, and make their other sizes, two at a time. May be called in a thread."""
        if not images:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(max_workers=2) as threads:
            for picture in threads.map(self._made, images, images.values()):
                if picture:
                    self._all()[picture.place] = picture
        self._save()

    def settle(self, entries: Iterable[Entry], site: Site) -> list[Entry]:
        """The entries with `pictures` filled in, and a digest that knows them."""
        return [self._pictured(it, site) if it.images or it.card else it for it in entries]

    def _pictured(self, entry: Entry, site: Site) -> Entry:
        places = dict.fromkeys(place for _, place in entry.images)
        if entry.card.startswith(f"{site.url}/"):
            places[entry.card.removeprefix(f"{site.url}/")] = None
        found = tuple(picture for place in places if (picture := self.of(place)))
        if not found:
            return entry
        before, after = self._settled.get(entry.slug, (None, entry))
        if before is not entry or after.pictures != found:
            after = entry.pictured(found)
            self._settled[entry.slug] = entry, after
        return after

    def files(self, places: Iterable[str]) -> Iterator[File]:
        """The other sizes of these as files of the site."""
        known = self._all()
        for place in places:
            if (picture := known.get(place)) and picture.widths:
                before, files = self._files.get(place, (None, ()))
                if before is not picture:
                    files = tuple(self._file(picture, width) for width in picture.widths)
                    self._files[place] = picture, files
                yield from files

    def _file(self, picture: Picture, width: int) -> File:
        path = picture.at(width)
        return File(path=path, key=f"{path} {_RECIPE}", write=partial(self._read, picture, width))

    def faults(self, images: Mapping[str, str]) -> Iterator[Mistake]:
        """What is wrong with images, by their place and their path in the leader's folder."""
        for place, path in images.items():
            picture = self.of(place)
            if picture and not picture.width and not place.endswith(".svg"):
                what = "this image cannot be read, or is too large; it is shown as it is"
                yield Mistake(path=path, line=0, what=what, expected="a JPEG, PNG, GIF or WebP")

    def _all(self) -> dict[str, Picture]:
        if self._known is None:
            try:
                rows = json.loads(self._index.read_bytes())[_RECIPE]
                self._known = {place: _picture(place, *row) for place, row in rows.items()}
            except (OSError, ValueError, LookupError, TypeError, AttributeError):
                self._known = {}
        return self._known

    def _save(self) -> None:
        rows = {place: picture[1:] for place, picture in self._all().copy().items()}
        _write(self._index, json.dumps({_RECIPE: rows}).encode())

    def _read(self, picture: Picture, width: int) -> bytes:
        """One of the sizes. Raises OSError where it is gone; it is then made anew."""
        try:
            return (self._folder / Path(picture.at(width)).name).read_bytes()
        except OSError:
            self._all().pop(picture.place, None)
            self._save()
            raise

    def _made(self, place: str, file: Path) -> Picture | None:
        """None for a file that went away."""
        try:
            data = file.read_bytes()
        except OSError:
            return None
        if place.endswith(".svg"):
            return Picture(place, *_svg_size(data), ())
        try:
            return self._resized(place, data)
        except Mistakes:
            return Picture(place, 0, 0, ())

    def _resized(self, place: str, data: bytes) -> Picture:
        from outreach.model.post import Media
        from outreach.site import raster

        with raster.reading(Media(path=place)):
            size, can_be_resized = raster.measured(data)
            found = Picture(place, *size, ())
            widths = list(_widths(*size)) if can_be_resized else []
            if not widths:
                return found
            image = raster.opened(data, side=WIDTHS[-1])
            picture, profile = raster.upright(image), raster.profile(image)
            made = []
            for width in widths:
                side = max(picture.size) * width / picture.width
                scaled = raster.scaled(picture, side)
                small = raster.encoded(scaled, raster.WEBP, profile, QUALITY)
                if len(small) < len(data):
                    _write(self._folder / Path(found.at(width)).name, small)
                    made.append(width)
        return found._replace(widths=tuple(made))


def _picture(place: str, width: int, height: int, widths: list[int]) -> Picture:
    return Picture(place, width, height, tuple(widths))


def _widths(width: int, height: int) -> Iterator[int]:
    """The widths that a picture is made in, none wider than it is or too tall."""
    for wide in dict.fromkeys(min(each, width) for each in WIDTHS):
        if wide * height <= _TALLEST * width and width * height <= PIXELS:
            yield wide


def _svg_size(data: bytes) -> tuple[int, int]:
    """The size that a drawing says it has; 0 where it says none."""
    found = _SVG.search(data[:16_384])
    words = found[0].decode("utf-8", "replace") if found else ""
    width, height = (re.search(_LENGTH.format(name), words) for name in ("width", "height"))
    if width and height:
        return round(float(width[1])), round(float(height[1]))
    box = _VIEW_BOX.search(words)
    return (round(float(box[1])), round(float(box[2]))) if box else (0, 0)


def _write(path: Path, data: bytes) -> None:
    """All of it or nothing."""
    new = path.with_name(f".{path.name}.new")
    new.write_bytes(data)
    new.replace(path)
