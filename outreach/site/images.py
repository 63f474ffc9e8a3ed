"""Images as a network takes them: its types, its sizes, upright, and nothing of where they were."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from math import sqrt
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from outreach.model.note import Limits
from outreach.model.post import Media
from outreach.site import raster
from outreach.site.raster import JPEG, PNG, WEBP

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

_QUALITIES = (90, 80, 70, 60, 50)
_GAIN = 3  # how much smaller the coarsest quality is than the finest, about
_DENSITY = 8  # pixels of a photo in a byte, at the coarsest quality; more of them are never tried
_LONGEST = 16_383  # pixels of the longer side, which WebP cannot exceed
_SMALLEST = 64  # pixels of the longer side; a picture is no use below it
_GPS = 0x8825  # a tag of EXIF
_IPTC = 0x0404  # a resource of Photoshop's; among its fields are city and country
_PLACES = (b"GPS", b"Location", b"City")  # as XMP names them


def fit(media: Media, limits: Limits, kept: Path) -> Media:
    """The image as this network takes it, in `kept` by its hash, with the same alt text.

    It stays as it is where it already fits, stands upright and tells no place. Otherwise it is
    turned, scaled down, and encoded again without metadata: a lossless one as PNG if that fits,
    else as JPEG or WebP, coarser until it fits. What moves is kept whole or becomes its first
    frame. An image that is not ours has no hash and is left alone. Raises Mistakes where the file
    is no image that can be read, or is too large to be safe.
    """
    if not media.sha256:
        return media
    note = kept / f"{media.sha256}.{_name(limits)}"
    known = _read_back(media, note, kept)
    if known:
        return known
    data = (kept / media.sha256).read_bytes()
    fitted, content_type = _fitted(media, data, limits)
    digest = hashlib.sha256(fitted).hexdigest()
    _write(kept / digest, fitted)
    _write(note, f"{digest} {content_type}".encode())
    return replace(media, sha256=digest, content_type=content_type)


def _name(limits: Limits) -> str:
    """A short name for the limits of an image."""
    bounds = (limits.image_bytes, limits.image_side, *limits.image_types)
    return hashlib.sha256(repr(bounds).encode()).hexdigest()[:16]


def _read_back(media: Media, note: Path, kept: Path) -> Media | None:
    """What an earlier call came to, if that is still there."""
    with suppress(FileNotFoundError):
        digest, content_type = note.read_text().split()
        if (kept / digest).exists():
            return replace(media, sha256=digest, content_type=content_type)
    return None


def _fitted(media: Media, data: bytes, limits: Limits) -> tuple[bytes, str]:
    with raster.reading(media):
        image = raster.opened(data)
        source = image.get_format_mimetype() or ""
        if _is_within(image, len(data), limits) and not _tells_more_than_a_picture(image):
            return data, source
        picture, profile = raster.upright(image), raster.profile(image)
    for encoded, content_type in _encodings(picture, source, profile, limits):
        if not limits.image_bytes or len(encoded) <= limits.image_bytes:
            return encoded, content_type
    types = ", ".join(limits.image_types)
    bounds = (
        f"of {limits.image_bytes:,} bytes at most" if limits.image_bytes else "that is a picture"
    )
    raise raster.mistake(media, "this image cannot be made to fit the network", f"{types} {bounds}")


def _is_within(image: "ImageFile", size: int, limits: Limits) -> bool:
    return (
        image.get_format_mimetype() in limits.image_types
        and size <= (limits.image_bytes or size)
        and max(image.size) <= (limits.image_side or max(image.size))
    )


def _tells_more_than_a_picture(image: "ImageFile") -> bool:
    """Whether its metadata turn it, or may say where it was taken."""
    exif = image.getexif()
    if (
        exif.get(raster.ORIENTATION, 1) != 1
        or _GPS in exif
        or _IPTC in image.info.get("photoshop", {})
    ):
        return True
    xmp = image.info.get("xmp", image.info.get("XML:com.adobe.xmp", b""))
    words = xmp if isinstance(xmp, bytes) else str(xmp).encode()
    return any(place in words for place in _PLACES)


def _encodings(
    picture: "Image", source: str, profile: bytes | None, limits: Limits
) -> Iterator[tuple[bytes, str]]:
    """The picture without metadata, from the best to the smallest that the network takes.

    Each is asked for only where the one before was too large. Where no quality can make up for
    that, the next is smaller by as much as the last was too large.
    """
    lossy = _lossy(source, picture, limits.image_types)
    lossless = PNG if source not in (JPEG, WEBP, "image/mpo") or not lossy else ""
    ways = [(PNG, 0)] if lossless in limits.image_types else []
    ways += [(lossy, quality) for quality in _QUALITIES if lossy]
    side = _first_side(picture, limits)
    smallest = min(side, _SMALLEST)
    while ways:
        scaled = raster.scaled(picture, side)
        excess = 0.0
        for content_type, quality in ways:
            encoded = raster.encoded(scaled, content_type, profile, quality)
            yield encoded, content_type
            if quality in (0, _QUALITIES[0]):
                excess = len(encoded) / limits.image_bytes
            if quality and excess > _GAIN:
                break
        if side == smallest:
            break
        side = max(smallest, min(side * 3 // 4, int(side * sqrt(_GAIN / 2 / excess))))
        ways = [way for way in ways if way[0] == lossy] or ways


def _first_side(picture: "Image", limits: Limits) -> int:
    """The longer side at most: the network's, and no more pixels than its bytes could hold."""
    longer = max(picture.size)
    side = min(longer, limits.image_side or longer, _LONGEST)
    if not limits.image_bytes:
        return side
    pixels = picture.width * picture.height
    held = int(longer * sqrt(limits.image_bytes * _DENSITY / pixels))
    return min(side, max(held, _SMALLEST))


def _lossy(source: str, picture: "Image", types: tuple[str, ...]) -> str:
    """What a photo becomes: its own type, one that keeps what is transparent, or the first."""
    possible = [each for each in types if each in (JPEG, WEBP)]
    wanted = WEBP if picture.mode == "RGBA" else source
    return wanted if wanted in possible else next(iter(possible), "")


def _write(path: Path, data: bytes) -> None:
    """All of it or nothing, also where two write the same at once."""
    if not path.exists():
        with NamedTemporaryFile(dir=path.parent, suffix=".new", delete=False) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(path)
