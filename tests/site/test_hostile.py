"""Whatever a text says, nothing in its page runs, asks, or looks like ours."""

import json
import re
from collections.abc import Callable, Iterator

import pytest
from bs4 import BeautifulSoup

from outreach.model.post import Post
from outreach.site import bodies, views
from outreach.site.batch import Text
from outreach.site.build import Site
from outreach.site.render import relative, render
from tests.shared import SHARED, needs_shared

NAMES = """
    a abbr acronym area article aside audio b bdi bdo blockquote br caption center cite code col
    colgroup data dd del details dfn div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6
    header hgroup hr i img input ins kbd li map mark meter nav ol p pre progress q rp rt rtc ruby
    s samp section small source span strike strong sub summary sup table tbody td tfoot th thead
    time tr tt u ul var video wbr html head body
"""
TEXTS = frozenset(NAMES.split())
BARRED = frozenset(["style", "srcdoc", "action", "formaction", "background", "is"])
ADDRESSES = frozenset(["href", "src", "poster", "cite"])
OURS = frozenset(["h-card", "h-entry", "u-url", "p-name"])
CONTROLS = "".join(map(chr, range(0x21)))  # a browser leaves them out (WHATWG URL, 4.4)
SCHEMES = ("http", "https", "mailto", "tel")


def payloads() -> Iterator[str]:
    folder = SHARED / "conformance"
    for name in ("xss-bleach/cases.json", "xss-dompurify/expect.json"):
        yield from (it["payload"] for it in json.loads((folder / name).read_text("utf-8")))
    naughty = json.loads((folder / "naughty-strings/blns.json").read_text("utf-8"))
    yield from (it for it in naughty if set('<>&"`[](){}') & set(it))


def body(payload: str) -> str:
    """The payload in every place that we write anew."""
    line = " ".join(payload.split())[:150]
    return "\n\n".join(
        [
            "![](a.png)",
            payload,
            f'![{line}](a.png "{line}")',
            f'{{{{< figure src="a.png" caption="{line}" >}}}}',
            f'{{{{< note title="{line}" >}}}}\n{line}\n{{{{< /note >}}}}',
            f'```py title="{line}"\n{line}\n```',
            f"> [!NOTE] {line}\n> {line}",
            f'!!! tip "{line}"\n    {line}',
            f"[x]({line}) [z](b.md#{line})",
            f"{line}\n: {line}",
        ]
    )


def wrong(html: str) -> list[str]:
    """What is in a page that must not be."""
    found = []
    for tag in BeautifulSoup(html, "html5lib").find_all(True):
        if tag.name not in TEXTS:
            found.append(tag.name)
        for name, value in tag.attrs.items():
            if _is_wrong(name, value if isinstance(value, str) else " ".join(value)):
                found.append(f"{tag.name} {name}={value}")
    return found


def _is_wrong(name: str, value: str) -> bool:
    scheme = re.match("([a-z]+):", re.sub("[\t\n\r]", "", value.lower().strip(CONTROLS)))
    return (
        name.startswith("on")
        or name in BARRED
        or (name == "srcset" and not value.startswith("/news/media/"))
        or (name in ADDRESSES and scheme is not None and scheme[1] not in SCHEMES)
        or (name == "class" and not OURS.isdisjoint(value.split()))
    )


@needs_shared
def test_nothing_of_a_hostile_text_lives(post: Callable[..., Post], site: Site) -> None:
    known = {"posts/2026/a.png": "media/0123456789abcdef.png"}
    seen = 0
    for payload in payloads():
        html = render(body(payload))
        images, links = relative(html)
        text = Text("key", html, "", 0, tuple(images), tuple(links))
        made = post(path="posts/2026/hello.md")
        entry = views.entry(made, text, site=site, images=known)._replace(
            leads=(("b.md#x", "/news/b/"),),
            pictures=(("media/0123456789abcdef.png", 900, 600, (480, 900)),),
        )
        page = bodies.page_html(entry, html, site)
        assert not wrong(page), payload
        assert 'srcset="/news/media/0123456789abcdef-480.webp 480w' in page
        seen += 1
    assert seen > 300


@pytest.mark.parametrize(
    "html",
    ["<script>a</script>", "<b onclick=a>", '<a href="javascript:a">', '<b class="h-card">'],
)
def test_what_lives_is_found(html: str) -> None:
    assert wrong(html)
