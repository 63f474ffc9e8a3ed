"""Mastodon.py's requests and the sandbox's answers, both held against the API's description."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import mastodon
import pytest
import requests

from .running import Sandbox
from .spec import Spec, official

STATUS = "/api/v1/statuses/{id}"


@pytest.fixture(scope="module")
def spec() -> Spec:
    return official("mastodon")


class Recording(requests.Session):
    """A session that remembers what it sent and got."""

    def __init__(self) -> None:
        super().__init__()
        self.last: requests.Response = requests.Response()

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        self.last = super().send(request, **options)
        return self.last


@pytest.fixture
def session() -> Recording:
    return Recording()


@pytest.fixture
def client(sandbox: Sandbox, session: Recording) -> Any:
    return mastodon.Mastodon(
        access_token="acme",
        api_base_url=sandbox.url,
        session=session,
        version_check_mode="none",
        request_timeout=10,
    )


def sent(session: Recording) -> dict[str, Any]:
    """The body of the last request. The description knows JSON only; the server takes forms too."""
    body = session.last.request.body
    fields: dict[str, Any] = {}
    for name, value in parse_qsl(body.decode() if isinstance(body, bytes) else body or ""):
        if name.endswith("[]"):
            fields.setdefault(name[:-2], []).append(value)
        else:
            fields[name] = value
    if "sensitive" in fields:
        fields["sensitive"] = {"0": False, "1": True}[fields["sensitive"]]
    return fields


def queried(session: Recording) -> set[str]:
    """The names in the last query. The description writes lists without their []."""
    query = urlsplit(session.last.request.url or "").query
    return {name.removesuffix("[]") for name, _ in parse_qsl(str(query))}


def test_publishing(spec: Spec, client: Any, session: Recording) -> None:
    media = client.media_post(b"not really", mime_type="image/png", description="A dog")
    spec.check_answer(session.last.json(), "post", "/api/v2/media", 200)
    client.media_update(media, description="A big dog")
    spec.check_answer(session.last.json(), "put", "/api/v1/media/{id}", 200)
    status = client.status_post("Hello #tag", media_ids=[media], idempotency_key="k1")
    spec.check(sent(session), "MediaStatus")
    assert session.last.request.headers["Idempotency-Key"] == "k1"
    spec.check_answer(session.last.json(), "post", "/api/v1/statuses", 200)
    assert status.media_attachments[0].description == "A big dog"


def test_a_status(spec: Spec, client: Any, session: Recording) -> None:
    status = client.status_post("Hello")
    spec.check(sent(session), "TextStatus")
    client.status_reply(status, "And more")
    spec.check(sent(session), "TextStatus")
    client.status(status)
    spec.check_answer(session.last.json(), "get", STATUS, 200)
    client.status_context(status)
    spec.check_answer(session.last.json(), "get", STATUS + "/context", 200)
    client.status_source(status)
    spec.check_answer(session.last.json(), "get", STATUS + "/source", 200)
    assert client.status_update(status, "Hello again").edited_at
    spec.check_answer(session.last.json(), "put", STATUS, 200)
    client.status_favourite(status)
    spec.check_answer(session.last.json(), "post", STATUS + "/favourite", 200)
    client.status_reblog(status)
    # The real server answers with the boost; the sandbox, which keeps no boosts as statuses of
    # their own, with the boosted status. Both are a Status.
    spec.check_answer(session.last.json(), "post", STATUS + "/reblog", 200)
    client.status_delete(status)
    spec.check_answer(session.last.json(), "delete", STATUS, 200)


def test_the_account(spec: Spec, client: Any, session: Recording) -> None:
    me = client.account_verify_credentials()
    spec.check_answer(session.last.json(), "get", "/api/v1/accounts/verify_credentials", 200)
    ids = [client.status_post(f"Note {n}").id for n in range(5)][::-1]
    page = client.account_statuses(me, exclude_reblogs=True, limit=2)
    path = "/api/v1/accounts/{id}/statuses"
    spec.check_answer(session.last.json(), "get", path, 200)
    assert queried(session) <= spec.parameters("get", path)
    assert [status.id for status in client.fetch_remaining(page)] == ids
    client.account_statuses(me, min_id=ids[3], limit=1)
    assert queried(session) <= spec.parameters("get", path)


def test_notifications(spec: Spec, client: Any, session: Recording, sandbox: Sandbox) -> None:
    status = client.status_post("Hello")
    sandbox.toot("@acme nice", token="bob", in_reply_to_id=status.id)
    sandbox.call("POST", f"/api/v1/statuses/{status.id}/favourite", "bob")
    found = client.notifications(types=["mention"])
    spec.check_answer(session.last.json(), "get", "/api/v1/notifications", 200)
    assert queried(session) <= spec.parameters("get", "/api/v1/notifications")
    assert [(n.type, n.account.acct) for n in found] == [("mention", "bob")]
    assert [n.type for n in client.notifications()] == ["favourite", "mention"]


def test_a_quote(spec: Spec, client: Any, session: Recording, sandbox: Sandbox) -> None:
    """The description of a Status says a quote is a Quote or else a ShallowQuote, but every Quote
    is both: so it is looked at apart."""

    def checked(status: dict[str, Any]) -> None:
        spec.check(status.pop("quote"), "Quote")
        spec.check(status, "Status")

    first = client.status_post("Hello")
    client.status_post("As I said", quoted_status_id=first)
    spec.check(sent(session), "TextStatus")
    checked(session.last.json())
    sandbox.toot("How true", token="bob", quoted_status_id=str(first.id))
    found = client.notifications(types=["quote"])
    (told,) = session.last.json()
    checked(told["status"])
    spec.check(told, "Notification")
    assert [(n.type, n.status.quote.quoted_status.id) for n in found] == [("quote", first.id)]


def test_the_instance(spec: Spec, client: Any, session: Recording) -> None:
    assert client.instance_v2().configuration.statuses.max_characters == 500
    spec.check_answer(session.last.json(), "get", "/api/v2/instance", 200)
    client.instance_v1()
    spec.check_answer(session.last.json(), "get", "/api/v1/instance", 200)


REFUSED: dict[str, Callable[[Any], Any]] = {
    "MastodonAPIError": lambda client: client.status_post(" "),
    "MastodonNotFoundError": lambda client: client.status("7"),
}


@pytest.mark.parametrize("error", REFUSED)
def test_refusals(spec: Spec, client: Any, session: Recording, error: str) -> None:
    with pytest.raises(getattr(mastodon, error)):
        REFUSED[error](client)
    spec.check(session.last.json(), "Error")


@pytest.mark.parametrize("mode", ["401", "422", "429"])
def test_faults_speak_mastodon(spec: Spec, session: Recording, sandbox: Sandbox, mode: str) -> None:
    sandbox.fail(mode)
    answer = sandbox.call("POST", "/api/v1/statuses", json={"status": "Hello"})
    spec.check_answer(answer.json(), "post", "/api/v1/statuses", int(mode))
