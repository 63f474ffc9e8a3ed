"""Mastodon's own rules."""

from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from outreach.sandbox.mastodon_text import length

from .running import Sandbox


def ids(notes: list[dict[str, Any]]) -> list[str]:
    return [note["id"] for note in notes]


def test_a_key_is_kept_an_hour(sandbox: Sandbox) -> None:
    first = sandbox.toot("Hello", key="k1")
    assert sandbox.toot("Other words", key="k1")["id"] == first["id"]
    sandbox.shift(59 * 60)
    assert sandbox.toot("Hello", key="k1")["id"] == first["id"]
    sandbox.shift(61 * 60)
    assert sandbox.toot("Hello", key="k1")["id"] != first["id"]


def test_a_key_belongs_to_its_account(sandbox: Sandbox) -> None:
    first = sandbox.toot("Hello", key="k1")
    assert sandbox.toot("Hello", key="k1", token="bob")["id"] != first["id"]


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("a" * 500, 500),
        ("see https://example.com/" + "x" * 400, 27),
        ("@ada@example.social hi", 7),
        ("👩‍👩‍👧‍👦é", 2),
        ("(https://example.com/a_(b)).", 26),
    ],
)
def test_length(text: str, counted: int) -> None:
    assert length(text) == counted


@pytest.mark.parametrize("text", ["", "  \n ", "a" * 501])
def test_a_text_that_is_blank_or_too_long_is_refused(sandbox: Sandbox, text: str) -> None:
    answer = sandbox.call("POST", "/api/v1/statuses", json={"status": text})
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("Validation failed: Text ")
    assert sandbox.ledger() == []


def test_500_characters_are_taken(sandbox: Sandbox) -> None:
    assert sandbox.toot("a" * 500)["id"]


def test_content_is_html(sandbox: Sandbox) -> None:
    sandbox.me("mastodon", "bob")
    status = sandbox.toot("Hi @bob & <b>\nsee https://www.example.com/" + "a" * 30 + " #Tag\n\nBye")
    assert status["content"] == (
        f'<p>Hi <span class="h-card" translate="no"><a href="{sandbox.url}/mastodon/@bob" '
        'class="u-url mention">@<span>bob</span></a></span> &amp; &lt;b&gt;<br />see '
        f'<a href="https://www.example.com/{"a" * 30}" target="_blank" rel="nofollow noopener" '
        'translate="no"><span class="invisible">https://www.</span><span class="ellipsis">'
        f'example.com/{"a" * 18}</span><span class="invisible">{"a" * 12}</span></a> '
        f'<a href="{sandbox.url}/tags/tag" class="mention hashtag" rel="tag">#<span>Tag</span></a>'
        "</p><p>Bye</p>"
    )
    assert [m["username"] for m in status["mentions"]] == ["bob"]


def test_paging_follows_the_documented_words(sandbox: Sandbox) -> None:
    all_ids = [sandbox.toot(f"Note {n}")["id"] for n in range(6)][::-1]
    path = f"/api/v1/accounts/{sandbox.me('mastodon')}/statuses"
    assert ids(sandbox.get(path)) == all_ids
    assert ids(sandbox.get(f"{path}?limit=2")) == all_ids[:2]
    assert ids(sandbox.get(f"{path}?limit=2&max_id={all_ids[1]}")) == all_ids[2:4]
    assert ids(sandbox.get(f"{path}?limit=2&since_id={all_ids[4]}")) == all_ids[:2]
    assert ids(sandbox.get(f"{path}?limit=2&min_id={all_ids[4]}")) == all_ids[2:4]
    assert sandbox.call("GET", f"{path}?max_id=abc").status_code == 422


def test_the_link_header_leads_through_all_pages(sandbox: Sandbox) -> None:
    all_ids = [sandbox.toot(f"Note {n}")["id"] for n in range(5)][::-1]
    path = f"/api/v1/accounts/{sandbox.me('mastodon')}/statuses?limit=2"
    answer = sandbox.call("GET", path)
    seen = ids(answer.json())
    while "next" in answer.links:
        answer = sandbox.call("GET", answer.links["next"]["url"].removeprefix(sandbox.url))
        seen += ids(answer.json())
    assert seen == all_ids
    newest = sandbox.call("GET", path).links["prev"]["url"].removeprefix(sandbox.url)
    assert sandbox.get(newest) == []
    fresh = sandbox.toot("Fresh")["id"]
    assert ids(sandbox.get(newest)) == [fresh]


def test_a_page_has_20_by_itself_and_40_at_most(sandbox: Sandbox) -> None:
    for n in range(41):
        sandbox.toot(f"Note {n}")
    path = f"/api/v1/accounts/{sandbox.me('mastodon')}/statuses"
    assert len(sandbox.get(path)) == 20
    assert len(sandbox.get(f"{path}?limit=80")) == 40


def test_exclude_replies_keeps_threads(sandbox: Sandbox) -> None:
    other = sandbox.toot("Hello", token="bob")
    first = sandbox.toot("One")
    second = sandbox.toot("Two", in_reply_to_id=first["id"])
    answer = sandbox.toot("@bob hi", in_reply_to_id=other["id"])
    path = f"/api/v1/accounts/{sandbox.me('mastodon')}/statuses?exclude_reblogs=true"
    assert ids(sandbox.get(path)) == ids([answer, second, first])
    assert ids(sandbox.get(f"{path}&exclude_replies=true")) == ids([second, first])


def test_what_happens_to_a_note_is_notified(sandbox: Sandbox) -> None:
    note = sandbox.toot("Hello")
    answer = sandbox.toot("@acme nice", token="bob", in_reply_to_id=note["id"])
    sandbox.call("POST", f"/api/v1/statuses/{note['id']}/favourite", "bob")
    sandbox.call("POST", f"/api/v1/statuses/{note['id']}/reblog", "bob")
    all_of_them = sandbox.get("/api/v1/notifications")
    assert [n["type"] for n in all_of_them] == ["reblog", "favourite", "mention"]
    mentions = sandbox.get("/api/v1/notifications?types[]=mention")
    assert [n["status"]["id"] for n in mentions] == [answer["id"]]
    assert mentions[0]["account"]["username"] == "bob"
    assert sandbox.get(f"/api/v1/notifications?min_id={all_of_them[0]['id']}") == []
    assert ids(sandbox.get(f"/api/v1/notifications?min_id={all_of_them[2]['id']}&limit=1")) == ids(
        all_of_them[1:2]
    )
    assert sandbox.get("/api/v1/notifications", "bob") == []


def test_a_quote_is_notified_and_shown(sandbox: Sandbox) -> None:
    note = sandbox.toot("Hello")
    quote = sandbox.toot("@acme how true", token="bob", quoted_status_id=note["id"])
    assert quote["quote"]["state"] == "accepted"
    assert quote["quote"]["quoted_status"]["id"] == note["id"]
    assert quote["content"].startswith('<p class="quote-inline">RE: <a href="')
    assert quote["content"].endswith("how true</p>")
    told = sandbox.get("/api/v1/notifications")
    assert [(n["type"], n["status"]["id"]) for n in told] == [
        ("quote", quote["id"]),
        ("mention", quote["id"]),
    ]
    assert told[0]["id"] != told[1]["id"]
    assert sandbox.get("/api/v1/notifications?types[]=quote&limit=1")[0]["id"] == told[0]["id"]
    path = f"/api/v1/statuses/{note['id']}"
    assert sandbox.get(path)["quotes_count"] == 1
    deeper = sandbox.toot("And so on", token="ada", quoted_status_id=quote["id"])
    inner = deeper["quote"]["quoted_status"]["quote"]
    assert inner == {"state": "accepted", "quoted_status_id": note["id"]}
    sandbox.call("DELETE", path)
    gone = sandbox.get(f"/api/v1/statuses/{quote['id']}")["quote"]
    assert gone == {"state": "deleted", "quoted_status": None}
    missing = {"status": "a", "quoted_status_id": "7"}
    assert sandbox.call("POST", "/api/v1/statuses", json=missing).status_code == 404


@pytest.mark.parametrize("visibility", ["private", "direct"])
def test_what_is_not_for_everybody(sandbox: Sandbox, visibility: str) -> None:
    note = sandbox.toot("Hello", token="bob")
    secret = sandbox.toot("@bob psst", in_reply_to_id=note["id"], visibility=visibility)
    path = f"/api/v1/statuses/{secret['id']}"
    context = f"/api/v1/statuses/{note['id']}/context"
    listing = f"/api/v1/accounts/{sandbox.me('mastodon')}/statuses"
    for token, sees in (("acme", True), ("bob", True), ("eve", False)):
        assert (sandbox.call("GET", path, token).status_code == 200) is sees
        assert (ids(sandbox.get(context, token)["descendants"]) == [secret["id"]]) is sees
        assert (ids(sandbox.get(listing, token)) == [secret["id"]]) is sees


def test_a_warning_counts_and_hides(sandbox: Sandbox) -> None:
    note = sandbox.toot("a" * 490, spoiler_text="w" * 10)
    assert (note["spoiler_text"], note["sensitive"]) == ("w" * 10, True)
    sent = {"status": "a" * 490, "spoiler_text": "w" * 11}
    assert sandbox.call("POST", "/api/v1/statuses", json=sent).status_code == 422


def test_a_visibility_that_there_is_not(sandbox: Sandbox) -> None:
    sent = {"status": "a", "visibility": "friends"}
    assert sandbox.call("POST", "/api/v1/statuses", json=sent).status_code == 422


def test_context_and_source(sandbox: Sandbox) -> None:
    one = sandbox.toot("One")
    two = sandbox.toot("Two", in_reply_to_id=one["id"])
    three = sandbox.toot("Three", in_reply_to_id=two["id"])
    context = sandbox.get(f"/api/v1/statuses/{two['id']}/context")
    assert ids(context["ancestors"]) == [one["id"]]
    assert ids(context["descendants"]) == [three["id"]]
    source = sandbox.get(f"/api/v1/statuses/{one['id']}/source")
    assert source == {"id": one["id"], "text": "One", "spoiler_text": ""}


def test_edit_and_delete(sandbox: Sandbox) -> None:
    note = sandbox.toot("One")
    path = f"/api/v1/statuses/{note['id']}"
    edited = sandbox.call("PUT", path, json={"status": "Two"}).json()
    assert (edited["content"], bool(edited["edited_at"])) == ("<p>Two</p>", True)
    sent = {"status": "Two", "spoiler_text": "w", "language": "de", "visibility": "private"}
    edited = sandbox.call("PUT", path, json=sent).json()
    assert (edited["spoiler_text"], edited["sensitive"]) == ("w", True)
    assert (edited["language"], edited["visibility"]) == ("de", "public")
    edited = sandbox.call("PUT", path, json={"status": "Two"}).json()
    assert (edited["spoiler_text"], edited["language"]) == ("", "de")
    assert sandbox.call("PUT", path, "bob", json={"status": "Mine"}).status_code == 404
    assert sandbox.call("DELETE", path, "bob").status_code == 404
    assert sandbox.call("DELETE", path).json()["text"] == "Two"
    assert sandbox.call("DELETE", path).status_code == 404
    assert sandbox.call("GET", path).json() == {"error": "Record not found"}


def test_media_is_described_and_shown(sandbox: Sandbox) -> None:
    data = bytes(range(256)) + b"\r\n--\r\n"
    files = {"file": ("a.png", data, "image/png")}
    media = sandbox.call("POST", "/api/v2/media", files=files, data={"description": "A"}).json()
    sandbox.call("PUT", f"/api/v1/media/{media['id']}", data={"description": "A dog"})
    assert sandbox.get(f"/api/v1/media/{media['id']}")["description"] == "A dog"
    note = sandbox.toot("", media_ids=[media["id"]])
    assert note["media_attachments"][0]["description"] == "A dog"
    assert sandbox.call("GET", f"/mastodon/media/{media['id']}").content == data
    assert len(sandbox.ledger()) == 1


def test_a_parent_that_is_not_there(sandbox: Sandbox) -> None:
    answer = sandbox.call("POST", "/api/v1/statuses", json={"status": "a", "in_reply_to_id": "7"})
    assert answer.status_code == 404


def test_headers(sandbox: Sandbox) -> None:
    answer = sandbox.call("GET", "/api/v1/notifications")
    for name in ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Date"):
        assert name in answer.headers
    sandbox.shift(400 * 86400)
    later = sandbox.call("GET", "/api/v1/notifications")
    dates = [parsedate_to_datetime(each.headers["Date"]) for each in (answer, later)]
    assert (dates[1] - dates[0]).days == 400


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/api/v1/statuses"), ("GET", "/api/v1/notifications")]
)
def test_nobody_is_refused(sandbox: Sandbox, method: str, path: str) -> None:
    answer = sandbox.call(method, path, token="")
    assert (answer.status_code, answer.json()) == (401, {"error": "The access token is invalid"})
