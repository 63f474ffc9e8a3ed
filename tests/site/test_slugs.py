import pytest

from outreach.site.slugs import fault, page_url, tag_slug


@pytest.mark.parametrize(
    "slug", ["hello", "2026/hello world", "grüße", "日本/語", "a.b", "2026/1122-hero", "tagged"]
)
def test_a_sound_slug(slug: str) -> None:
    assert fault(slug) is None


@pytest.mark.parametrize(
    ("slug", "word"),
    [
        ("", "empty"),
        ("..", ".."),
        ("../etc/passwd", ".."),
        ("a/../b", ".."),
        ("a/./b", "`.`"),
        ("/etc/passwd", "absolute"),
        ("a//b", "empty"),
        ("a/", "empty"),
        ("a\\b", "backslash"),
        ("a\0b", "control"),
        ("a\nb", "control"),
        ("a\x7fb", "control"),
        ("a\ud800b", "control"),
        ("CON", "Windows"),
        ("a/nul.txt", "Windows"),
        ("com1", "Windows"),
        ("a./b", "Windows"),
        ("a /b", "Windows"),
        ("x" * 201, "200 bytes"),
        ("ä" * 101, "200 bytes"),
        ("u\u0308ber", "NFC"),
        ("tags/x", "site's own"),
        ("Media", "site's own"),
        ("atom.xml", "site's own"),
        ("a/index.html", "index.html"),
    ],
)
def test_an_unsound_slug_is_named(slug: str, word: str) -> None:
    assert word in (fault(slug) or "")


def test_a_url_is_percent_encoded() -> None:
    assert page_url("https://x.org/", "a b/ü?#%") == "https://x.org/a%20b/%C3%BC%3F%23%25/"


@pytest.mark.parametrize(
    ("tag", "slug"),
    [("Rust", "rust"), ("C++", "c++"), ("C#", "c#"), ("how to", "how-to"), ("a/b\\c", "a-b-c")],
)
def test_a_tag_is_a_readable_path(tag: str, slug: str) -> None:
    assert tag_slug(tag) == slug


@pytest.mark.parametrize("tag", ["../..", "/", "CON", "\0", "x" * 300, "\ud800", "…"])
def test_a_hostile_tag_is_one_safe_segment(tag: str) -> None:
    assert fault(f"a/{tag_slug(tag)}") is None
    assert "/" not in tag_slug(tag)
