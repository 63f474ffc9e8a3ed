"""tweepy's requests and the sandbox's answers, both held against the API's description.

The description has renamed tweets to posts, also in queries and answers (`post.fields`,
`referenced_posts`); tweepy still speaks of tweets, and the API goes on answering in the words it
was asked in. So does the sandbox: what tweepy is told is renamed here before it is checked, and
the new words are checked as they are.
"""

import base64
import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import tweepy
from requests.adapters import HTTPAdapter

from .running import Sandbox
from .spec import Spec, official

ME, TWEETS, TWEET = "/2/users/me", "/2/tweets", "/2/tweets/{id}"
TIMELINE, MENTIONS = "/2/users/{id}/tweets", "/2/users/{id}/mentions"
SEARCH = "/2/tweets/search/recent"
UPLOAD, METADATA = "/2/media/upload", "/2/media/metadata"
RENAMED = {
    "tweet.fields": "post.fields",
    "edit_history_tweet_ids": "edit_history_post_ids",
    "referenced_tweets": "referenced_posts",
    "retweet_count": "repost_count",
    "tweet_count": "post_count",
    "tweets": "posts",
}
FIELDS = ["author_id", "conversation_id", "created_at", "entities", "in_reply_to_user_id"]
FIELDS += ["lang", "public_metrics", "referenced_tweets"]


@pytest.fixture(scope="module")
def spec() -> Spec:
    return official("x")


class ToSandbox(HTTPAdapter):
    """Carries what is meant for the API to the sandbox, and remembers it."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.last: requests.Response = requests.Response()

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> Any:
        path = urlsplit(request.url or "")
        request.url = f"{self.url}{path.path!s}?{path.query!s}"
        self.last = super().send(request, *args, **options)
        return self.last


@pytest.fixture
def wire(sandbox: Sandbox) -> ToSandbox:
    return ToSandbox(sandbox.url)


@pytest.fixture
def client(wire: ToSandbox) -> Any:
    client = tweepy.Client(
        consumer_key="k", consumer_secret="s", access_token="acme", access_token_secret="s"
    )
    client.session.mount("https://api.twitter.com", wire)
    return client


def renamed(value: Any) -> Any:
    if isinstance(value, dict):
        return {RENAMED.get(name, name): renamed(inner) for name, inner in value.items()}
    return [renamed(inner) for inner in value] if isinstance(value, list) else value


def check(spec: Spec, wire: ToSandbox, method: str, path: str, status: int = 200) -> None:
    """Hold the last exchange against the description; no answer has a word it does not know."""
    assert wire.last.status_code == status
    answer = renamed(wire.last.json())
    spec.check_answer(answer, method, path, status)
    data = answer.get("data", [])
    known = spec.fields("User" if path == ME else "Post") | {"deleted"}
    for item in data if isinstance(data, list) else [data]:
        assert set(item) <= known
    for user in answer.get("includes", {}).get("users", []):
        assert set(user) <= spec.fields("User")
    query = {name for name, _ in parse_qsl(str(urlsplit(wire.last.request.url or "").query))}
    assert {RENAMED.get(name, name) for name in query} <= spec.parameters(method, path)


def test_publishing(spec: Spec, client: Any, wire: ToSandbox) -> None:
    tweet = client.create_tweet(text="Hello https://example.com/").data
    check(spec, wire, "post", TWEETS, 201)
    client.create_tweet(text="More", in_reply_to_tweet_id=tweet["id"])
    spec.check_request(json.loads(wire.last.request.body or b""), "post", TWEETS)
    check(spec, wire, "post", TWEETS, 201)
    client.delete_tweet(tweet["id"])
    check(spec, wire, "delete", TWEET)


def test_reading(spec: Spec, client: Any, wire: ToSandbox, sandbox: Sandbox) -> None:
    me = client.get_me(user_fields=["created_at", "public_metrics", "url"], user_auth=True).data
    check(spec, wire, "get", ME)
    tweet = client.create_tweet(text="Hello https://example.com/ #tag").data
    sandbox.tweet("Nice", to=tweet["id"], token="enterprise_bob")
    options = {
        "tweet_fields": FIELDS,
        "expansions": ["author_id", "referenced_tweets.id"],
        "user_fields": ["name", "username", "url"],
        "user_auth": True,
    }
    timeline = client.get_users_tweets(
        me.id, max_results=5, start_time="2020-01-01T00:00:00Z", **options
    )
    check(spec, wire, "get", TIMELINE)
    url = timeline.data[0].entities["urls"][0]
    assert url["expanded_url"] == "https://example.com/"
    mentions = client.get_users_mentions(me.id, since_id=tweet["id"], **options)
    check(spec, wire, "get", MENTIONS)
    assert (mentions.data[0].text, mentions.includes["users"][0].username) == (
        "@acme Nice",
        "enterprise_bob",
    )
    assert str(mentions.data[0].referenced_tweets[0].id) == tweet["id"]
    client.search_recent_tweets(f"conversation_id:{tweet['id']}", max_results=10, **options)
    check(spec, wire, "get", SEARCH)
    client.get_tweet(tweet["id"], **options)
    check(spec, wire, "get", TWEET)
    client.get_tweets([tweet["id"], "7"], **options)
    check(spec, wire, "get", TWEETS)


def test_paging(client: Any, sandbox: Sandbox) -> None:
    ids = [sandbox.tweet(f"Note {n}")["id"] for n in range(12)][::-1]
    pages = tweepy.Paginator(
        client.get_users_tweets, sandbox.me("x"), max_results=5, user_auth=True
    )
    assert [str(tweet.id) for tweet in pages.flatten()] == ids


def test_images_and_quotes(spec: Spec, client: Any, wire: ToSandbox, sandbox: Sandbox) -> None:
    image = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
    body: dict[str, Any] = {"media": image, "media_category": "tweet_image"}
    spec.check_request(body, "post", UPLOAD)
    id = client.request("POST", UPLOAD, json=body, user_auth=True).json()["data"]["id"]
    told = spec.check_answer
    told(wire.last.json(), "post", UPLOAD, 200)
    assert {"media_id", "command"} <= spec.parameters("get", UPLOAD)
    client.request("GET", UPLOAD, {"media_id": id, "command": "STATUS"}, user_auth=True)
    told(wire.last.json(), "get", UPLOAD, 200)
    body = {"id": id, "metadata": {"alt_text": {"text": "A lamp"}}}
    spec.check_request(body, "post", METADATA)
    client.request("POST", METADATA, json=body, user_auth=True)
    told(wire.last.json(), "post", METADATA, 200)
    tweet = client.create_tweet(text="Look", media_ids=[id]).data
    spec.check_request(json.loads(wire.last.request.body or b""), "post", TWEETS)
    check(spec, wire, "post", TWEETS, 201)
    quote = {"text": "See", "quote_tweet_id": tweet["id"]}
    spec.check_request(quote, "post", TWEETS)
    said = sandbox.call("POST", TWEETS, "enterprise_bob", json=quote).json()["data"]
    fields = [*FIELDS, "attachments"]
    media = {"expansions": ["attachments.media_keys"], "media_fields": ["alt_text", "url"]}
    answer = client.get_tweets([tweet["id"], said["id"]], tweet_fields=fields, **media)
    check(spec, wire, "get", TWEETS)
    assert answer.includes["media"][0].alt_text == "A lamp"
    assert set(wire.last.json()["includes"]["media"][0]) <= spec.fields("Media")


def test_the_new_words(spec: Spec, sandbox: Sandbox) -> None:
    tweet = sandbox.tweet("Hello")
    sandbox.tweet("Nice", to=tweet["id"], token="enterprise_bob")
    query = "post.fields=public_metrics,created_at&expansions=author_id,referenced_posts"
    answer = sandbox.get(f"/2/users/{sandbox.me('x')}/mentions?{query}")
    spec.check_answer(answer, "get", MENTIONS, 200)
    post = answer["data"][0]
    assert set(post) <= spec.fields("Post")
    assert post["referenced_posts"][0]["id"] == tweet["id"]
    assert post["public_metrics"]["repost_count"] == 0
    assert answer["includes"]["posts"][0]["id"] == tweet["id"]


def test_refusals(spec: Spec, client: Any, wire: ToSandbox) -> None:
    with pytest.raises(tweepy.BadRequest):
        client.create_tweet(text="a" * 281)
    spec.check(wire.last.json(), "Problem")
    client.create_tweet(text="Hello")
    with pytest.raises(tweepy.Forbidden, match="duplicate content"):
        client.create_tweet(text="Hello")
    with pytest.raises(tweepy.NotFound):
        client.delete_tweet("7")
    spec.check(wire.last.json(), "Problem")


@pytest.mark.parametrize(
    ("mode", "error"),
    [
        ("401", "Unauthorized"),
        ("422", "BadRequest"),
        ("429", "TooManyRequests"),
        ("500", "TwitterServerError"),
    ],
)
def test_faults_speak_x(client: Any, sandbox: Sandbox, mode: str, error: str) -> None:
    # 401, 403 duplicate, 429 and 5xx are of type about:blank on the real API; the description has
    # no schema for that type, so tweepy's reading is the test.
    sandbox.fail(mode)
    with pytest.raises(getattr(tweepy, error)):
        client.create_tweet(text="Hello")
