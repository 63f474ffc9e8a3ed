"""X's own rules."""

from typing import Any

import pytest

from outreach.sandbox.x_text import shorten, weight

from .running import Sandbox

PERSON = "enterprise_bob"
"""Somebody who may answer whom they like."""


def ids(answer: dict[str, Any]) -> list[str]:
    return [tweet["id"] for tweet in answer.get("data", [])]


@pytest.mark.parametrize(
    ("text", "weighed"),
    [
        ("a" * 280, 280),
        ("Hi http://test.co", 26),
        ("漢字", 4),
        ("👩‍👩‍👧‍👦", 2),
        ("🇩🇪1️⃣", 4),
        ("e\u0301", 1),
        ("see example.com/a-long-path, ok", 4 + 23 + 4),
        ("version 4.2 of foo.jp", 21),
        ("…—", 3),
    ],
)
def test_weight(text: str, weighed: int) -> None:
    assert weight(text) == weighed


def test_280_is_taken_and_281_is_not(sandbox: Sandbox) -> None:
    sandbox.tweet("a" * 256 + " https://example.com/" + "x" * 100)
    answer = sandbox.call("POST", "/2/tweets", json={"text": "漢" * 140 + "a"})
    assert answer.status_code == 400
    assert answer.json()["title"] == "Invalid Request"
    assert len(sandbox.ledger()) == 1


def test_the_same_words_are_refused_for_twelve_hours(sandbox: Sandbox) -> None:
    tweet = sandbox.tweet("Hello https://example.com/")
    answer = sandbox.call("POST", "/2/tweets", json={"text": "Hello https://example.com/"})
    assert answer.status_code == 403
    assert (
        answer.json()["detail"] == "You are not allowed to create a Tweet with duplicate content."
    )
    assert sandbox.tweet("Hello https://example.com/", token="bob")["id"] != tweet["id"]
    sandbox.shift(12 * 3600 + 60)
    assert sandbox.tweet("Hello https://example.com/")["id"] != tweet["id"]


def test_what_was_deleted_can_be_said_again(sandbox: Sandbox) -> None:
    tweet = sandbox.tweet("Hello")
    assert sandbox.call("DELETE", f"/2/tweets/{tweet['id']}").json() == {"data": {"deleted": True}}
    assert sandbox.tweet("Hello")["id"] != tweet["id"]


def test_links_are_rewritten(sandbox: Sandbox) -> None:
    tweet = sandbox.tweet("See https://example.com/a?b=1, and https://example.com/a?b=1")
    fields = "tweet.fields=entities"
    read = sandbox.get(f"/2/tweets/{tweet['id']}?{fields}")["data"]
    first, second = read["entities"]["urls"]
    assert read["text"] == tweet["text"] == f"See {first['url']}, and {second['url']}"
    assert first["expanded_url"] == "https://example.com/a?b=1"
    assert first["display_url"] == "example.com/a?b=1"
    assert len(first["url"]) == 23
    assert read["text"][second["start"] : second["end"]] == second["url"]


def test_a_shortened_text_can_be_restored() -> None:
    text = "One example.com/a two https://example.org/b, three."
    short, links = shorten(text, "1")
    for link in reversed(links):
        short = short[: link.start] + link.written + short[link.end :]
    assert short == text


def test_an_answer_is_a_mention(sandbox: Sandbox) -> None:
    tweet = sandbox.tweet("Hello")
    answer = sandbox.tweet("Nice", to=tweet["id"], token=PERSON)
    assert answer["text"] == "@acme Nice"
    query = "expansions=author_id&tweet.fields=conversation_id,referenced_tweets&user.fields=url"
    mentions = sandbox.get(f"/2/users/{sandbox.me('x')}/mentions?{query}")
    assert mentions["data"][0] | {"author_id": "", "edit_history_tweet_ids": []} == {
        "id": answer["id"],
        "text": "@acme Nice",
        "author_id": "",
        "edit_history_tweet_ids": [],
        "conversation_id": tweet["id"],
        "referenced_tweets": [{"type": "replied_to", "id": tweet["id"]}],
    }
    assert mentions["includes"]["users"][0]["username"] == PERSON


def test_an_answer_to_oneself_is_a_thread_without_a_name(sandbox: Sandbox) -> None:
    one = sandbox.tweet("One")
    assert sandbox.tweet("Two", to=one["id"])["text"] == "Two"
    assert ids(sandbox.get(f"/2/users/{sandbox.me('x')}/mentions")) == []


def test_the_same_thanks_to_two_people(sandbox: Sandbox) -> None:
    for person in ("ada", "bob"):
        sandbox.tweet("Thank you!", to=sandbox.tweet("Hello @acme", token=person)["id"])
    again = {"text": "Thank you!", "reply": {"in_reply_to_tweet_id": sandbox.ledger()[0]["id"]}}
    assert sandbox.call("POST", "/2/tweets", json=again).status_code == 403


def test_pages_lead_back_to_the_first(sandbox: Sandbox) -> None:
    all_ids = [sandbox.tweet(f"Note {n}")["id"] for n in range(12)][::-1]
    path = f"/2/users/{sandbox.me('x')}/tweets?max_results=5"
    answer = sandbox.get(path)
    assert answer["meta"] == {
        "result_count": 5,
        "newest_id": all_ids[0],
        "oldest_id": all_ids[4],
        "next_token": answer["meta"]["next_token"],
    }
    seen = ids(answer)
    while "next_token" in answer["meta"]:
        answer = sandbox.get(f"{path}&pagination_token={answer['meta']['next_token']}")
        seen += ids(answer)
    assert seen == all_ids


def test_windows(sandbox: Sandbox) -> None:
    one = sandbox.tweet("One")["id"]
    sandbox.shift(100)
    two = sandbox.tweet("Two")["id"]
    sandbox.shift(200)
    three = sandbox.tweet("Three")["id"]
    path = f"/2/users/{sandbox.me('x')}/tweets"
    at = sandbox.get(f"/2/tweets/{two}?tweet.fields=created_at")["data"]["created_at"]
    assert at.endswith("Z")
    assert ids(sandbox.get(f"{path}?since_id={one}")) == [three, two]
    assert ids(sandbox.get(f"{path}?until_id={three}")) == [two, one]
    assert ids(sandbox.get(f"{path}?start_time={at}")) == [three, two]
    assert ids(sandbox.get(f"{path}?end_time={at}")) == [one]
    assert sandbox.get(f"{path}?since_id={three}")["meta"] == {"result_count": 0}


@pytest.mark.parametrize(
    "query",
    [
        "max_results=4",
        "max_results=101",
        "since_id=x",
        "start_time=yesterday",
        "pagination_token=x",
    ],
)
def test_a_parameter_that_means_nothing_is_refused(sandbox: Sandbox, query: str) -> None:
    answer = sandbox.call("GET", f"/2/users/{sandbox.me('x')}/tweets?{query}")
    assert answer.status_code == 400
    assert answer.json()["parameter"] == query.partition("=")[0]


def test_search(sandbox: Sandbox) -> None:
    tweet = sandbox.tweet("Hello")
    other = sandbox.tweet("Elsewhere")
    answer = sandbox.tweet("Nice", to=tweet["id"], token=PERSON)
    deeper = sandbox.tweet("Thanks", to=answer["id"])

    def search(query: str) -> list[str]:
        return ids(sandbox.get("/2/tweets/search/recent", params={"query": query}))

    whole = [deeper["id"], answer["id"], tweet["id"]]
    assert search(f"conversation_id:{tweet['id']}") == whole
    assert search(f"conversation_id:{tweet['id']} from:{PERSON}") == [answer["id"]]
    assert search(f"conversation_id:{tweet['id']} -from:acme") == [answer["id"]]
    assert search("from:acme -is:reply") == [other["id"], tweet["id"]]
    assert search("to:acme nice") == [answer["id"]]
    refused = sandbox.call("GET", "/2/tweets/search/recent?query=near:me")
    assert refused.status_code == 400


def test_what_is_missing_is_told_with_200(sandbox: Sandbox) -> None:
    tweet = sandbox.tweet("Hello")
    one = sandbox.get("/2/tweets/7")
    assert one["errors"][0]["title"] == "Not Found Error"
    both = sandbox.get(f"/2/tweets?ids=7,{tweet['id']}")
    assert (ids(both), len(both["errors"])) == ([tweet["id"]], 1)


def test_deleting(sandbox: Sandbox) -> None:
    tweet = sandbox.tweet("Hello")
    assert sandbox.call("DELETE", f"/2/tweets/{tweet['id']}", "bob").status_code == 403
    assert sandbox.call("DELETE", f"/2/tweets/{tweet['id']}").ok
    assert sandbox.call("DELETE", f"/2/tweets/{tweet['id']}").status_code == 404


def test_oauth_1_names_the_account(sandbox: Sandbox) -> None:
    header = {"Authorization": 'OAuth oauth_consumer_key="k", oauth_token="acme", oauth_nonce="1"'}
    answer = sandbox.call("GET", "/2/users/me", token="", headers=header)
    assert answer.json()["data"]["username"] == "acme"


@pytest.mark.parametrize("header", [{}, {"Authorization": 'OAuth oauth_consumer_key="k"'}])
def test_nobody_is_refused(sandbox: Sandbox, header: dict[str, str]) -> None:
    answer = sandbox.call("GET", "/2/users/me", token="", headers=header)
    assert (answer.status_code, answer.json()["title"]) == (401, "Unauthorized")


def test_headers(sandbox: Sandbox) -> None:
    headers = sandbox.call("GET", "/2/users/me").headers
    assert {"x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset"} <= set(headers)


def test_accounts_are_those_of_one_network(sandbox: Sandbox) -> None:
    sandbox.toot("Hello")
    assert sandbox.me("x") != sandbox.me("mastodon")
    assert ids(sandbox.get(f"/2/users/{sandbox.me('x')}/tweets")) == []
