"""Opens a picture that may be hostile, turns it upright, scales it, and writes it anew."""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING

from outreach.model.errors import Mistake, Mistakes
from outreach.model.post import Media

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

JPEG, PNG, WEBP = "image/jpeg", "image/png", "image/webp"
_ENCODERS = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP"}
# What we read. Others that Pillow knows run programs (EPS) or are no pictures of the web.
_READ = ("JPEG", "MPO", "PNG", "GIF", "WEBP", "AVIF", "BMP", "TIFF")
_STILL = ("JPEG", "MPO", "PNG", "WEBP", "AVIF")
# What Pillow and its decoders raise on files that are damaged.
_BROKEN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
ORIENTATION = 0x0112
"""The tag of EXIF that says how a picture is held."""


@contextmanager
def reading(media: Media) -> Iterator[None]:
    """Whatever is wrong with the file is a mistake of its author's."""
    from PIL import Image

    try:
        yield
    except Image.DecompressionBombError as error:
        most = f"at most {Image.MAX_IMAGE_PIXELS:,} pixels"
        raise mistake(media, "this image is too large to be opened safely", most) from error
    except _BROKEN as error:
        what = "this file is no image that can be read, or is broken"
        raise mistake(media, what, "a JPEG, PNG, GIF or WebP; save it again as one") from error


def mistake(media: Media, what: str, expected: str) -> Mistakes:
    """What to say of an image that cannot be used."""
    return Mistakes((Mistake(path=media.path, line=0, what=what, expected=expected),))


def measured(data: bytes) -> tuple[tuple[int, int], bool]:
    """How large a picture is as it is looked at, and whether it is one that stands still."""
    image = _open(data)
    width, height = image.size
    is_turned = image.getexif().get(ORIENTATION, 1) in (5, 6, 7, 8)
    is_still = image.format in _STILL and not getattr(image, "is_animated", False)
    return (height, width) if is_turned else (width, height), is_still


def opened(data: bytes, side: int = 0) -> "ImageFile":
    """The image, decoded; a JPEG not finer than it takes for both sides to be `side` pixels."""
    image = _open(data)
    if side:
        image.draft(None, (side, side))
    image.load()
    return image


def _open(data: bytes) -> "ImageFile":
    from PIL import Image

    Image.init()
    known = [each for each in _READ if each in Image.OPEN]
    image = Image.open(BytesIO(data), formats=known)
    if image.width * image.height > (Image.MAX_IMAGE_PIXELS or 0):
        raise Image.DecompressionBombError
    return image


def profile(image: "Image") -> bytes | None:
    """What its colours mean; a printer's are not kept, and neither is what says so."""
    found = image.info.get("icc_profile") if image.mode in ("RGB", "RGBA", "P") else None
    return found if isinstance(found, bytes) else None


def upright(image: "Image") -> "Image":
    """The first frame as it is looked at, in one of three modes: L, RGB or RGBA."""
    picture = turned(image)
    if picture.has_transparency_data:
        return picture.convert("RGBA")
    if picture.mode.startswith("I"):  # 16 bits of grey
        return picture.convert("I").point(lambda value: value / 256).convert("L")
    return picture.convert("L" if picture.mode in ("1", "L") else "RGB")


def turned(image: "Image") -> "Image":
    """As EXIF says. What else is in there may be damaged, and is not looked at."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    turn = turns.get(image.getexif().get(ORIENTATION, 1))
    return image if turn is None else image.transpose(turn)


def scaled(picture: "Image", side: float) -> "Image":
    """The picture with its longer side of `side` pixels, never larger than it is."""
    from PIL.Image import Resampling

    longer = max(picture.size)
    if side >= longer:
        return picture
    width, height = (max(1, round(each * side / longer)) for each in picture.size)
    return picture.resize((width, height), Resampling.LANCZOS, reducing_gap=3.0)


def encoded(picture: "Image", content_type: str, profile: bytes | None, quality: int = 0) -> bytes:
    """The file, of the same bytes whenever it is made from the same picture."""
    from PIL import Image

    if content_type == JPEG and picture.mode == "RGBA":
        white = Image.new("RGB", picture.size, "white")
        white.paste(picture, mask=picture.getchannel("A"))
        picture = white
    options: dict[str, object] = {"quality": quality} if quality else {}
    if content_type == JPEG:
        options |= {"optimize": True, "progressive": True}
    picture.info = {}
    file = BytesIO()
    picture.save(file, _ENCODERS[content_type], icc_profile=profile, **options)
    return file.getvalue()
