"""A letter: its parts, its headers, and what may not get into them."""

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from importlib.util import find_spec
from typing import Any

import pytest

from outreach.channels import _email_template as template
from outreach.channels import _extra
from outreach.channels._email_address import address, sender
from outreach.channels._email_letter import _body, compose
from outreach.model.errors import Refused, Rejected
from outreach.model.note import Note
from outreach.rules.keys import time_of

from ..server import ok, saying, serving
from .contract import new_key

ADA = sender("Ada Möller <ada@acme.example>")
ORIGINAL = "https://acme.example/2026/hello?a=1&b=2"
WAY_OUT = "https://acme.example/unsubscribe?token=" + "x=Y&z" * 40


def note(**more: Any) -> Note:
    given: dict[str, Any] = {
        "title": "Grüße: what is new in version 2, and what will be in the version after it",
        "text": "Version 2 is out.\n\nÄh, and yes.",
        "html": "<p>Version 2 is <em>out</em>.</p><pre><code>$ a & b</code></pre>",
        "original": ORIGINAL,
        "to": "bob@reader.example",
        "unsubscribe": WAY_OUT,
    }
    return Note(**{**given, **more})


def read(letter: bytes) -> EmailMessage:
    return message_from_bytes(letter, policy=policy.default)


def part(message: EmailMessage, subtype: str) -> str:
    found = message.get_body((subtype,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


def test_a_letter_has_what_mail_programs_look_for() -> None:
    key = new_key()
    letter = read(compose(note(), key, ADA))
    assert letter["From"] == "Ada Möller <ada@acme.example>"
    assert letter["To"] == "bob@reader.example"
    assert letter["Reply-To"] == f"Ada Möller <ada+{key}@acme.example>"
    assert letter["Subject"] == note().title
    assert letter["Message-ID"] == f"<{key}@acme.example>"
    assert abs(parsedate_to_datetime(letter["Date"]) - time_of(key)) < timedelta(seconds=1)
    assert letter["List-Id"] == "<newsletter.acme.example>"
    assert letter["List-Unsubscribe"] == f"<{WAY_OUT}>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letter.get_content_type() == "multipart/alternative"
    assert [one.get_content_type() for one in letter.iter_parts()] == ["text/plain", "text/html"]
    assert not letter.defects


def test_where_plus_addresses_are_unknown_answers_come_to_the_sender() -> None:
    plain = replace(ADA, plus=False)
    assert "Reply-To" not in read(compose(note(), new_key(), plain))
    assert plain.returning(new_key()) == plain.answering(new_key()) == ADA.address


def test_both_parts_say_the_same_and_how_to_leave() -> None:
    letter = read(compose(note(), new_key(), ADA))
    plain, html = part(letter, "plain"), part(letter, "html")
    assert plain.startswith("Version 2 is out.\n\nÄh, and yes.\n\n-- \n")
    assert f"\n{ORIGINAL}\n" in plain
    assert plain.endswith(f"subscribed at acme.example.\nUnsubscribe:\n{WAY_OUT}\n")
    assert "<em>out</em>" in html
    assert "$ a &amp; b</code>" in html
    assert html.count("Grüße: what is new") == 2  # the title, and the heading
    for link in (ORIGINAL, WAY_OUT):
        assert f'href="{link.replace("&", "&amp;")}"' in html
    assert "invalid" not in plain + html


def test_the_style_is_inlined_and_the_dark_one_stays() -> None:
    html = part(read(compose(note(), new_key(), ADA)), "html")
    assert '<p style="margin: 0 0 18px' in html
    assert "max-width: 600px" in html
    assert "@media (prefers-color-scheme: dark)" in html


def test_what_a_post_links_to_is_not_loaded() -> None:
    with serving(saying(ok(b"p { color: red }"))) as server:
        html = f'<link rel="stylesheet" href="{server.url}/a.css"><p>Hello</p>'
        assert "Hello" in part(read(compose(note(html=html), new_key(), ADA)), "html")
    assert server.seen == 0


def test_a_letter_is_the_same_each_time_and_made_once() -> None:
    key, hello = new_key(), note()
    first = compose(hello, key, ADA)
    before = _body.cache_info().misses
    _body.cache_clear()
    assert compose(hello, key, ADA) == first
    for number in range(20):
        compose(note(to=f"reader{number}@a.example", unsubscribe=f"{WAY_OUT}{number}"), key, ADA)
    assert before and _body.cache_info().misses == 1


def test_letters_are_ascii_in_short_lines_of_crlf() -> None:
    letter = compose(note(text="é" * 5000, html="<p>" + "é " * 5000), new_key(), ADA)
    assert letter.isascii()
    lines = letter.split(b"\r\n")
    assert max(map(len, lines)) < 998
    assert not [line for line in lines if b"\n" in line or b"\r" in line]
    body = letter.partition(b"\r\n\r\n")[2]
    assert max(map(len, body.split(b"\r\n"))) <= 78


def test_an_answer_is_plain_and_has_its_parent() -> None:
    parent = "<CAF+x=y@mail.reader.example>"
    answer = note(html="", unsubscribe="", original="", in_reply_to=parent, title="Re: Hello")
    letter = read(compose(answer, new_key(), ADA))
    assert letter["In-Reply-To"] == letter["References"] == parent
    assert letter.get_content_type() == "text/plain"
    assert part(letter, "plain") == "Version 2 is out.\n\nÄh, and yes.\n"
    assert "List-Unsubscribe" not in letter


@pytest.mark.parametrize("language", [*template.WORDS, "de-AT", "xx"])
def test_we_speak_the_language_of_the_letter(language: str) -> None:
    letter = read(compose(note(language=language), new_key(), ADA))
    said = template.words(language)
    assert said.leave in part(letter, "plain")
    assert said.leave in part(letter, "html")
    assert f'<html lang="{language}">' in part(letter, "html")


EVIL = [
    "\r\nBcc: eve@evil.example",
    "\nX: y",
    "\rX: y",
    "\x0bX",
    "\x0cX",
    "\x85X",
    "\u2028X",
    "\u2029X",
    "\0",
]


@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.parametrize("where", ["title", "to", "in_reply_to", "unsubscribe", "original"])
def test_no_header_is_smuggled_in(where: str, evil: str) -> None:
    good = {"in_reply_to": "<a@b.example>"}.get(where) or getattr(note(), where)
    with pytest.raises(Rejected):
        compose(note(**{where: good + evil + "x"}), new_key(), ADA)
    with pytest.raises(Rejected):
        compose(note(**{where: evil + good}), new_key(), ADA)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "/relative",
        "https://a.example/ b",
        'https://a"b',
        "https://é.example",
    ],
)
def test_a_link_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(Rejected, match="no link"):
        compose(note(original=url), new_key(), ADA)


@pytest.mark.parametrize(
    "to",
    [
        None,
        "",
        "bob",
        "bob@",
        "@a.example",
        "a@b@c.example",
        "a b@c.example",
        "<a@b.example>",
        "é@a.example",
        "a@b..c",
        "a,b@c.example",
    ],
)
def test_a_letter_needs_an_address(to: str | None) -> None:
    with pytest.raises(Rejected):
        compose(note(to=to), new_key(), ADA)


def test_addresses_and_senders() -> None:
    assert address("Bob.Stone+news@Bücher.example") == "Bob.Stone+news@xn--bcher-kva.example"
    assert sender("ada@acme.example").name == ""
    assert sender('"Möller, Ada" <ada@acme.example>').name == "Möller, Ada"
    for wrong in ("Ada", "Ada <ada>", "a@b.example, c@d.example", "Ada\n<a@b.example>", "<>"):
        with pytest.raises(ValueError, match="is no"):
            sender(wrong)


def test_our_ids_are_known_again_and_no_others() -> None:
    key = new_key()
    assert ADA.wrote(ADA.message_id(key))
    assert ADA.came_back(ADA.returning(key).upper())
    for other in ("<newsletterabc@acme.example>", f"<{key}@other.example>", f"{key}@acme.example"):
        assert not ADA.wrote(other)
    assert not ADA.came_back("ada@acme.example")
    assert not ADA.came_back(f"ada+bounce-{key}@other.example")
    assert ADA.answered(ADA.answering(key).upper()) == ADA.answered(ADA.returning(key)) == key
    for other in ("ada+newsletterabc@acme.example", f"eve+{key}@acme.example", ADA.address):
        assert not ADA.answered(other)


def test_what_is_missing_is_said_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        _extra, "find_spec", lambda name: None if name == "css_inline" else find_spec(name)
    )
    _body.cache_clear()
    with pytest.raises(Refused, match=r"pip install 'outreach\[email\]'"):
        compose(note(), new_key(), ADA)
