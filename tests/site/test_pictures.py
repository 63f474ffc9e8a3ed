"""Images in the sizes that a screen needs, and the page that shows them."""

import json
import re
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from outreach.model.post import Media, Post
from outreach.site import trees
from outreach.site.build import Around, Build, Builder, Site
from outreach.site.pictures import Picture, Pictures, tag

MakePost = Callable[..., Post]


def picture(path: Path, size: tuple[int, int], **options: object) -> Path:
    """A picture that takes some bytes, in the format of its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.effect_noise(size, 40).convert("RGB")
    image.save(path, **options)  # type: ignore[arg-type]
    return path


@pytest.fixture
def pictures(tmp_path: Path) -> Pictures:
    return Pictures(tmp_path / "pictures")


@pytest.mark.parametrize(
    ("name", "size", "widths"),
    [
        ("a.jpg", (1800, 300), (480, 960, 1600)),
        ("a.png", (1000, 300), (480, 960, 1000)),
        ("a.webp", (300, 300), ()),
        ("a.avif", (200, 100), ()),
        ("a.gif", (700, 200), ()),
    ],
)
def test_each_photo_is_made_in_what_is_no_wider_and_takes_less(
    pictures: Pictures, tmp_path: Path, name: str, size: tuple[int, int], widths: tuple[int, ...]
) -> None:
    file = picture(tmp_path / name, size, quality=75)
    pictures.make({f"media/{name}": file})
    found = pictures.of(f"media/{name}")
    assert found is not None
    assert found[:3] == (f"media/{name}", *size)
    assert set(widths) <= set(found.widths) if widths else max(found.widths, default=0) <= size[0]
    for each in pictures.files([found.place]):
        data = each.write()
        made = Image.open(BytesIO(data))
        assert (made.format, f"media/a-{made.width}.webp") == ("WEBP", each.path)
        assert len(data) < file.stat().st_size
        assert abs(made.height - made.width * size[1] / size[0]) <= 1


def test_a_photo_is_turned_and_tells_no_place(pictures: Pictures, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 0.0)})
    file = picture(tmp_path / "a.jpg", (800, 600), exif=exif)
    assert Image.open(file).getexif().get_ifd(0x8825)
    pictures.make({"media/a.jpg": file})
    found = pictures.of("media/a.jpg")
    assert found == ("media/a.jpg", 600, 800, (480,))
    for each in pictures.files(["media/a.jpg"]):
        made = Image.open(BytesIO(each.write()))
        assert made.width < made.height
        assert not made.getexif()
        assert "xmp" not in made.info


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (b'<svg width="120" height="60.4px">', (120, 60)),
        (b'<?xml version="1.0"?><!-- a --><svg\n viewBox="0 0 24,12">', (24, 12)),
        (b"<svg viewBox='-1 -1 24 12' stroke-width='3' width='100%' height='2em'>", (24, 12)),
        (b"<svg>", (0, 0)),
        (b"<svg " * 5000, (0, 0)),
        (b"\xff\xfe", (0, 0)),
    ],
)
def test_the_size_of_a_drawing(
    pictures: Pictures, tmp_path: Path, data: bytes, size: tuple[int, int]
) -> None:
    (tmp_path / "a.svg").write_bytes(data)
    pictures.make({"media/a.svg": tmp_path / "a.svg"})
    assert pictures.of("media/a.svg") == ("media/a.svg", *size, ())
    assert list(pictures.faults({"media/a.svg": "posts/a.svg"})) == []


def test_what_moves_is_left_alone(pictures: Pictures, tmp_path: Path) -> None:
    frames = [Image.effect_noise((600, 400), 40 + n) for n in range(2)]
    for name in ("a.webp", "a.png", "a.gif"):
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:])
        pictures.make({f"media/{name}": tmp_path / name})
        assert pictures.of(f"media/{name}") == (f"media/{name}", 600, 400, ())


def chunk(name: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + check


def test_a_hostile_image_is_shown_as_it_is_and_told_of_once_looked_at(
    pictures: Pictures, tmp_path: Path
) -> None:
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(
        b"IHDR", struct.pack(">IIBBBBB", 20_000, 20_000, 1, 0, 0, 0, 0)
    )
    bomb += chunk(b"IDAT", zlib.compress(b"\0" * 2501 * 2)) + chunk(b"IEND", b"")
    files = {"bomb.png": bomb, "a.jpg": b"no image", "b.png": bomb[:20]}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    images = {f"media/{name}": tmp_path / name for name in files}
    pictures.make(images | {"media/gone.jpg": tmp_path / "gone.jpg"})
    again = Pictures(tmp_path / "pictures")
    assert list(again.missing(images)) == []
    assert list(again.files(images)) == []
    told = list(again.faults({place: f"posts/{place}" for place in images}))
    assert [it.path for it in told] == [f"posts/media/{name}" for name in files]
    assert again.of("media/gone.jpg") is None


def test_a_tall_picture_is_within_what_webp_can_be(pictures: Pictures, tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    Image.linear_gradient("L").resize((490, 16_500)).save(file, quality=100)
    pictures.make({"media/a.jpg": file})
    assert pictures.of("media/a.jpg") == ("media/a.jpg", 490, 16_500, (480,))


def test_each_is_made_once(pictures: Pictures, tmp_path: Path) -> None:
    file = picture(tmp_path / "a.jpg", (700, 300))
    assert pictures.missing({"media/a.jpg": file}) == {"media/a.jpg": file}
    pictures.make({"media/a.jpg": file})
    assert pictures.missing({"media/a.jpg": file}) == {}
    assert Pictures(tmp_path / "pictures").of("media/a.jpg") == pictures.of("media/a.jpg")


@pytest.mark.parametrize("index", ["", "[]", "{}", '{"1": {}}', '{"RECIPE": {"a": 1}}'])
def test_a_broken_index_is_made_anew(tmp_path: Path, index: str) -> None:
    folder = tmp_path / "pictures"
    file = picture(tmp_path / "a.jpg", (100, 100))
    Pictures(folder).make({"media/a.jpg": file})
    recipe = next(iter(json.loads((folder / "index.json").read_text("utf-8"))))
    (folder / "index.json").write_text(index.replace("RECIPE", recipe), "utf-8")
    assert Pictures(folder).missing({"media/a.jpg": file})


def test_the_tag_of_an_image() -> None:
    words = {"src": "/x/media/a.jpg", "alt": "A", "loading": "lazy"}
    wide = Picture("media/a.jpg", 2000, 1000, (480, 960, 1600))
    assert tag(words, wide, "/x", is_first=False) == (
        '<img src="/x/media/a.jpg" alt="A" loading="lazy" decoding="async" width="2000"'
        ' height="1000" srcset="/x/media/a-480.webp 480w, /x/media/a-960.webp 960w,'
        ' /x/media/a-1600.webp 1600w" sizes="(min-width: 60rem) 54rem, 100vw">'
    )
    small = Picture("media/a.jpg", 600, 300, (480,))
    assert "/a-480.webp 480w, /x/media/a.jpg 600w" in tag(words, small, "/x", is_first=False)
    assert "loading" not in tag(words, wide, "/x", is_first=True)
    own = tag(words | {"width": "50"}, wide, "/x", is_first=True)
    assert 'width="50"' in own
    assert "height" not in own
    unknown = Picture("media/a.jpg", 0, 0, ())
    assert tag(words, unknown, "", is_first=True) == tag(words, None, "", is_first=True)


@pytest.fixture
def show(post: MakePost, site: Site, tmp_path: Path) -> Callable[[], Build]:
    """Build two posts with a photo, one of them with a lead image too."""
    lead = picture(tmp_path / "lead.jpg", (900, 300))
    files = {
        "posts/a.jpg": picture(tmp_path / "a.jpg", (1200, 400)),
        "posts/b.jpg": picture(tmp_path / "b.jpg", (600, 200)),
        "posts/lead.jpg": lead,
    }
    body = '![A](a.jpg "Cap")\n\n![B](b.jpg)\n\n![C](https://x.example/c.png)'
    one = post("one", body=body, path="posts/one.md")
    two = post("two", path="posts/two.md", media=(Media(path="posts/lead.jpg", alt='L "&'),))
    builder = Builder(site=site, out=tmp_path / "out", cache=tmp_path / "cache")

    def build() -> Build:
        built = builder([one, two], around=Around(), media=files, static={})
        builder.pictures.make(builder.lacking)
        return built

    return build


def test_a_page_gains_the_sizes_once_they_are_made(show: Callable[[], Build]) -> None:
    first = show()
    html = (first.path / "one/index.html").read_text("utf-8")
    assert "srcset" not in html
    assert "media/" in html
    second = show()
    html = (second.path / "one/index.html").read_text("utf-8")
    images = re.findall("<img [^>]*>", html)
    assert [("loading" in it, "srcset" in it, "width" in it) for it in images] == [
        (False, True, True),
        (True, True, True),
        (True, False, False),
    ]
    assert all('decoding="async"' in it for it in images)
    assert "<figcaption>Cap</figcaption>" in html
    shown = re.findall(r"/news/(media/\S+) \d+w", html)
    assert shown
    for path in shown:
        assert (second.path / path).is_file()
    lead = (second.path / "two/index.html").read_text("utf-8")
    assert re.search(r'<img class="lead u-photo" src="https://[^"]*" alt="L &quot;&amp;"', lead)
    assert "-480.webp 480w" in lead
    feed = (second.path / "atom.xml").read_text("utf-8")
    assert "srcset" not in feed
    assert "https://blog.example/news/media/" in feed


def test_a_size_that_is_gone_is_made_anew(show: Callable[[], Build], tmp_path: Path) -> None:
    show()
    gone = next((tmp_path / "cache/pictures").glob("*-480.webp"))
    gone.unlink()
    with pytest.raises(FileNotFoundError):
        show()
    assert "srcset" not in (tmp_path / "out/one/index.html").read_text("utf-8")
    show()
    assert gone.is_file()
    assert show().path == trees.current(tmp_path / "out")
