"""An account of Bluesky for the tests of its channel."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from outreach.channels import Secrets, bluesky
from outreach.fetch import Answer, Fetch, loopback_only
from outreach.model.mention import Mention, Page
from outreach.model.note import Note

from ..sandbox.running import Sandbox
from ..sandbox.sky import Ref, Sky, sign_in
from .contract import new_key

numbers = count()


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Listening(Fetch):
    """The one door, with an ear at it: each request's verb, URL and content."""

    asked: list[tuple[str, str, bytes]] = field(default_factory=list)
    before: Callable[[str], None] = lambda url: None

    def __call__(self, method: str, url: str, **more: Any) -> Answer:
        self.asked.append((method, url, more.get("content", b"")))
        self.before(url)
        return super().__call__(method, url, **more)

    def count(self, name: str) -> int:
        return sum(f"/xrpc/{name}" in url for _, url, _ in self.asked)


@dataclass(kw_only=True)
class Account:
    """An account of its own, its channel, and a clock that tests turn."""

    sandbox: Sandbox
    sky: Sky
    name: str
    ahead: timedelta = timedelta(0)
    tokens: dict[str, str] = field(default_factory=dict)
    fetch: Listening = field(default_factory=lambda: Listening(guard=loopback_only, deadline=2))

    @property
    def channel(self) -> bluesky.Bluesky:
        secrets = Secrets(named=lambda name: "secret", tokens=self.tokens)
        return bluesky.open(self.settings("$P"), secrets, self.fetch, lambda: now() + self.ahead)

    def settings(self, app_password: str | None) -> bluesky.Settings:
        return bluesky.Settings(
            kind="bluesky",
            identifier=f"{self.name}.test",
            app_password=app_password,
            base_url=self.sandbox.url,
        )

    def stored(self, uri: str) -> dict[str, Any]:
        """What the repository holds under a URI."""
        repo, collection, rkey = uri.removeprefix("at://").split("/")
        place = {"repo": repo, "collection": collection, "rkey": rkey}
        found: dict[str, Any] = self.sky.query("com.atproto.repo.getRecord", **place).json()
        return found

    def record(self, uri: str) -> dict[str, Any]:
        return dict(self.stored(uri)["value"])

    def posted(self, text: str = "Hello", **more: Any) -> Ref:
        """A note of ours."""
        found = self.stored(self.channel.publish(Note(text=text, **more), new_key()).id)
        return {name: found[name] for name in ("uri", "cid")}

    def collected(self, cursor: str | None = None) -> tuple[dict[str, Mention], str | None]:
        """All pages until the cursor rests, by the texts of what came."""
        found: dict[str, Mention] = {}
        while True:
            page = self.channel.collect(cursor)
            times = [each.published for each in page.mentions]
            assert times == sorted(times)
            found |= {each.text or each.kind: each for each in page.mentions}
            if page.cursor == cursor:
                assert page == Page(mentions=(), cursor=cursor)
                return found, cursor
            cursor = page.cursor


def new_account(sandbox: Sandbox) -> Account:
    """Nobody has used it before."""
    name = f"company{next(numbers)}"
    return Account(sandbox=sandbox, sky=sign_in(sandbox, name), name=name)
