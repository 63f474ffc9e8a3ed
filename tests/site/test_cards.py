"""Cards are drawn once, of what they show, in fonts that have it."""

import io
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from outreach.model.errors import Mistakes
from outreach.model.post import Media, Post
from outreach.site import cards, drawing, typeset, views
from outreach.site.batch import Text
from outreach.site.build import Around, Build, Builder, Site
from outreach.site.cards import HEIGHT, SIZES, WIDTH, Cards
from outreach.site.drawing import Drawing
from outreach.site.proof import card_of
from outreach.site.views import Entry

Make = Callable[..., Build]
MakePost = Callable[..., Post]

LONG = "A very long title about a release with many breaking changes, and the people who made it "


@pytest.fixture
def entry(post: MakePost, site: Site) -> Callable[..., Entry]:
    def make(title: str = "Hello, lanterns", **changes: object) -> Entry:
        text = Text("key", "", "", 3, (), ())
        return views.entry(post(title=title, **changes), text, site=site, images={})

    return make


MakeEntry = Callable[..., Entry]


def ours(tmp_path: Path, site: Site) -> Cards:
    """Cards on a machine that has no fonts."""
    return Cards(tmp_path / "cards", site, fonts=tuple)


def drawn(made: Cards, entry: Entry) -> Image.Image:
    made.make([entry])
    found, missing = made.look([entry])
    assert missing == []
    return Image.open(made.folder / found[entry.slug])


@pytest.mark.parametrize("title", ["Hi", "Größe über Δέλτα и Слово"])
def test_a_card_is_an_image_of_the_size_that_networks_want(
    entry: MakeEntry, site: Site, tmp_path: Path, title: str
) -> None:
    image = drawn(ours(tmp_path, site), entry(title))
    assert (image.size, image.format) == ((WIDTH, HEIGHT), "PNG")
    colours = image.convert("L").getcolors(256)
    assert colours is not None
    assert len(colours) > 10  # letters, not a blank


def test_the_words_of_a_card_stay_inside_it(entry: MakeEntry, site: Site, tmp_path: Path) -> None:
    for title in (LONG * 4, "W" * 3000):
        words = (
            drawn(ours(tmp_path, site), entry(title))
            .convert("L")
            .point(lambda value: 255 if value < 60 else 0)
        )
        left, top, right, bottom = words.getbbox() or (0, 0, 0, 0)
        assert left >= 70
        assert right <= WIDTH - 70
        assert top >= 120  # below the site's name
        assert bottom <= 520  # above the authors


def test_a_card_is_drawn_once_for_what_it_shows(
    entry: MakeEntry, site: Site, tmp_path: Path
) -> None:
    made = ours(tmp_path, site)
    made.make([entry()])
    (path,) = made.folder.iterdir()
    before = path.stat().st_ino
    made.make([entry(body="Another text.", slug="elsewhere", summary="Short")])
    assert [it.stat().st_ino for it in made.folder.iterdir()] == [before]
    made.make([entry(title="Another title"), entry(author="Bo")])
    assert len(list(made.folder.iterdir())) == 3
    other = ours(tmp_path, replace(site, title="Another site"))
    assert [it.title for it in other.look([entry()])[1]] == ["Hello, lanterns"]
    made.forget([entry()])
    assert list(made.folder.iterdir()) == [path]


def test_only_a_post_without_an_image_of_its_own_needs_a_card(
    entry: MakeEntry, site: Site, tmp_path: Path
) -> None:
    made = ours(tmp_path, site)
    image = (Media(path="https://a.example/x.png"),)
    others = [entry(media=image), entry(is_page=True), entry(withdrawn="wrong")]
    assert made.look(others) == ({}, [])
    assert ours(tmp_path, replace(site, cards=False)).look([entry()]) == ({}, [])


def test_no_card_is_better_than_one_of_boxes(entry: MakeEntry, site: Site, tmp_path: Path) -> None:
    made = ours(tmp_path, site)
    unset = entry("日本 in a title")
    made.make([unset, entry()])
    assert list(made.look([unset, entry()])[0]) == [entry().slug]
    assert made.look([unset])[1] == []  # it is not tried for ever
    assert cards.fill(entry("Ship it 🚀!"), site, ()) is not None
    assert "🚀" not in (cards.fill(entry("Ship it 🚀!"), site, ()) or [""])[0]


def test_a_card_that_ends_its_process_leaves_the_others(tmp_path: Path) -> None:
    def job(name: str, svg: str) -> Drawing:
        return Drawing(svg=svg, fonts=(), folder="", width=20, path=str(tmp_path / name))

    square = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    failed = drawing.draw([job("a", square), job("b", "<no svg"), job("c", square)])
    assert list(failed) == [str(tmp_path / "b")]
    assert "ValueError" in failed[str(tmp_path / "b")]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "c"]


def test_a_theme_has_a_card_of_its_own(entry: MakeEntry, site: Site, tmp_path: Path) -> None:
    theme = tmp_path / "theme"
    theme.mkdir()
    red = '<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="630"><rect width="100%" '
    (theme / "card.svg").write_text(red + 'height="100%" fill="#f00"/></svg>')
    image = drawn(ours(tmp_path, replace(site, theme=str(theme))), entry())
    assert image.convert("RGB").getpixel((600, 300)) == (255, 0, 0)
    (theme / "card.svg").write_text("<svg")
    with pytest.raises(Mistakes, match=r"theme/card\.svg"):
        ours(tmp_path, replace(site, theme=str(theme))).make([entry()])


def test_a_page_names_its_card_once_it_is_there(post: MakePost, site: Site, tmp_path: Path) -> None:
    builder = Builder(site=site, out=tmp_path / "out", cache=tmp_path / "cache")

    def page() -> str:
        built = builder([post()], around=Around(), media={}, static={})
        return (built.path / "2026/hello/index.html").read_text()

    assert card_of(page()) == ""
    assert [it.slug for it in builder.undrawn] == ["2026/hello"]
    builder.cards.make(builder.undrawn)
    address = card_of(html := page())
    assert builder.undrawn == []
    assert '<meta property="og:image:width" content="1200">' in html
    assert '<meta property="og:image:alt" content="Title of 2026/hello">' in html
    assert '<meta name="twitter:card" content="summary_large_image">' in html
    assert "<img" not in html
    served = tmp_path / "out" / address.removeprefix(f"{site.url}/")
    assert Image.open(io.BytesIO(served.read_bytes())).size == (WIDTH, HEIGHT)


def test_the_image_of_the_author_comes_first(make: Make, post: MakePost) -> None:
    built = make(post(media=(Media(path="https://a.example/x.png", alt="A cat"),)))
    html = (built.path / "2026/hello/index.html").read_text()
    assert card_of(html) == "https://a.example/x.png"
    assert '<meta property="og:image:alt" content="A cat">' in html
    assert "og:image:width" not in html


def test_a_title_is_set_as_large_as_it_fits_in_lines_of_one_length() -> None:
    def fit(text: str) -> typeset.Lines:
        return typeset.fit(text, width=1040, sizes=SIZES, fonts=())

    assert fit("Hello").size == 104
    assert fit(LONG).size < 104
    lines, size = fit(LONG * 4)
    assert (size, len(lines)) == (48, 6)
    assert lines[-1][0][0].endswith("…")
    lengths = [
        len(line[0][0]) for line in fit("How we cut our build from ten seconds to one").lines
    ]
    assert max(lengths) - min(lengths) < 8


@pytest.mark.parametrize(
    ("text", "answer"),
    [("שלום hello", True), ("(كيف) x", True), ("Rust שלום", False), ("…", False), ("", False)],
)
def test_a_title_begins_on_the_side_of_its_first_letter(text: str, answer: bool) -> None:
    assert typeset.is_right_to_left(text) is answer


def test_a_font_of_the_machine_stands_in_for_what_ours_lack(tmp_path: Path) -> None:
    other = tmp_path / "Stand-in.ttf"
    shutil.copy(typeset.OWN[1], other)
    assert typeset.fonts_for("Aä", (other,)) == (typeset.OWN[0],)
    assert typeset.fonts_for("A日", (other,)) is None
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    assert typeset.fonts_for("A日", (tmp_path / "broken.ttf",)) is None
