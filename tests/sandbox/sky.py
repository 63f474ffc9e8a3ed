"""Bluesky's requests as tests make them."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import requests

from .running import Sandbox

POST = "app.bsky.feed.post"
FIRST, SECOND, THIRD = "3jzfcijpj2z2a", "3jzfcijpj2z2b", "3jzfcijpj2z2c"
Ref = dict[str, str]
CREATED = "2026-01-02T03:04:05.678Z"


@dataclass(frozen=True, kw_only=True)
class Sky:
    """Somebody who is signed in."""

    sandbox: Sandbox
    did: str
    access: str
    refresh: str

    def query(self, method: str, **parameters: Any) -> requests.Response:
        """A GET."""
        return self.sandbox.call("GET", f"/xrpc/{method}", self.access, params=parameters)

    def do(self, method: str, **options: Any) -> requests.Response:
        """A POST."""
        return self.sandbox.call("POST", f"/xrpc/{method}", self.access, **options)

    def put(self, text: str, key: str = FIRST, **more: Any) -> requests.Response:
        """A putRecord of a post; `sent` is added to the request, the rest of `more` to the post."""
        options, sent = more.pop("options", {}), more.pop("sent", {})
        body = self.body(text, key, **more) | sent
        return self.do("com.atproto.repo.putRecord", json=body, **options)

    def body(self, text: str, key: str = FIRST, **record: Any) -> dict[str, Any]:
        """The body of such a request."""
        whole = {"$type": POST, "text": text, "createdAt": CREATED, **record}
        return {"repo": self.did, "collection": POST, "rkey": key, "record": whole}

    def posted(self, text: str, key: str = FIRST, **record: Any) -> Ref:
        """A new post's strongRef."""
        answer = self.put(text, key, **record)
        assert answer.status_code == 200, answer.text
        return {name: answer.json()[name] for name in ("uri", "cid")}

    def answered(
        self,
        text: str,
        parent: Ref,
        root: Ref | None = None,
        key: str = FIRST,
        at: datetime | None = None,
    ) -> Ref:
        """An answer's strongRef; `at` is when its author says that it was made."""
        created = at.isoformat() if at else CREATED
        reply = {"root": root or parent, "parent": parent}
        return self.posted(text, key, reply=reply, createdAt=created)

    def react(self, kind: str, subject: Ref, created: str = CREATED) -> requests.Response:
        """A like or a repost."""
        record = {"subject": subject, "createdAt": created}
        body = {"repo": self.did, "collection": f"app.bsky.feed.{kind}", "record": record}
        return self.do("com.atproto.repo.createRecord", json=body)

    def told(self, **parameters: Any) -> list[dict[str, Any]]:
        """The notifications."""
        answer = self.query("app.bsky.notification.listNotifications", **parameters)
        assert answer.ok, answer.text
        found: list[dict[str, Any]] = answer.json()["notifications"]
        return found

    def renewed(self) -> requests.Response:
        """A refreshSession."""
        method = "/xrpc/com.atproto.server.refreshSession"
        return self.sandbox.call("POST", method, self.refresh)

    def with_pair(self, answer: requests.Response) -> "Sky":
        """The same with another pair of tokens."""
        pair = answer.json()
        return replace(self, access=pair["accessJwt"], refresh=pair["refreshJwt"])


def sign_in(sandbox: Sandbox, identifier: str = "acme") -> Sky:
    """A session of this account."""
    answer = sandbox.call(
        "POST",
        "/xrpc/com.atproto.server.createSession",
        token="",
        json={"identifier": identifier, "password": "secret"},
    )
    assert answer.status_code == 200, answer.text
    pair = answer.json()
    return Sky(
        sandbox=sandbox, did=pair["did"], access=pair["accessJwt"], refresh=pair["refreshJwt"]
    )
