"""The pages as a browser has them: for everybody, on a phone, in the dark, and light to load."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from outreach.model.post import Media, Post
from outreach.public.app import app
from outreach.public.subscribe import HEADERS
from outreach.site.build import Around, Builder, Site
from outreach.site.slugs import page_url
from outreach.site.talk import Said, Talk, Tally
from outreach.site.theme import page
from outreach.site.views import Profile

from ..ports import free_port
from ..servers.browser import Browser, browser
from ..wait import until

pytestmark = pytest.mark.xdist_group("browser")  # one for all of them

START = datetime(2026, 5, 1, 10, tzinfo=UTC)
PIXEL = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="4"><path d="M0 0h8v4H0z"/></svg>'
WORDS = "We read every alert that was sent in October, one by one, and counted. " * 14
RICH = f"""
{WORDS}[^1]

## One chapter

!!! note "A note"
    {WORDS}

> A quotation with [a link](https://example.org/) and `code`.

```python title="needed.py"
def needed(alert: Alert) -> bool:
    \"\"\"Did anybody act on it?\"\"\"
    return any(act.kind != "seen" for act in alert.acts)  # 31.4 %
```

```diff
- old: 1
+ new: 2
```

## Another

| Kind | A week | What is done with it, in a long head | Whom it wakes, in another |
| --- | ---: | --- | --- |
| Echo{"o" * 60} | 17,410 | folds{"s" * 60} | nobody |

- [x] done
- [ ] not yet

## The last

<details><summary>More</summary>Inside.</details>

{WORDS}

[^1]: A footnote.
"""


TALK = Talk(
    said=tuple(
        Said(
            anchor=f"reply-{number}",
            author="Grace",
            author_url="https://example.org/grace",
            network="Mastodon",
            url="https://example.org/1",
            at=START,
            paragraphs=("We counted ours too.",),
            depth=number,
            is_ours=number == 1,
        )
        for number in range(4)
    ),
    tallies=(Tally(number=3, verb="liked", network="Mastodon"),),
    replies=4,
    more=0,
)
PATHS = (
    "/",
    "/2026/post-29/",
    "/2026/post-5/",
    "/note/",
    "/about/",
    "/archive/",
    "/tags/",
    "/tags/on-call/",
    "/authors/ada-moreau/",
    "/search/?q=alert",
    "/nothing/here/",
    "/gone/",
    "/subscribe",
)


class Served(NamedTuple):
    """A site that is being served, and its files."""

    url: str
    files: Path


def posts(url: str) -> Iterator[Post]:
    for number in range(30):
        slug, rich = f"2026/post-{number}", number == 29
        yield Post(
            slug=slug,
            title=f"What the {number}th week on call taught all of us about alerts",
            summary="We read every alert that was sent in October. Two thirds could have waited.",
            body=RICH if rich else "The *body* of a post.",
            url=page_url(url, slug),
            path=f"posts/{slug}.md",
            published=START + timedelta(days=number),
            updated=START + timedelta(days=number + 1),
            tags=("On-call", f"Topic {number % 14}"),
            author="Ada Moreau, Grace Hopper",
            series="Nights" if number % 2 else "",
            media=(Media(path="posts/lead.svg", alt="Lights"),) if rich else (),
            correction="It was 47 minutes." if rich else "",
        )
    once: dict[str, Any] = {"body": "Two hundred people have sent us a patch.", "published": START}
    single: dict[str, dict[str, Any]] = {
        "night": {"title": "夜中の三時に", "language": "ja", "tags": ("Ночь",)},
        "note": {"text": "Two hundred people have sent us a patch."},
        "about": {"title": "About", "is_page": True, "menu": 1},
        "gone": {"title": "Gone", "withdrawn": "the numbers were wrong"},
    }
    for slug, more in single.items():
        values = {"slug": slug, "title": "", "path": f"posts/{slug}.md", **once, **more}
        yield Post(url=page_url(url, slug), **values)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A site with some of everything, behind the door that the world has."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "lead.svg").write_text(PIXEL)
    url = f"http://127.0.0.1:{(port := free_port())}"
    site = Site(
        title="Lanternworks",
        url=url,
        description="Notes from the people who make Lantern.",
        newsletter=True,
        comments=True,
        rel_me=("https://mastodon.example/@lantern",),
        share=("email", "mastodon"),
        profiles=(Profile(name="Ada Moreau", bio="On call.", links=("https://example.org/ada",)),),
    )
    builder = Builder(site=site, out=folder / "out", cache=folder / "cache")
    links = {"2026/post-29": [("mastodon", "https://mastodon.example/1")]}
    talk = {"2026/post-29": 1}
    around = Around(
        syndication=links,
        talk=talk,
        conversation=lambda slug: TALK if slug in talk else None,
    )
    media = {"posts/lead.svg": folder / "lead.svg"}
    built = builder(list(posts(url)), around=around, media=media, static={})
    assert built.failed == ()

    def subscribe(request: Request) -> HTMLResponse:
        asked = {"lists": ["news", "all"], "chosen": "news", "language": "", "fault": "No address."}
        spoken = [("de", "Deutsch"), ("en", "English")]
        shown = page("subscribe.html", site, languages=spoken, typed="ada", **asked)
        return HTMLResponse(shown, 400, HEADERS)

    door = app(folder / "out", Route("/subscribe", subscribe))
    server = uvicorn.Server(uvicorn.Config(door, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started, what="the server")
        yield Served(url, built.path)
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def tab() -> Iterator[Browser]:
    with browser() as it:
        yield it


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_for_everybody(served: Served, tab: Browser, path: str, dark: bool) -> None:
    """Nothing that axe finds wrong, on a phone in the dark and on a desk by day; nothing that the
    page's own policy refuses, and nothing asked from elsewhere."""
    width = 390 if dark else 1280
    tab.look(width=width, dark=dark)
    complaints = tab.open(served.url + path)
    assert [it for it in complaints if "status of 4" not in it] == []
    assert {url for url in tab.requests() if not url.startswith(served.url)} == set()
    assert tab.value("document.documentElement.scrollWidth") <= width
    assert tab.violations() == []


def test_the_browser_finds_what_is_wrong(tab: Browser) -> None:
    """The test above can fail."""
    tab.look()
    tab.open(
        "data:text/html,<html lang=en><title>A</title><h1 style='color:silver'>Words</h1><img>"
    )
    assert {rule.split(":")[0] for rule in tab.violations()} >= {"color-contrast", "image-alt"}


FOUND = "[...document.querySelectorAll('#found h2')].map((it) => it.textContent)"


@pytest.mark.parametrize(
    ("asked", "found"),
    [("13TH ALÉRT", 1), ("3th week", 3), ("三時", 1), ("НОЧЬ", 1), ("hopper", 30)],
    ids=["accent", "part", "japanese", "topic", "author"],
)
def test_a_search_finds_parts_of_words_in_every_script(
    served: Served, tab: Browser, asked: str, found: int
) -> None:
    tab.look()
    tab.open(f"{served.url}/search/?q={quote(asked)}")
    assert len(until(lambda: tab.value(FOUND), what="what was found")) == found


def test_a_search_answers_while_somebody_types(served: Served, tab: Browser) -> None:
    tab.look()
    tab.open(f"{served.url}/search/")
    tab.value("document.getElementById('q').focus()")
    tab.call("Input.insertText", text="<b>29th")
    said = "document.querySelector('[role=status]').textContent"
    until(lambda: "Nothing found" in tab.value(said), what="that there is nothing")
    assert tab.value(FOUND) == []
    tab.value("document.getElementById('q').value = ''")
    tab.call("Input.insertText", text="29th")
    (title,) = until(lambda: tab.value(FOUND), what="what was found")
    assert title == "What the 29th week on call taught all of us about alerts"
    assert tab.value(said) == "1 post"


def test_without_scripts_the_search_leads_on(served: Served, tab: Browser) -> None:
    tab.run_scripts(False)
    try:
        tab.open(f"{served.url}/search/")
        found = tab.call("DOM.getDocument", depth=-1)
        assert "needs JavaScript" in str(found)
    finally:
        tab.run_scripts(True)


def test_the_front_page_is_light(served: Served, tab: Browser) -> None:
    """All that a first visit loads but the images, as it is before compression, in bytes."""
    tab.look()
    tab.open(f"{served.url}/")
    paths = {url.removeprefix(served.url).partition("?")[0] for url in tab.requests()}
    assert paths >= {"/", "/style.css"}
    files = [served.files / (path.strip("/") or "index.html") for path in paths]
    assert sum(file.stat().st_size for file in files if file.suffix != ".svg") < 50_000


SHIFTS = """new Promise((done) => {
  let moved = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((it) => (moved += it.value)))
    .observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => done(moved)));
})"""


@pytest.mark.parametrize("path", ["/", "/2026/post-29/"])
def test_a_page_keeps_to_its_budget(served: Served, tab: Browser, path: str) -> None:
    """What Lighthouse asks of a page that is quick: few requests, no script, a small document that
    does not move while it loads, and a description."""
    tab.look(width=390)
    tab.open(served.url + path)
    assert len(tab.requests()) <= 4
    assert tab.value("document.querySelectorAll('script:not([type])').length") == 0
    assert tab.value("document.querySelectorAll('*').length") < 800
    assert tab.value(SHIFTS) < 0.1
    assert tab.value("document.querySelector('meta[name=description]').content")
    pictures = "[...document.images].filter((it) => !it.width || !it.height).length"
    assert tab.value(pictures) == 0


def test_a_printed_page_has_addresses_and_no_navigation(served: Served, tab: Browser) -> None:
    tab.open(f"{served.url}/2026/post-29/")
    tab.call("Emulation.setEmulatedMedia", media="print")
    try:
        address = "getComputedStyle(document.querySelector('blockquote a'), '::after').content"
        assert tab.value(address) == '" (https://example.org/)"'
        shown = "getComputedStyle(document.querySelector('{}')).display"
        for part in (".masthead nav", ".toc", ".onward"):
            assert tab.value(shown.format(part)) == "none"
    finally:
        tab.call("Emulation.setEmulatedMedia", media="")
