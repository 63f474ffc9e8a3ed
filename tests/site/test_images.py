"""Images as a network takes them. Every picture is made here."""

import hashlib
import struct
import zlib
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageOps

from outreach.model.errors import Mistakes
from outreach.model.note import Limits
from outreach.model.post import Media
from outreach.site.images import fit
from outreach.site.raster import JPEG, PNG, WEBP

GIF = "image/gif"
BLUESKY = 2_000_000


def limits(**bounds: Any) -> Limits:
    return Limits(length=300, measure=len, **bounds)


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """A picture that no format can make small."""
    depth = len(Image.new(mode, (1, 1)).getbands())
    return Image.frombytes(mode, (width, height), Random(1).randbytes(width * height * depth))


def half_red(width: int = 80, height: int = 40) -> Image.Image:
    """White, with a red left half."""
    picture = Image.new("RGB", (width, height), "white")
    ImageDraw.Draw(picture).rectangle((0, 0, width // 2 - 1, height), fill="red")
    return picture


def saved(picture: Image.Image, format: str, **options: Any) -> bytes:
    file = BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def keep(kept: Path, data: bytes, path: str = "a.jpg", alt: str | None = "A view") -> Media:
    digest = hashlib.sha256(data).hexdigest()
    (kept / digest).write_bytes(data)
    return Media(path=path, alt=alt, sha256=digest, content_type="image/whatever")


def opened(media: Media, kept: Path) -> Image.Image:
    data = (kept / media.sha256).read_bytes()
    assert hashlib.sha256(data).hexdigest() == media.sha256
    picture = Image.open(BytesIO(data))
    picture.load()
    assert picture.get_format_mimetype() == media.content_type
    return picture


def near(pixel: Any, colour: tuple[int, ...]) -> bool:
    return all(abs(one - other) <= 8 for one, other in zip(pixel, colour, strict=True))


@pytest.mark.parametrize(
    ("format", "content_type"), [("JPEG", JPEG), ("PNG", PNG), ("GIF", GIF), ("WEBP", WEBP)]
)
def test_what_fits_stays_as_it_is_and_is_named_by_what_it_is(
    tmp_path: Path, format: str, content_type: str
) -> None:
    media = keep(tmp_path, saved(half_red(), format), path="wrong.tiff")
    bounds = limits(image_side=80, image_bytes=10_000, image_types=(JPEG, PNG, GIF, WEBP))
    fitted = fit(media, bounds, tmp_path)
    assert (fitted.sha256, fitted.content_type) == (media.sha256, content_type)
    assert (fitted.path, fitted.alt) == ("wrong.tiff", "A view")


def test_a_photo_is_turned_and_tells_no_place(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees to the right
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x010F] = "Camera"
    media = keep(tmp_path, saved(half_red(), "JPEG", exif=exif, quality=95))
    assert b"Exif" in (tmp_path / media.sha256).read_bytes()
    picture = opened(fitted := fit(media, limits(), tmp_path), tmp_path)
    assert fitted.alt == "A view"
    assert picture.size == (40, 80)
    assert near(picture.getpixel((20, 5)), (255, 0, 0))
    assert near(picture.getpixel((20, 75)), (255, 255, 255))
    assert not dict(picture.getexif())
    assert b"Camera" not in (tmp_path / fitted.sha256).read_bytes()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_as_it_says(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = half_red().convert("RGB")
    picture.paste("blue", (0, 0, 40, 20))
    data = saved(picture, "PNG", exif=exif)
    fitted = opened(fit(keep(tmp_path, data), limits(image_side=40), tmp_path), tmp_path)
    expected = ImageOps.exif_transpose(Image.open(BytesIO(data)))
    assert fitted.size == tuple(each // 2 for each in expected.size)
    for x, y in ((0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)):
        there = [(int(x * each.width), int(y * each.height)) for each in (fitted, expected)]
        assert near(fitted.getpixel(there[0]), expected.getpixel(there[1]))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [2, 11, 0])
def test_a_photo_with_damaged_metadata_is_turned(tmp_path: Path, kind: int) -> None:
    """`kind` is the type of a value; Pillow cannot write these back."""
    maker = struct.pack(">HHLL", 0x010F, kind, 7, 62)
    turned = struct.pack(">HHLHH", 0x0112, 3, 1, 6, 0)
    sharp = struct.pack(">HHLL", 0x011A, 2 if kind == 2 else 5, 9, 70)
    exif = b"Exif\0\0MM\0*\0\0\0\x08" + struct.pack(">H", 3) + maker + turned + sharp + bytes(60)
    picture = opened(
        fit(keep(tmp_path, saved(half_red(), "JPEG", exif=exif)), limits(), tmp_path), tmp_path
    )
    assert picture.size == (40, 80)


@pytest.mark.parametrize("tag", [0x0112, 0x8825])
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_either_of_both_is_reason_enough(tmp_path: Path, format: str, tag: int) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    if tag == 0x0112:
        exif[tag] = 3
    else:
        exif.get_ifd(tag)[1] = "N"
    media = keep(tmp_path, saved(half_red(), format, exif=exif))
    fitted = fit(media, limits(image_types=(JPEG, PNG, WEBP)), tmp_path)
    assert fitted.sha256 != media.sha256
    assert not dict(opened(fitted, tmp_path).getexif())


@pytest.mark.parametrize(
    ("xmp", "goes"),
    [(b"<exif:GPSLatitude/>", True), (b"<photoshop:City/>", True), (b"<x/>", False)],
)
def test_a_place_in_xmp_goes(tmp_path: Path, xmp: bytes, goes: bool) -> None:
    media = keep(tmp_path, saved(half_red(), "JPEG", xmp=xmp))
    fitted = fit(media, limits(), tmp_path)
    assert (xmp not in (tmp_path / fitted.sha256).read_bytes()) is goes


def test_a_place_in_iptc_goes(tmp_path: Path) -> None:
    iptc = b"\x1c\x02\x5a\x00\x05Paris"
    block = b"8BIM\x04\x04\x00\x00" + struct.pack(">L", len(iptc)) + iptc
    segment = b"Photoshop 3.0\x00" + block
    data = saved(half_red(), "JPEG")
    data = data[:2] + b"\xff\xed" + struct.pack(">H", len(segment) + 2) + segment + data[2:]
    fitted = fit(keep(tmp_path, data), limits(), tmp_path)
    assert b"Paris" not in (tmp_path / fitted.sha256).read_bytes()


def test_the_colours_profile_stays(tmp_path: Path) -> None:
    from PIL.ImageCms import ImageCmsProfile, createProfile

    profile = ImageCmsProfile(createProfile("sRGB")).tobytes()
    media = keep(tmp_path, saved(half_red(), "JPEG", icc_profile=profile))
    fitted = fit(media, limits(image_side=20), tmp_path)
    assert opened(fitted, tmp_path).info["icc_profile"] == profile


def test_the_profile_of_printers_colours_goes_with_them(tmp_path: Path) -> None:
    media = keep(tmp_path, saved(half_red().convert("CMYK"), "JPEG", icc_profile=b"CMYK"))
    fitted = fit(media, limits(image_side=20), tmp_path)
    assert "icc_profile" not in opened(fitted, tmp_path).info


def test_nothing_but_the_picture_is_encoded_again(tmp_path: Path) -> None:
    media = keep(tmp_path, saved(half_red(), "JPEG", comment=b"At home", xmp=b"<x/>"))
    fitted = fit(media, limits(image_side=20), tmp_path)
    assert not {"comment", "xmp", "exif"} & set(opened(fitted, tmp_path).info)


@pytest.mark.parametrize(
    ("format", "types", "content_type"),
    [
        ("JPEG", (PNG, JPEG), JPEG),
        ("WEBP", (PNG, JPEG, WEBP), WEBP),
        ("WEBP", (PNG, JPEG), JPEG),
        ("JPEG", (PNG,), PNG),
        ("GIF", (JPEG, PNG), PNG),
        ("BMP", (JPEG, PNG), PNG),
        ("AVIF", (JPEG,), JPEG),
    ],
)
def test_which_type_it_becomes(
    tmp_path: Path, format: str, types: tuple[str, ...], content_type: str
) -> None:
    media = keep(tmp_path, saved(half_red(), format))
    fitted = fit(media, limits(image_side=20, image_types=types), tmp_path)
    assert opened(fitted, tmp_path).size == (20, 10)
    assert fitted.content_type == content_type


def test_it_is_as_fine_as_it_can_be(tmp_path: Path) -> None:
    picture = noise(400, 200)
    fine, coarse = (len(saved(picture, "JPEG", quality=quality)) for quality in (95, 65))
    media = keep(tmp_path, saved(picture, "BMP"))
    sizes = []
    for most in (fine, coarse):
        fitted = fit(media, limits(image_bytes=most, image_types=(JPEG,)), tmp_path)
        assert opened(fitted, tmp_path).size == (400, 200)
        sizes.append((tmp_path / fitted.sha256).stat().st_size)
    assert sizes[0] > coarse > sizes[1]


def test_a_large_one_is_scaled_down(tmp_path: Path) -> None:
    media = keep(tmp_path, saved(half_red(800, 400), "JPEG"))
    picture = opened(fit(media, limits(image_side=200), tmp_path), tmp_path)
    assert picture.size == (200, 100)
    assert near(picture.getpixel((20, 50)), (255, 0, 0))


def test_png_stays_png_where_it_then_fits(tmp_path: Path) -> None:
    media = keep(tmp_path, saved(half_red(800, 400), "PNG"))
    bounds = limits(image_side=200, image_bytes=10_000, image_types=(JPEG, PNG))
    assert fit(media, bounds, tmp_path).content_type == PNG


def test_a_huge_png_becomes_a_jpeg_of_what_bluesky_takes(tmp_path: Path) -> None:
    media = keep(tmp_path, saved(noise(1200, 1200), "PNG", compress_level=1))
    assert (tmp_path / media.sha256).stat().st_size > 2 * BLUESKY
    fitted = fit(media, limits(image_bytes=BLUESKY), tmp_path)
    assert fitted.content_type == JPEG
    assert (tmp_path / fitted.sha256).stat().st_size <= BLUESKY
    assert opened(fitted, tmp_path).size == (1200, 1200)


def test_what_no_quality_makes_fit_is_made_smaller(tmp_path: Path) -> None:
    media = keep(tmp_path, saved(noise(400, 200), "JPEG"))
    fitted = fit(media, limits(image_bytes=10_000), tmp_path)
    assert (tmp_path / fitted.sha256).stat().st_size <= 10_000
    width, height = opened(fitted, tmp_path).size
    assert 100 < width < 400
    assert abs(width - 2 * height) <= 1


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
@pytest.mark.parametrize("most", [20_000, 150_000])
def test_far_too_large_a_picture_is_encoded_few_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: str, most: int
) -> None:
    media = keep(tmp_path, saved(noise(1500, 1000), format))
    encoded: list[tuple[int, int]] = []
    save = Image.Image.save

    def counted(picture: Image.Image, *arguments: Any, **options: Any) -> None:
        encoded.append(picture.size)
        save(picture, *arguments, **options)

    monkeypatch.setattr(Image.Image, "save", counted)
    fitted = fit(media, limits(image_bytes=most), tmp_path)
    assert most / 3 < (tmp_path / fitted.sha256).stat().st_size <= most
    assert len(encoded) <= 5
    assert encoded[0][0] * encoded[0][1] <= most * 8


@pytest.mark.parametrize("content_type", [JPEG, PNG, WEBP])
def test_a_very_long_picture_is_one_that_each_type_can_hold(
    tmp_path: Path, content_type: str
) -> None:
    media = keep(tmp_path, saved(Image.new("RGB", (70_000, 40)), "PNG"))
    bounds = limits(image_types=(content_type,), image_side=0 if content_type != PNG else 60_000)
    fitted = opened(fit(media, bounds, tmp_path), tmp_path)
    assert fitted.size == (16_383, 9)


def test_what_is_transparent_is_white_in_a_jpeg(tmp_path: Path) -> None:
    picture = noise(300, 300, "RGBA")
    picture.paste((0, 0, 0, 0), (0, 0, 100, 100))
    media = keep(tmp_path, saved(picture, "PNG"))
    jpeg = fit(media, limits(image_bytes=100_000, image_types=(JPEG, PNG)), tmp_path)
    assert near(opened(jpeg, tmp_path).getpixel((40, 40)), (255, 255, 255))
    webp = fit(media, limits(image_bytes=100_000, image_types=(JPEG, PNG, WEBP)), tmp_path)
    assert webp.content_type == WEBP
    assert opened(webp, tmp_path).getpixel((40, 40))[3] == 0  # type: ignore[index]
    png = fit(media, limits(image_side=150, image_types=(JPEG, PNG)), tmp_path)
    assert opened(png, tmp_path).mode == "RGBA"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "CMYK", "RGBA", "F"])
def test_pictures_of_every_mode(tmp_path: Path, mode: str) -> None:
    grey = Image.new("I;16", (400, 200), 40_000)
    picture = grey if mode == "I;16" else half_red(400, 200).convert(mode)
    media = keep(tmp_path, saved(picture, "TIFF" if mode in ("CMYK", "F") else "PNG"))
    for types in ((JPEG,), (PNG,), (WEBP,)):
        fitted = fit(media, limits(image_side=100, image_types=types), tmp_path)
        assert fitted.content_type == types[0]
        pixel: Any = opened(fitted, tmp_path).convert("RGB").getpixel((90, 25))
        assert near(pixel, (156,) * 3 if mode == "I;16" else (255,) * 3)


def animated(side: int = 40) -> bytes:
    frames = [Image.new("RGB", (side, side), colour) for colour in ("red", "blue")]
    return saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100)


def test_what_moves_stays_whole_or_becomes_its_first_frame(tmp_path: Path) -> None:
    media = keep(tmp_path, animated(), path="a.gif")
    whole = fit(media, limits(image_types=(JPEG, PNG, GIF)), tmp_path)
    assert whole.sha256 == media.sha256
    assert opened(whole, tmp_path).n_frames == 2  # type: ignore[attr-defined]
    for bounds in (limits(image_side=20, image_types=(PNG, GIF)), limits(image_types=(PNG,))):
        still = fit(media, bounds, tmp_path)
        assert still.content_type == PNG
        assert opened(still, tmp_path).convert("RGB").getpixel((5, 5)) == (255, 0, 0)


def test_the_same_picture_gives_the_same_bytes(tmp_path: Path) -> None:
    fitted = []
    for name in ("one", "two"):
        (kept := tmp_path / name).mkdir()
        media = keep(kept, saved(noise(300, 300), "PNG"))
        fitted.append(fit(media, limits(image_bytes=50_000), kept).sha256)
        assert not list(kept.glob("*.new"))
    assert fitted[0] == fitted[1]


def test_it_is_encoded_once(tmp_path: Path) -> None:
    media = keep(tmp_path, saved(half_red(800, 400), "PNG"))
    first = fit(media, limits(image_side=100), tmp_path)
    (tmp_path / media.sha256).unlink()
    assert fit(media, limits(image_side=100), tmp_path) == first
    with pytest.raises(FileNotFoundError):
        fit(media, limits(image_side=99), tmp_path)
    (tmp_path / first.sha256).unlink()
    with pytest.raises(FileNotFoundError):
        fit(media, limits(image_side=100), tmp_path)


def test_the_alt_text_is_whoevers_it_is(tmp_path: Path) -> None:
    data = saved(half_red(800, 400), "PNG")
    for alt in ("One", "", None, "Two"):
        assert fit(keep(tmp_path, data, alt=alt), limits(image_side=100), tmp_path).alt == alt


def test_an_image_elsewhere_is_left_alone(tmp_path: Path) -> None:
    media = Media(path="https://a.example/b.png", alt="B")
    assert fit(media, limits(), tmp_path) is media


def bomb() -> bytes:
    """A PNG of a few bytes that says it has ten thousand million pixels."""
    chunks = [
        (b"IHDR", struct.pack(">LLBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0" * 1000)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">L", len(data)) + name + data + struct.pack(">L", zlib.crc32(name + data))
        for name, data in chunks
    )


def damaged_avif() -> bytes:
    """One that its decoder finds out about."""
    data = bytearray(saved(noise(90, 90), "AVIF"))
    begin = data.index(b"mdat") + 4
    data[begin : begin + 200] = bytes(200)
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is no image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is no image"),
        (saved(half_red(), "PPM"), "is no image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is no image"),
        (saved(noise(90, 90), "JPEG")[:2000], "is no image"),
        (saved(noise(90, 90), "PNG")[:2000], "is no image"),
        (saved(noise(90, 90), "GIF")[:2000], "is no image"),
        (saved(noise(90, 90), "WEBP")[:2000], "is no image"),
        (saved(half_red(), "PNG", exif=b"Exif\0\0garbage!"), "is no image"),
        (saved(half_red(), "WEBP", exif=b"Exif\0\0garbage!"), "is no image"),
        (damaged_avif(), "is no image"),
        (bomb(), "too large to be opened safely"),
    ],
)
def test_what_cannot_be_opened_is_a_mistake_of_the_file(
    tmp_path: Path, data: bytes, said: str
) -> None:
    media = keep(tmp_path, data, path="2026/a.png")
    with pytest.raises(Mistakes, match=said) as raised:
        fit(media, limits(), tmp_path)
    (mistake,) = raised.value.mistakes
    assert mistake.path == "2026/a.png"
    assert mistake.expected


def test_twice_what_is_safe_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 3_000)
    with (
        pytest.raises(Mistakes, match="at most 3,000 pixels"),
        pytest.warns(Image.DecompressionBombWarning),
    ):
        fit(keep(tmp_path, saved(half_red(), "PNG")), limits(), tmp_path)


@pytest.mark.parametrize(
    "bounds", [{"image_bytes": 1_000}, {"image_types": (GIF,), "image_side": 9}]
)
def test_what_never_fits_is_a_mistake(tmp_path: Path, bounds: dict[str, Any]) -> None:
    with pytest.raises(Mistakes, match=r"a\.jpg: this image cannot be made to fit"):
        fit(keep(tmp_path, saved(noise(200, 200), "JPEG")), limits(**bounds), tmp_path)
