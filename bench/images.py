"""An image is fitted to a network once: the next note that carries it costs almost nothing."""

import hashlib
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from outreach.model.note import Limits
from outreach.model.post import Media
from outreach.site.images import fit

SIDE = 1600
AGAIN = 20


def run() -> dict[str, object]:
    """The times of an image that fits as it is, and of one seen before, as parts of encoding."""
    with TemporaryDirectory() as folder:
        kept = Path(folder)
        media = _photo(kept)
        encoding = _timed(media, Limits(length=0, measure=len, image_side=SIDE // 2), kept)
        again = sum(
            _timed(media, Limits(length=0, measure=len, image_side=SIDE // 2), kept)
            for _ in range(AGAIN)
        )
        as_it_is = _timed(media, Limits(length=0, measure=len), kept)
    return {
        "bench": "images",
        "pixels": SIDE * SIDE,
        "again_of_encoding": round(again / AGAIN / encoding, 4),
        "as_it_is_of_encoding": round(as_it_is / encoding, 3),
    }


def _photo(kept: Path) -> Media:
    noise = b"".join(hashlib.sha256(bytes([n % 256, n // 256])).digest() for n in range(938))
    small = Image.frombytes("RGB", (100, 100), noise[:30_000])
    path = kept / "photo"
    small.resize((SIDE, SIDE)).save(path, "JPEG", quality=95)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    path.rename(kept / digest)
    return Media(path="photo.jpg", sha256=digest)


def _timed(media: Media, limits: Limits, kept: Path) -> float:
    start = time.perf_counter()
    fit(media, limits, kept)
    return time.perf_counter() - start
