"""When two addresses are one page."""

import pytest

from outreach.rules.pages import same_page

PAGE = "https://acme.example/2026/hello"


@pytest.mark.parametrize(
    "url",
    [
        PAGE,
        f"{PAGE}/",
        f"{PAGE}/#part",
        f"{PAGE}/?utm_source=x&utm_medium=social",
        "https://ACME.example/2026/hello/",
        f"{PAGE}?ref=hn",
    ],
)
def test_one_page_by_many_names(url: str) -> None:
    assert same_page(url) == PAGE


@pytest.mark.parametrize(
    "url", [f"{PAGE}?page=2", f"{PAGE}/more", "http://acme.example/2026/hello"]
)
def test_other_pages(url: str) -> None:
    assert same_page(url) != PAGE


def test_what_is_no_address_stays(url: str = "http://[") -> None:
    assert same_page(url) == url
