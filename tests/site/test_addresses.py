"""Where a file's page goes, where it was, and which file translates which."""

import pytest

from tests.site.test_posts import mistakes, read

LANGUAGES = ("de", "pt-BR")


@pytest.mark.parametrize(
    ("path", "slug", "language", "common"),
    [
        ("posts/hello.md", "hello", "en", "posts/hello"),
        ("posts/hello.de.md", "de/hello", "de", "posts/hello"),
        ("posts/2026/hello/index.de.md", "de/2026/hello", "de", "posts/2026/hello"),
        ("posts/2026/hello/index.md", "2026/hello", "en", "posts/2026/hello"),
        ("posts/hello.PT-br.md", "pt-BR/hello", "pt-BR", "posts/hello"),
        ("pages/about.de.md", "de/about", "de", "pages/about"),
        ("notes/n.de.md", "de/notes/n", "de", "notes/n"),
        ("letters/week.de.md", "de/letters/week", "de", "letters/week"),
    ],
)
def test_a_translation_is_named_by_its_language(
    path: str, slug: str, language: str, common: str
) -> None:
    title = "" if path.startswith("notes/") else "title: x"
    post = read(title, path=path, languages=LANGUAGES)
    assert (post.slug, post.language, post.translation) == (slug, language, common)
    assert post.is_translation == (language != "en")


def test_the_sites_own_language_names_an_original() -> None:
    post = read("title: x", path="posts/hello.en.md", languages=LANGUAGES)
    assert (post.slug, post.is_translation, post.translation) == ("hello", False, "posts/hello")


@pytest.mark.parametrize("name", ["notes.on.io", "v1.2", "hello.fr", ".de"])
def test_only_a_language_of_the_site_makes_a_translation(name: str) -> None:
    post = read("title: x", path=f"posts/a/{name}.md", languages=LANGUAGES)
    assert (post.slug, post.is_translation, post.language) == (f"a/{name}", False, "en")


def test_an_entry_of_a_feed_translates_nothing() -> None:
    head = "title: x\npath: feed/1\nexternal: https://b.org/"
    post = read(head, path="https://b.org/feed#https://b.org/x.de.md", languages=LANGUAGES)
    assert (post.is_translation, post.translation) == (False, "")


@pytest.mark.parametrize(
    ("head", "slug"),
    [("slug: hallo", "de/2026/hallo"), ("path: hallo-welt", "hallo-welt")],
)
def test_a_translation_may_have_a_name_of_its_own(head: str, slug: str) -> None:
    post = read(f"title: x\n{head}", path="posts/2026/hello.de.md", languages=LANGUAGES)
    assert (post.slug, post.language, post.is_translation) == (slug, "de", True)


@pytest.mark.parametrize("path", ["de", "de/archive", "de/atom.xml", "pt-BR/index.html"])
def test_no_page_takes_the_place_of_a_languages_own(path: str) -> None:
    with pytest.raises(Exception, match="cannot be a page"):
        read(f"title: x\npath: {path}", languages=LANGUAGES)
    if "archive" not in path and "." not in path:
        assert read(f"title: x\npath: {path}").slug == path


def test_a_path_may_be_a_file() -> None:
    post = read("title: x\npath: 2016/hello.html")
    assert (post.slug, post.url) == ("2016/hello.html", "https://x.org/2016/hello.html")


@pytest.mark.parametrize(
    ("head", "aliases"),
    [
        ("aliases: [/old/path/, /2016/x.html]", ("old/path", "2016/x.html")),
        ("aliases: [releases/1.88.0]", ("releases/1.88.0",)),
        ("redirect_from: /old", ("old",)),
        ("aliases: /old/index.html\nredirect_from: [/old/, /caf%C3%A9/]", ("old", "café")),
        ("aliases: ['https://x.org/old/']", ("old",)),
        ("aliases: [/2026/hello/]", ()),
        ("aliases:", ()),
    ],
)
def test_old_addresses_lead_here(head: str, aliases: tuple[str, ...]) -> None:
    assert read(f"title: x\n{head}").aliases == aliases


@pytest.mark.parametrize(
    "head",
    [
        "aliases: [/../x]",
        "aliases: [https://y.org/x]",
        "aliases: [/]",
        "redirect_from: [/a//b]",
        "aliases: [5]",
    ],
)
def test_an_old_address_is_a_path_of_the_site(head: str) -> None:
    (mistake,) = mistakes(f"title: x\n{head}")
    assert mistake.line == 3
