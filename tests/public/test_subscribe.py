"""The newsletter's pages: links change nothing, buttons do, and nobody learns who reads."""

import re
from collections.abc import Mapping
from contextlib import closing
from html import unescape
from typing import Any

import pytest

from outreach.flows.subscribe import AGAIN
from outreach.public._form import LARGEST
from outreach.public._rate import MOST_OF_ONE
from outreach.public.app import app
from outreach.public.subscribe import Subscribe
from outreach.rules.keys import Tids
from outreach.store import accounts, ledger, subscribers
from outreach.store.subscribers import Standing, Subscriber
from outreach.workspace import Workspace, open_workspace

from ..asgi import Answer, ask, get
from ..flows.world import Clock
from ..folder import Folder

ADA = "ada@acme.example"
ACCOUNT = """  {}:
    kind: email
    from: Ada <ada@lantern.example>
    smtp: mail.lantern.example
"""
ONE_CLICK = b"List-Unsubscribe=One-Click"


class Site:
    """A folder's door to the world, and what strangers do there."""

    def __init__(self, folder: Folder) -> None:
        self.workspace: Workspace = open_workspace(folder.root, folder.environ())
        self.clock = Clock()
        with closing(self.workspace.create()) as database:
            for name in self.workspace.config.lists:
                accounts.meet(database, name, "email", self.clock())
        pages = Subscribe(self.workspace, self.clock, Tids(self.clock, 1))
        self.app: Any = app(self.workspace.site, *pages.routes)

    def post(self, path: str, body: bytes = b"", **headers: str) -> Answer:
        """As a mail program does: no Origin, no cookie."""
        kind = "application/x-www-form-urlencoded"
        return ask(self.app, "POST", path, {"host": "x", "content-type": kind, **headers}, body)

    def asks(self, address: str, more: str = "") -> Answer:
        return self.post("/subscribe", f"address={address}{more}".encode())

    def readers(self, account: str = "letters") -> list[Subscriber]:
        with closing(self.workspace.read()) as database:
            return subscribers.every(database, account)

    @property
    def mails(self) -> int:
        with closing(self.workspace.read()) as database:
            return len(ledger.every(database))

    def token(self) -> str:
        """That of somebody who has just asked."""
        assert self.asks(ADA)[0] == 200
        (reader,) = self.readers()
        return reader.token


@pytest.fixture
def site(folder: Folder) -> Site:
    folder.change("accounts:\n", "accounts:\n" + ACCOUNT.format("letters"))
    return Site(folder)


@pytest.fixture
def two(folder: Folder) -> Site:
    both = ACCOUNT.format("letters") + ACCOUNT.format("news")
    folder.change("accounts:\n", f"accounts:\n{both}")
    return Site(folder)


def is_safe(headers: Mapping[str, str]) -> None:
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in headers


def test_the_form_is_a_page_of_the_site_without_a_script(site: Site) -> None:
    status, headers, body = get(site.app, "/subscribe")
    assert status == 200
    is_safe(headers)
    assert '<link rel="stylesheet" href="/style.css?' in body
    assert '<label for="address">' in body
    assert "Lanternworks" in body
    assert not re.search(r"<script|style=|\son\w+=", body)


def test_who_asks_gets_one_mail_and_reads_nothing_yet(site: Site) -> None:
    status, headers, body = site.asks("Ada%40ACME.example", "&language=de-AT")
    assert (status, site.mails) == (200, 1)
    is_safe(headers)
    assert "Look into your mailbox" in body
    (reader,) = site.readers()
    assert (reader.address, reader.language) == ("Ada@acme.example", "de")
    assert reader.standing is Standing.PENDING


def test_nobody_learns_who_reads(site: Site) -> None:
    first = site.asks(ADA)
    again = site.asks(ADA)
    site.post(f"/subscribe/confirm?token={site.readers()[0].token}")
    assert first == again == site.asks(ADA) == site.asks("stranger@acme.example")
    assert site.mails == 2


def test_a_link_alone_confirms_nothing_and_the_button_does(site: Site) -> None:
    link = f"/subscribe/confirm?token={site.token()}"
    status, headers, body = get(site.app, link)
    assert status == 200
    is_safe(headers)
    assert site.readers()[0].standing is Standing.PENDING
    (action,) = re.findall(r'<form class="ask" method="post" action="([^"]+)"', body)
    assert unescape(action) == link
    for _ in range(2):
        assert "You are a reader" in site.post(link)[2]
    assert site.readers()[0].standing is Standing.CONFIRMED
    assert "<form" not in get(site.app, link)[2]


def test_a_link_alone_ends_nothing_and_the_button_does(site: Site) -> None:
    token = site.token()
    site.post(f"/subscribe/confirm?token={token}")
    status, headers, body = get(site.app, f"/unsubscribe?token={token}")
    assert (status, site.readers()[0].standing) == (200, Standing.CONFIRMED)
    is_safe(headers)
    (action,) = re.findall(r'<form class="ask" method="post" action="([^"]+)"', body)
    assert "You get no more letters" in site.post(unescape(action))[2]
    assert site.readers()[0].standing is Standing.LEFT
    assert "<form" not in get(site.app, f"/unsubscribe?token={token}")[2]
    assert "You get no more letters" in site.post(f"/subscribe/confirm?token={token}")[2]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", ONE_CLICK),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
            b"One-Click\r\n--b--\r\n",
        ),
    ],
)
def test_a_mail_programs_one_click_ends_it(site: Site, kind: str, body: bytes) -> None:
    """RFC 8058, 3.2: either encoding, no cookie, no Origin, no redirect."""
    link = f"/unsubscribe?token={site.token()}"
    site.post(link.replace("unsubscribe", "subscribe/confirm"))
    for _ in range(2):
        assert site.post(link, body, **{"content-type": kind})[0] == 200
    assert site.readers()[0].standing is Standing.LEFT


@pytest.mark.parametrize("path", ["/subscribe/confirm", "/unsubscribe"])
@pytest.mark.parametrize("token", ["", "?token=", "?token=nobody", "?token=%00%F0"])
def test_a_token_of_nobody_is_told_so(site: Site, path: str, token: str) -> None:
    site.token()
    for status, headers, body in (get(site.app, path + token), site.post(path + token)):
        assert status == 404
        is_safe(headers)
        assert "This link belongs to nobody" in body
    assert site.readers()[0].standing is Standing.PENDING


@pytest.mark.parametrize(
    "address", ["", "ada", "ada%40localhost", "a%40b%40c.example", "ada%40acme.example%0d%0aBcc:x"]
)
def test_what_is_no_address_is_told_beside_its_field(site: Site, address: str) -> None:
    status, _, body = site.asks(address)
    assert (status, site.mails) == (400, 0)
    assert 'role="alert"' in body


def test_what_was_typed_stays_and_is_only_text(site: Site) -> None:
    _, _, body = site.asks("%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    assert 'value="&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"' in body


def test_a_robot_that_fills_every_field_is_thanked_and_ignored(site: Site) -> None:
    assert site.asks(ADA, "&website=https://spam.example") == site.asks("other@acme.example")
    assert [reader.address for reader in site.readers()] == ["other@acme.example"]


def test_an_address_is_asked_about_a_few_times_an_hour_whatever_its_case(site: Site) -> None:
    answers = [site.asks(ADA.replace("ada", name)) for name in ("ada", "Ada", "ADA", "aDa", "adA")]
    assert [status for status, *_ in answers] == [200] * MOST_OF_ONE
    status, headers, body = site.asks(ADA)
    assert (status, headers["retry-after"]) == (429, "3600")
    is_safe(headers)
    assert "Please try again later" in body
    assert site.asks("bob@acme.example")[0] == 200
    site.clock.move(hours=1)
    assert site.asks(ADA)[0] == 200
    assert site.mails == 2
    site.clock.move(seconds=AGAIN.total_seconds())
    site.asks(ADA)
    assert site.mails == 3


@pytest.mark.parametrize("path", ["/subscribe", "/subscribe/confirm", "/unsubscribe"])
def test_a_large_body_is_not_read(site: Site, path: str) -> None:
    assert site.post(path, b"a" * (LARGEST + 1))[0] == 413
    assert site.post(path, b"a" * LARGEST)[0] in (400, 404)


def test_many_fields_are_not_read(site: Site) -> None:
    status, _, body = site.post("/subscribe", b"a=b&" * 100)
    assert (status, body) == (400, "At most 20 fields.")


def test_of_several_lists_the_reader_chooses(two: Site) -> None:
    body = get(two.app, "/subscribe?list=news")[2]
    assert 'value="news" checked' in body
    assert 'value="letters">' in body
    two.asks(ADA, "&list=news")
    assert (len(two.readers("letters")), len(two.readers("news"))) == (0, 1)
    assert two.asks(ADA, "&list=mastodon")[0] == 400
    two.asks(ADA)
    assert len(two.readers("letters")) == 1


def test_the_languages_are_those_of_the_posts(site: Site) -> None:
    assert "<select" not in get(site.app, "/subscribe")[2]
    assert 'name="language" value="de"' in get(site.app, "/subscribe?language=de")[2]
    site.workspace.site.mkdir(parents=True)
    feed = site.workspace.site / "feed.json"
    feed.write_text('{"items": [{"language": "en"}, {"language": "de-AT"}, {"language": "tlh"}]}')
    body = get(site.app, "/subscribe?language=de")[2]
    assert re.findall(r'<option value="(\w*)"', body) == ["", "de", "en", "tlh"]
    assert '<option value="de" lang="de" selected>Deutsch<' in body


def test_without_a_newsletter_there_is_no_such_page(folder: Folder) -> None:
    site = Site(folder)
    site.workspace.site.mkdir(parents=True)
    assert get(site.app, "/subscribe")[0] == 404
    assert site.post("/unsubscribe")[0] == 405


def test_every_page_of_a_site_with_a_newsletter_leads_to_it(site: Site, folder: Folder) -> None:
    from outreach.site.theme import page

    link = '<a class="subscribe" href="/subscribe">Subscribe</a>'
    shown = page("404.html", site.workspace.layout)
    assert link in shown
    folder.change(ACCOUNT.format("letters"), "")
    without = open_workspace(folder.root, folder.environ())
    assert link not in page("404.html", without.layout)
