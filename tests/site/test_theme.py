"""A leader's theme: a folder of templates over ours."""

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from outreach.model.errors import Mistakes
from outreach.model.post import Post
from outreach.site import theme
from outreach.site.build import Build, Site

Make = Callable[..., Build]
MakePost = Callable[..., Post]


@pytest.fixture
def make(make: Make, bodies: Path) -> Make:
    return partial(make, cache=bodies)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "theme"
    (folder / "assets").mkdir(parents=True)
    return folder


@pytest.fixture
def themed(site: Site, place: Path) -> Site:
    return replace(site, theme=str(place))


def read(built: Build, path: str = "2026/hello/index.html") -> str:
    return (built.path / path).read_text("utf-8")


def test_a_template_can_add_to_ours(make: Make, post: MakePost, place: Path, themed: Site) -> None:
    (place / "post.html").write_text(
        '{% extends "default/post.html" %}{% block onward %}{{ entry.title }}!!{% endblock %}'
    )
    built = make(post(), site=themed)
    assert "Title of 2026/hello!!" in read(built)
    assert '<h1 class="p-name">' in read(built)
    assert "!!" not in read(built, "index.html")


def test_a_base_changes_every_page(make: Make, post: MakePost, place: Path, themed: Site) -> None:
    (place / "base.html").write_text(
        '{% extends "default/base.html" %}{% block logo %}<b>Logo</b>{% endblock %}'
    )
    built = make(post(tags=("x",)), site=themed)
    pages = list(built.path.rglob("*.html"))
    assert len(pages) > 6
    assert [page for page in pages if page.read_text().count("<b>Logo</b>") != 1] == []


def test_assets_are_served_and_hidden_files_are_not(
    make: Make, post: MakePost, place: Path, themed: Site, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("secret")
    (place / "assets" / "fonts").mkdir()
    (place / "assets" / "fonts" / "ours.woff2").write_bytes(b"font")
    (place / "assets" / ".hidden").write_text("hidden")
    (place / "assets" / "out").symlink_to(tmp_path / "secret")
    (place / "style.css").write_text("b{}")
    built = make(post(), site=themed)
    assert (built.path / "assets/fonts/ours.woff2").read_bytes() == b"font"
    assert read(built, "style.css") == "b{}"
    names = {path.name for path in built.path.rglob("*")}
    assert names.isdisjoint({".hidden", "out", "secret"})


def test_an_edited_template_is_seen_and_no_text_is_rendered_again(
    make: Make, post: MakePost, place: Path, themed: Site, bodies: Path
) -> None:
    page = place / "page.html"
    page.write_text("one")
    about = post("about", title="About", is_page=True)
    assert read(make(about, site=themed), "about/index.html") == "one"
    texts = {path: path.stat().st_mtime_ns for path in bodies.rglob("*.json")}
    page.write_text("two")
    assert read(make(about, site=themed), "about/index.html") == "two"
    assert texts
    assert {path: path.stat().st_mtime_ns for path in texts} == texts


def test_the_version_reads_no_file_that_has_not_changed(place: Path) -> None:
    page = place / "page.html"
    page.write_text("one")
    before = theme.look(str(place))
    kept = page.stat()
    page.write_text("two")
    os.utime(page, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    assert theme.look(str(place)) == before
    os.utime(page, ns=(kept.st_atime_ns, kept.st_mtime_ns + 1))
    assert theme.look(str(place)) != before
    assert theme.version(str(place)) == theme.look(str(place))


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ('{% extends "default/post.html" %}\n{% block onward %}\n{{ entry.', 3, "SyntaxError"),
        ('{% extends "default/post.html" %}\n{% block onward %}{{ nobody.name }}{% endblock %}', 2,
         "'nobody' is undefined"),
        ('{% extends "default/post.html" %}\n\n{% block onward %}\n{{ 1 / 0 }}{% endblock %}', 4,
         "ZeroDivisionError"),
        ('\n{% extends "nowhere.html" %}', 2, "nowhere.html"),
        ("{{ ''.__class__.__mro__ }}", 1, "SecurityError"),
    ],
    ids=["syntax", "name", "sum", "file", "escape"],
)  # fmt: skip
def test_a_wrong_template_is_a_mistake_with_its_line_and_the_site_stays(
    make: Make, post: MakePost, place: Path, themed: Site, text: str, line: int, what: str
) -> None:
    before = make(post(), site=themed)
    page = read(before)
    (place / "post.html").write_text(text)
    with pytest.raises(Mistakes) as caught:
        make(post(), site=themed)
    (mistake,) = caught.value.mistakes
    assert (mistake.path, mistake.line) == ("theme/post.html", line)
    assert what in mistake.what
    assert read(before) == page
    (place / "post.html").unlink()
    assert read(make(post(), site=themed)) == page


def test_a_theme_that_is_not_there_is_a_mistake(make: Make, post: MakePost, site: Site) -> None:
    with pytest.raises(Mistakes, match=r"config\.yaml: site\.theme: there is no folder /nowhere"):
        make(post(), site=replace(site, theme="/nowhere"))


def test_a_fault_of_ours_is_no_mistake_of_theirs(themed: Site) -> None:
    with pytest.raises(Exception, match="'entry' is undefined") as caught:
        theme.page("post.html", themed)
    assert not isinstance(caught.value, Mistakes)


def test_an_address_is_shown_as_a_person_says_it() -> None:
    assert theme.place("https://www.example.org/@ada/") == "example.org/@ada"
    assert theme.place("https://example.org") == "example.org"


def test_a_reader_who_waits_gets_ours_where_theirs_has_a_fault(place: Path, themed: Site) -> None:
    values = {"title": "Done", "what": "It is.", "action": "", "button": ""}
    (place / "subscription.html").write_text("theirs")
    assert theme.answer("subscription.html", themed, **values) == "theirs"
    (place / "subscription.html").write_text("{{ nothing }}")
    theme.look(str(place))
    assert "<h1>Done</h1>" in theme.answer("subscription.html", themed, **values)
