"""The channel's requests and the sandbox's answers, both held against LinkedIn's documentation.

LinkedIn publishes no description that a machine could read, so `linkedin.json` is one, written
from the pages that it names.
"""

import contextlib
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from jsonschema import Draft202012Validator, ValidationError

from outreach.channels import Secrets, linkedin
from outreach.fetch import SAFE_METHODS, Answer, Fetch, Headers, loopback_only
from outreach.model.delivery import Receipt
from outreach.model.errors import OutreachError
from outreach.model.note import Card, Mentioned, Note
from outreach.model.post import Media
from outreach.rules.keys import Tids

from .running import Sandbox

PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)
CLIENT = {"client_id": "$ID", "client_secret": "$SECRET"}
new_key = Tids(lambda: datetime.now(UTC), 0)


@cache
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(__file__).with_name("linkedin.json").read_text())
    return found


def check(value: Any, schema: dict[str, Any]) -> None:
    """Fail unless the description allows the value."""
    Draft202012Validator({**schema, "$defs": document()["$defs"]}).validate(value)


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A request and its answer."""

    method: str
    url: str
    headers: Headers
    content: bytes
    answer: Answer

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    def operation(self) -> dict[str, Any]:
        """What the documentation calls it."""
        for operation in document()["operations"]:
            pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(operation["path"]))
            if operation["method"] == self.method and re.fullmatch(pattern, self.path):
                return dict(operation)
        raise AssertionError(f"{self.method} {self.path} is not documented")

    def check(self) -> None:
        operation = self.operation()
        headers = {name.lower(): value for name, value in self.headers.items()}
        if self.path.startswith(document()["headers"]["below"]):
            check(headers, document()["headers"]["schema"])
        else:
            assert "linkedin-version" not in headers
        query = {name for name, _ in parse_qsl(urlsplit(self.url).query)}
        assert query <= set(operation["query"])
        if self.method not in SAFE_METHODS:
            assert headers.get("x-restli-method") == operation.get("restli")
        self._check_body(operation)
        self._check_answer(operation)

    def _check_body(self, operation: dict[str, Any]) -> None:
        if "body" in operation:
            check(json.loads(self.content), operation["body"])
        elif "form" in operation:
            check(dict(parse_qsl(self.content.decode())), operation["form"])
        elif self.method != "PUT":
            assert self.content == b""

    def _check_answer(self, operation: dict[str, Any]) -> None:
        status = str(self.answer.status)
        assert status in operation["answers"], f"{self.method} {self.path} never answers {status}"
        schema = operation["answers"][status]
        if schema is None:
            assert self.answer.body == b""
        else:
            check(json.loads(self.answer.body), schema)
        if status == "201" and "names" in operation:
            assert re.search(r"\d$", self.answer.headers[operation["names"]])


@dataclass(frozen=True, kw_only=True)
class Recording(Fetch):
    """The outgoing door, which remembers."""

    seen: list[Exchange] = field(default_factory=list)

    def __call__(
        self, method: str, url: str, *, headers: Headers | None = None, content: bytes = b""
    ) -> Answer:
        answer = super().__call__(method, url, headers=headers, content=content)
        exchange = Exchange(
            method=method, url=url, headers=headers or {}, content=content, answer=answer
        )
        self.seen.append(exchange)
        return answer


class Account:
    """One account whose every exchange is checked."""

    def __init__(self, sandbox: Sandbox, tokens: dict[str, str], **settings: object) -> None:
        self.fetch = Recording(guard=loopback_only, deadline=5)
        made = linkedin.Settings.model_validate(
            {"kind": "linkedin", "base_url": sandbox.url, **settings}
        )
        given = (
            made,
            Secrets(named=lambda name: "acme", tokens=tokens),
            self.fetch,
            lambda: datetime.now(UTC),
        )
        self.channel: Any = linkedin.open(*given)
        self.sign_in = linkedin.sign_in(*given)

    def checked(self) -> set[str]:
        for exchange in self.fetch.seen:
            exchange.check()
        return {exchange.operation()["source"] for exchange in self.fetch.seen}


def say_everything(account: Account, folder: Path) -> list[Any]:
    """Every kind of note; gives back a post and an answer."""
    picture = folder / "picture.png"
    picture.write_bytes(PNG)
    media = Media(path=str(picture), alt="A lantern", content_type="image/png")
    card = Card(url="https://a.example/x", title="An (article)", description="_", image=media)
    ada = Mentioned(words="Ada", handle="urn:li:person:ada")
    publish = account.channel.publish
    post = publish(Note(text="Hello (world) #news by Ada & co_", mentions=(ada,)), new_key())
    publish(Note(text="Read https://a.example/x_y", card=card), new_key())
    publish(Note(text="One", media=(media,)), new_key())
    publish(Note(text="Two", media=(media, media)), new_key())
    answer = publish(Note(text="An answer (plain)", in_reply_to=post.id), new_key())
    publish(Note(text="Deeper", in_reply_to=answer.id), new_key())
    account.channel.edit(post, Note(text="Hello {again}"))
    with contextlib.suppress(OutreachError):
        publish(Note(text="Hello {again}"), new_key())
    with contextlib.suppress(OutreachError):
        publish(Note(text="a" * 3001), new_key())
    return [post, answer]


def organisation(sandbox: Sandbox, folder: Path) -> set[str]:
    """All that an organisation's account does."""
    account = Account(sandbox, {}, token="$T", organisation=7, **CLIENT)
    post, answer = say_everything(account, folder)
    form = {"note": post.id, "name": "Grace Müller", "text": "A question"}
    assert sandbox.call("POST", "/linkedin/reply", token="", data=form).ok
    assert account.channel.collect(None).mentions
    for note in (Note(text="Hello {again}"), Note(text="No", in_reply_to=post.id)):
        account.channel.find(note, new_key(), datetime.now(UTC) - timedelta(minutes=5))
    take_back(account, post, answer)
    return account.checked()


def member(sandbox: Sandbox, folder: Path) -> set[str]:
    """All that a member's account does."""
    account = Account(sandbox, {}, token="$T")
    take_back(account, *say_everything(account, folder))
    return account.checked()


def take_back(account: Account, post: Receipt, answer: Receipt) -> None:
    account.channel.rights()
    account.channel.edit(answer, Note(text="Changed"))
    for receipt in (answer, post, post):
        account.channel.delete(receipt)


def signing_in(sandbox: Sandbox) -> set[str]:
    """A sign-in, and 61 days later a refresh."""
    account = Account(sandbox, {}, organisation=8, **CLIENT)
    begun = account.sign_in.begin("")
    path = begun.url.removeprefix(sandbox.url)
    back = sandbox.call("GET", f"{path}&answer=allow", token="", allow_redirects=False)
    answer = dict(parse_qsl(urlsplit(back.headers["Location"]).query))
    account.sign_in.finish(begun.kept, answer)
    sandbox.shift(timedelta(days=61).total_seconds())
    account.channel.publish(Note(text="Refreshed"), new_key())
    sandbox.shift(0)
    grants = [
        dict(parse_qsl(exchange.content.decode()))["grant_type"]
        for exchange in account.fetch.seen
        if exchange.path.endswith("accessToken")
    ]
    assert grants == ["authorization_code", "refresh_token"]
    (refused,) = (one for one in account.fetch.seen if one.answer.status == 401)
    check(json.loads(refused.answer.body), {"$ref": "#/$defs/Error"})
    account.fetch.seen.remove(refused)
    return account.checked()


def test_all_that_is_sent_and_answered_is_documented(sandbox: Sandbox, tmp_path: Path) -> None:
    page, person = organisation(sandbox, tmp_path), member(sandbox, tmp_path)
    assert not [source for source in person if "comments-api" in source]  # partners only
    every = {operation["source"] for operation in document()["operations"]}
    assert page | person | signing_in(sandbox) == every


@pytest.mark.parametrize(
    ("commentary", "good"),
    [
        (r"Hello \(world\)", True),
        ("#news @[Ada](urn:li:person:1)", True),
        (r"{hashtag|\#|news}", True),
        ("Hello (world)", False),
        ("a_b", False),
        ("a @ b", False),
    ],
)
def test_the_description_can_go_red(commentary: str, good: bool) -> None:
    try:
        check(commentary, {"$ref": "#/$defs/Little"})
    except ValidationError:
        assert not good
    else:
        assert good


def test_urns_are_encoded_in_paths(sandbox: Sandbox) -> None:
    """As protocol version 2.0 has it for a resource key."""
    account = Account(sandbox, {}, token="$T", organisation=9)
    post = account.channel.publish(Note(text="Hello"), new_key())
    answer = account.channel.publish(Note(text="One", in_reply_to=post.id), new_key())
    account.channel.publish(Note(text="Two", in_reply_to=answer.id), new_key())
    keys = [urlsplit(exchange.url).path.split("/")[3] for exchange in account.fetch.seen[1:]]
    assert [unquote(key) for key in keys] == [post.id, answer.id]
    assert not [key for key in keys if set(key) & set("():,")]
