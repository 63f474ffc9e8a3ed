"""Images on X, and who may answer and quote whom."""

import base64
from typing import Any

import pytest
import requests

from .running import Sandbox

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
GIF = b"GIF89a" + b"\0" * 20
PERSON = "enterprise_bob"


def upload(sandbox: Sandbox, data: bytes, category: str = "tweet_image") -> requests.Response:
    body = {"media": base64.b64encode(data).decode(), "media_category": category}
    return sandbox.call("POST", "/2/media/upload", json=body)


def uploaded(sandbox: Sandbox, data: bytes = PNG, category: str = "tweet_image") -> str:
    return str(upload(sandbox, data, category).json()["data"]["id"])


def say(sandbox: Sandbox, token: str = "acme", **body: Any) -> requests.Response:
    return sandbox.call("POST", "/2/tweets", token, json=body)


def read(sandbox: Sandbox, id: str) -> dict[str, Any]:
    fields = "tweet.fields=entities,attachments,referenced_tweets,public_metrics"
    expansions = "expansions=attachments.media_keys&media.fields=alt_text,url"
    return dict(sandbox.get(f"/2/tweets/{id}?{fields}&{expansions}"))


def test_an_image_is_described_and_shown(sandbox: Sandbox) -> None:
    id = uploaded(sandbox)
    body = {"id": id, "metadata": {"alt_text": {"text": "A lamp"}}}
    assert sandbox.call("POST", "/2/media/metadata", json=body).json()["data"]["id"] == id
    tweet = say(sandbox, text="Look", media={"media_ids": [id]}).json()["data"]
    told = read(sandbox, tweet["id"])
    (url,) = told["data"]["entities"]["urls"]
    assert told["data"]["text"] == tweet["text"] == f"Look {url['url']}"
    assert url["expanded_url"] == f"https://x.com/acme/status/{tweet['id']}/photo/1"
    assert (url["start"], url["end"]) == (5, len(tweet["text"]))
    assert told["data"]["attachments"] == {"media_keys": [url["media_key"]]}
    assert told["includes"]["media"][0]["alt_text"] == "A lamp"
    assert sandbox.call("GET", f"/x/media/{id}", token="").content == PNG
    page = sandbox.call("GET", f"/acme/status/{tweet['id']}", token="")
    assert 'alt="A lamp"' in page.text


def test_all_images_share_one_link(sandbox: Sandbox) -> None:
    ids = [uploaded(sandbox), uploaded(sandbox)]
    tweet = say(sandbox, text="", media={"media_ids": ids}).json()["data"]
    one, two = read(sandbox, tweet["id"])["data"]["entities"]["urls"]
    assert tweet["text"] == one["url"] == two["url"]
    assert one["media_key"] != two["media_key"]


def test_a_file_may_come_as_it_is(sandbox: Sandbox) -> None:
    form = {"media_category": "tweet_image"}
    answer = sandbox.call("POST", "/2/media/upload", data=form, files={"media": ("a.png", PNG)})
    assert answer.json()["data"]["size"] == len(PNG)


@pytest.mark.parametrize(
    ("data", "category"),
    [
        (b"no image", "tweet_image"),
        (GIF, "tweet_image"),
        (PNG, "tweet_gif"),
        (PNG, "banner"),
        (PNG + b"\0" * (5 << 20), "tweet_image"),
    ],
)
def test_what_is_no_image_is_refused(sandbox: Sandbox, data: bytes, category: str) -> None:
    assert upload(sandbox, data, category).status_code == 400


@pytest.mark.parametrize("ids", [[], ["7"], ["1"] * 5, "7"])
def test_media_that_is_not_there_is_refused(sandbox: Sandbox, ids: Any) -> None:
    assert say(sandbox, text="Look", media={"media_ids": ids}).status_code == 400
    assert sandbox.ledger() == []


def test_an_animation_is_ready_after_a_second(sandbox: Sandbox) -> None:
    told = upload(sandbox, GIF, "tweet_gif").json()["data"]
    assert told["processing_info"] == {
        "state": "pending",
        "progress_percent": 0,
        "check_after_secs": 1,
    }
    post: dict[str, Any] = {"text": "Look", "media": {"media_ids": [told["id"]]}}
    assert say(sandbox, **post).status_code == 400
    sandbox.shift(2)
    status = sandbox.get(f"/2/media/upload?command=STATUS&media_id={told['id']}")
    assert status["data"]["processing_info"]["state"] == "succeeded"
    assert say(sandbox, **post).status_code == 201


def test_alt_text_has_an_end(sandbox: Sandbox) -> None:
    body = {"id": uploaded(sandbox), "metadata": {"alt_text": {"text": "a" * 1001}}}
    assert sandbox.call("POST", "/2/media/metadata", json=body).status_code == 400


def test_an_app_answers_only_who_called_it(sandbox: Sandbox) -> None:
    cold = sandbox.tweet("Nice day", token="ada")["id"]
    warm = sandbox.tweet("Hello @Acme", token="ada")["id"]
    reply: dict[str, Any] = {"reply": {"in_reply_to_tweet_id": cold}}
    refused = say(sandbox, text="Buy this", **reply)
    assert (refused.status_code, refused.json()["title"]) == (403, "Forbidden")
    assert "not been mentioned" in refused.json()["detail"]
    answered = sandbox.tweet("Hello!", to=warm)["id"]
    sandbox.tweet("One more thing", to=answered)
    sandbox.tweet("Whatever", to=cold, token=PERSON)
    by_us = [entry["text"] for entry in sandbox.ledger("x", "acme")]
    assert by_us == ["Hello!", "One more thing"]


def test_who_is_quoted_may_answer(sandbox: Sandbox) -> None:
    ours = sandbox.tweet("Hello")["id"]
    quote = say(sandbox, PERSON, text="Well said", quote_tweet_id=ours).json()["data"]
    told = read(sandbox, quote["id"])["data"]
    assert told["referenced_tweets"] == [{"type": "quoted", "id": ours}]
    assert told["entities"]["urls"][0]["expanded_url"] == f"https://x.com/acme/status/{ours}"
    assert told["text"].startswith("Well said https://t.co/")
    assert read(sandbox, ours)["data"]["public_metrics"]["quote_count"] == 1
    found = sandbox.get("/2/tweets/search/recent", params={"query": "is:quote"})
    assert [tweet["id"] for tweet in found["data"]] == [quote["id"]]
    sandbox.tweet("Thank you", to=quote["id"])
    assert say(sandbox, text="Me too", quote_tweet_id=quote["id"]).status_code == 403
