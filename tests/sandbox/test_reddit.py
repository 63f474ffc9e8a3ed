"""The sandbox's Reddit answers as Reddit's documentation of its API says."""

from typing import Any

import pytest
import requests

from outreach.sandbox.reddit_things import DEEPEST

from .running import Sandbox

AGENT = {"User-Agent": "linux:test:1 (by /u/test)"}


def post(sandbox: Sandbox, path: str, token: str = "acme", **form: str) -> Any:
    answer = asked(sandbox, "POST", path, token, data={"api_type": "json", **form})
    assert answer.ok, answer.text
    return answer.json()


def get(sandbox: Sandbox, path: str, token: str = "acme", **query: str) -> Any:
    answer = asked(sandbox, "GET", path, token, params=query)
    assert answer.ok, answer.text
    return answer.json()


def asked(
    sandbox: Sandbox, method: str, path: str, token: str = "acme", **options: Any
) -> requests.Response:
    return sandbox.call(method, f"/reddit{path}", token, headers=AGENT, **options)


def submit(sandbox: Sandbox, token: str = "acme", **form: str) -> Any:
    whole = {"kind": "self", "sr": "lanterns", "title": "T", "resubmit": "false", **form}
    return post(sandbox, "/api/submit", token, **whole)["json"]


def comment(sandbox: Sandbox, parent: str, text: str, token: str = "acme") -> str:
    told = post(sandbox, "/api/comment", token, thing_id=parent, text=text)["json"]
    return str(told["data"]["things"][0]["data"]["name"])


def names(listing: Any) -> list[str]:
    return [str(child["data"]["name"]) for child in listing["data"]["children"]]


def test_a_submission_is_named_and_listed(sandbox: Sandbox) -> None:
    told = submit(sandbox, kind="link", title="A <lantern>", url="https://a.example/1?a=1&b=2")
    assert told["errors"] == []
    data = told["data"]
    assert data["name"] == f"t3_{data['id']}"
    assert data["url"].endswith(f"/r/lanterns/comments/{data['id']}/a_lantern/")
    (child,) = get(sandbox, "/user/acme/submitted", raw_json="1")["data"]["children"]
    assert (child["kind"], child["data"]["is_self"]) == ("t3", False)
    assert child["data"]["url"] == "https://a.example/1?a=1&b=2"
    (child,) = get(sandbox, "/user/acme/submitted")["data"]["children"]
    assert child["data"]["url"] == "https://a.example/1?a=1&amp;b=2"
    assert child["data"]["title"] == "A &lt;lantern&gt;"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"title": " "}, "NO_TEXT"),
        ({"title": "a" * 301}, "TOO_LONG"),
        ({"text": "a" * 40_001}, "TOO_LONG"),
        ({"kind": "link"}, "NO_URL"),
        ({"kind": "link", "url": "nothing"}, "BAD_URL"),
        ({"kind": "poem"}, "INVALID_OPTION"),
        ({"sr": "nowhere"}, "SUBREDDIT_NOEXIST"),
        ({"sr": "closed"}, "SUBREDDIT_NOTALLOWED"),
        ({"sr": "flaired"}, "SUBMIT_VALIDATION_FLAIR_REQUIRED"),
    ],
)
def test_what_is_wrong_is_said_with_a_200(
    sandbox: Sandbox, form: dict[str, str], error: str
) -> None:
    told = submit(sandbox, **form)
    assert ([each[0] for each in told["errors"]], "data" in told) == ([error], False)
    assert sandbox.ledger("reddit") == []


def test_a_link_is_taken_once_in_a_subreddit(sandbox: Sandbox) -> None:
    link = {"kind": "link", "url": "https://a.example/1"}
    assert submit(sandbox, **link)["errors"] == []
    assert submit(sandbox, "bob", **link)["errors"][0][0] == "ALREADY_SUB"
    assert submit(sandbox, **link, sr="lamps")["errors"] == []
    assert submit(sandbox, **{**link, "resubmit": "true"})["errors"] == []


def test_newcomers_are_told_to_take_a_break(sandbox: Sandbox) -> None:
    assert submit(sandbox, "newcomer1")["errors"] == []
    told = submit(sandbox, "newcomer1", title="Again")
    assert told["errors"][0][0] == "RATELIMIT"
    assert 530 < told["ratelimit"] <= 540
    assert "9 minutes" in told["errors"][0][1]
    sandbox.shift(541)
    assert submit(sandbox, "newcomer1", title="Again")["errors"] == []


def test_comments_make_a_tree(sandbox: Sandbox) -> None:
    root = submit(sandbox)["data"]["name"]
    first = comment(sandbox, root, r"It\_is", "bob")
    second = comment(sandbox, first, "Below", "carol")
    submission, tree = get(sandbox, f"/comments/{root[3:]}", raw_json="1")
    assert submission["data"]["children"][0]["data"]["num_comments"] == 2
    (child,) = tree["data"]["children"]
    assert (child["data"]["body"], child["data"]["parent_id"]) == (r"It\_is", root)
    assert names(child["data"]["replies"]) == [second]
    assert [entry["text"] for entry in sandbox.ledger("reddit", "bob")] == ["It_is"]


def test_what_a_tree_has_no_room_for_is_named(sandbox: Sandbox) -> None:
    root = submit(sandbox)["data"]["name"]
    ids = [comment(sandbox, root, f"Answer {number}", "bob") for number in range(5)]
    below = comment(sandbox, ids[0], "Below", "carol")
    _, tree = get(sandbox, f"/comments/{root[3:]}", limit="3")
    *shown, more = tree["data"]["children"]
    assert [child["data"]["name"] for child in shown] == ids[:1:-1]
    assert (more["kind"], more["data"]["parent_id"], more["data"]["count"]) == ("more", root, 3)
    assert more["data"]["children"] == [ids[1][3:], ids[0][3:], below[3:]]
    told = get(
        sandbox,
        "/api/morechildren",
        link_id=root,
        children=",".join(more["data"]["children"]),
        api_type="json",
    )
    things = told["json"]["data"]["things"]
    assert [thing["data"]["name"] for thing in things] == [ids[1], ids[0], below]
    too_many = {"link_id": root, "children": ",".join(["a"] * 101)}
    assert asked(sandbox, "GET", "/api/morechildren", params=too_many).status_code == 400


def test_a_deep_tree_is_continued_elsewhere(sandbox: Sandbox) -> None:
    root = parent = submit(sandbox)["data"]["name"]
    chain = []
    for depth in range(DEEPEST + 1):
        parent = comment(sandbox, parent, f"Depth {depth}", "bob")
        chain.append(parent)
    _, tree = get(sandbox, f"/comments/{root[3:]}")
    for name in chain[:DEEPEST]:
        (child,) = tree["data"]["children"]
        assert child["data"]["name"] == name
        tree = child["data"]["replies"]
    (more,) = tree["data"]["children"]
    assert (more["kind"], more["data"]["id"], more["data"]["children"]) == ("more", "_", [])
    assert more["data"]["parent_id"] == chain[-2]
    _, rest = get(sandbox, f"/comments/{root[3:]}", comment=chain[-2][3:])
    assert names(rest["data"]["children"][0]["data"]["replies"]) == [chain[-1]]


def test_listings_have_pages(sandbox: Sandbox) -> None:
    ids = [submit(sandbox, title=f"T{number}")["data"]["name"] for number in range(5)]
    first = get(sandbox, "/user/acme/submitted", limit="2")
    assert (names(first), first["data"]["after"]) == ([ids[4], ids[3]], ids[3])
    second = get(sandbox, "/user/acme/submitted", limit="2", after=ids[3])
    third = get(sandbox, "/user/acme/submitted", limit="2", after=ids[1])
    assert (names(second), names(third)) == ([ids[2], ids[1]], [ids[0]])
    assert third["data"]["after"] is None
    newer = get(sandbox, "/user/acme/submitted", limit="2", before=ids[2])
    assert names(newer) == [ids[4], ids[3]]


def test_the_inbox_has_who_answers_or_names_us(sandbox: Sandbox) -> None:
    root = submit(sandbox)["data"]["name"]
    first = comment(sandbox, root, "One", "bob")
    own = comment(sandbox, first, "Two")
    second = comment(sandbox, own, "Three", "bob")
    other = submit(sandbox, "bob")["data"]["name"]
    named = comment(sandbox, other, "See u/acme", "carol")
    inbox = get(sandbox, "/message/inbox")
    assert names(inbox) == [named, second, first]
    told = [child["data"] for child in inbox["data"]["children"]]
    assert [each["subject"] for each in told] == ["username mention", "comment reply", "post reply"]
    assert told[2]["context"].endswith(f"/{first[3:]}/?context=3")
    assert "permalink" not in told[2]


def test_an_edit_is_its_authors_and_of_words_only(sandbox: Sandbox) -> None:
    root = submit(sandbox, text="Before")["data"]["name"]
    post(sandbox, "/api/editusertext", thing_id=root, text="After")
    assert sandbox.ledger("reddit")[-1]["text"] == "T\n\nAfter"
    told = post(sandbox, "/api/editusertext", "bob", thing_id=root, text="Mine")
    assert told["json"]["errors"][0][0] == "NOT_AUTHOR"
    link = submit(sandbox, kind="link", url="https://a.example/1")["data"]["name"]
    form = {"api_type": "json", "thing_id": link, "text": "Words"}
    assert asked(sandbox, "POST", "/api/editusertext", data=form).status_code == 403


def test_what_is_deleted_leaves_a_mark_where_others_stand_below(sandbox: Sandbox) -> None:
    root = submit(sandbox)["data"]["name"]
    alone, above = (comment(sandbox, root, text, "bob") for text in ("Alone", "Above"))
    comment(sandbox, above, "Below", "carol")
    assert (
        asked(sandbox, "POST", "/api/del", data={"api_type": "json", "id": alone}).status_code
        == 403
    )
    for name in (alone, above, alone):
        assert post(sandbox, "/api/del", "bob", id=name) == {}
    _, tree = get(sandbox, f"/comments/{root[3:]}")
    (child,) = tree["data"]["children"]
    assert (child["data"]["author"], child["data"]["body"]) == ("[deleted]", "[deleted]")
    effects = [entry["effect"] for entry in sandbox.ledger("reddit", "bob")]
    assert effects == ["create", "create", "delete", "delete"]
    told = post(sandbox, "/api/comment", thing_id=alone, text="?")
    assert told["json"]["errors"][0][0] == "DELETED_COMMENT"


def test_submissions_are_searched(sandbox: Sandbox) -> None:
    link = submit(sandbox, kind="link", url="https://a.example/1", title="Look")["data"]["name"]
    words = submit(sandbox, title="Who", text="knows the lantern works?")["data"]["name"]
    assert names(get(sandbox, "/search", q="url:a.example", sort="new")) == [link]
    assert names(get(sandbox, "/search", q='url:"a.example/1"')) == [link]
    assert names(get(sandbox, "/search", q="url:a.example/1")) == []
    assert names(get(sandbox, "/search", q='"lantern works"')) == [words]
    assert names(get(sandbox, "/search", q='"works lantern"')) == []
    assert names(get(sandbox, "/search", q="works lantern")) == [words]
    assert names(get(sandbox, "/api/info", url="https://a.example/1")) == [link]
    assert names(get(sandbox, "/api/info", id=f"{words},t3_1")) == [words]


def test_nobody_is_heard_without_a_token_a_name_and_a_scope(sandbox: Sandbox) -> None:
    assert asked(sandbox, "GET", "/api/v1/me", "").status_code == 401
    unnamed = sandbox.call("GET", "/reddit/api/v1/me")
    assert unnamed.status_code == 429
    me = asked(sandbox, "GET", "/api/v1/me")
    assert me.json()["name"] == "acme"
    assert 0 < int(me.headers["x-ratelimit-reset"]) <= 600
    form = {
        "client_id": "app",
        "redirect_uri": "http://127.0.0.1/back",
        "scope": "identity",
        "state": "s",
        "duration": "temporary",
    }
    said = {**form, "account": "acme", "answer": "yes"}
    back = sandbox.call(
        "POST", "/reddit/api/v1/authorize", "", data=said, allow_redirects=False
    ).headers["location"]
    code = back.partition("code=")[2].partition("#")[0]
    grant = {"grant_type": "authorization_code", "code": code}
    grant["redirect_uri"] = form["redirect_uri"]
    answer = requests.post(
        f"{sandbox.url}/reddit/api/v1/access_token",
        data=grant,
        auth=("app", "secret"),
        headers=AGENT,
        timeout=10,
    ).json()
    assert ("refresh_token" in answer, answer["expires_in"]) == (False, 3600)
    refused = asked(sandbox, "GET", "/message/inbox", answer["access_token"])
    assert refused.status_code == 403
    assert "insufficient_scope" in refused.headers["www-authenticate"]
    sandbox.shift(3601)
    assert asked(sandbox, "GET", "/api/v1/me", answer["access_token"]).status_code == 401


def test_people_find_a_thing_where_it_is_on_the_site(sandbox: Sandbox) -> None:
    told = submit(sandbox, title="A lantern")["data"]
    path = told["url"].removeprefix(sandbox.url)
    assert "A lantern" in sandbox.call("GET", path, "").text
    below = comment(sandbox, told["name"], "It floats", "bob")
    assert "It floats" in sandbox.call("GET", f"{path}{below[3:]}/", "").text
    assert sandbox.call("GET", "/reddit/r/lanterns/comments/zzz/t/", "").status_code == 404
    assert sandbox.call("GET", "/reddit/user/acme", "").status_code == 200
