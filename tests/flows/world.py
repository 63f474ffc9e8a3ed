"""A small world for a flow: a database, a clock that a test moves, and channels to the sandbox."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from outreach import channels
from outreach.fetch import Fetch, loopback_only
from outreach.flows.accept import Accept
from outreach.flows.addressed import Accounts
from outreach.flows.deploy import Deploy
from outreach.flows.publish import Folder, Publish
from outreach.flows.rendition import Renditions
from outreach.flows.syndicate import Sending, syndicate
from outreach.model.channel import Publisher
from outreach.model.delivery import Activity, Delivery, State
from outreach.model.note import Audience, Note
from outreach.model.post import Post
from outreach.rules.compose import Compose
from outreach.rules.keys import Tids
from outreach.rules.voices import Voices
from outreach.site.build import Site
from outreach.site.views import Language
from outreach.store import accounts, ledger, sqlite
from outreach.store.database import Database
from tests.sandbox.running import Sandbox

SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "email": {
        "sender": "Lanternworks <news@lanternworks.example>",
        "smtp": "mail.example:587",
        "imap": "mail.example:993",
        "user": "news",
        "password": "$P",
    },
    "hackernews": {"search": ["lanternworks.example"], "users": ["ada"]},
    "linkedin": {"token": "$T"},
    "mastodon": {"instance": "https://mastodon.example", "token": "$T"},
    "slack": {"webhook": "$W"},
    "webmention": {},
    "x": {
        "consumer_key": "$K",
        "consumer_secret": "$S",
        "access_token": "$T",
        "access_token_secret": "$U",
    },
}


@dataclass(kw_only=True)
class Clock:
    """Stands still until a test moves it."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.at

    def move(self, **span: float) -> None:
        self.at += timedelta(**span)


class World:
    """One folder's database and channels; `kinds` are accounts of the same name."""

    def __init__(self, root: Path, sandbox: Sandbox, *kinds: str) -> None:
        self.root = root
        self.clock = Clock()
        self.sandbox = sandbox
        self.tokens: dict[str, str] = {}
        self.languages: tuple[str, ...] = ()
        self.new_key = Tids(self.clock, 1)
        self.path = root / "outreach.sandbox.db"
        (root / "posts").mkdir(parents=True, exist_ok=True)
        self.database: Database = sqlite.create(self.path)
        self.channels = {kind: self.open(kind) for kind in kinds}
        self.voices = Voices(
            accounts=self._addressing(kinds, Audience.EVERYONE),
            others=tuple(kind for kind in kinds if channels.audience(kind) != Audience.EVERYONE),
        )
        self.addressing = Accounts(
            lists=self._addressing(kinds, Audience.SUBSCRIBERS),
            linked=self._addressing(kinds, Audience.LINKED),
        )
        for kind in kinds:
            accounts.meet(self.database, kind, kind, self.clock())

    @staticmethod
    def _addressing(kinds: tuple[str, ...], audience: Audience) -> tuple[str, ...]:
        return tuple(kind for kind in kinds if channels.audience(kind) is audience)

    def open(self, kind: str, base_url: str = "") -> Publisher:
        """The channel of a kind, on the sandbox, as an account of the same name."""
        module = channels.module(kind)
        base_url = base_url or self.sandbox.url
        settings = module.Settings.model_validate(
            {"kind": kind, "base_url": base_url, **SETTINGS[kind]}
        )
        fetch = Fetch(guard=loopback_only, deadline=5.0)
        secrets = channels.Secrets(named=lambda name: kind, tokens=self.tokens)
        return cast(Publisher, module.open(settings, secrets, fetch, self.clock))

    def sending(self, account: str = "mastodon", **more: Any) -> Sending:
        """The way out of an account, with a settle of a second on the test's clock."""
        way = Sending(
            database=self.database,
            account=account,
            channel=self.channels[account],
            media=self.root / "media",
            settle=timedelta(seconds=1),
            now=self.clock,
            new_key=self.new_key,
            jitter=lambda: 0.0,
        )
        return replace(way, **more)

    def queue(self, text: str, account: str = "mastodon", **more: Any) -> Delivery:
        """A note in the outbox, due now."""
        delivery = Delivery(
            id=self.new_key(),
            account=account,
            activity=Activity.CREATE,
            source=text,
            part=0,
            note=Note(text=text),
            state=State.READY,
            due=self.clock(),
            fresh_from=self.clock(),
        )
        delivery = replace(delivery, **more)
        with self.database.atomic():
            assert ledger.queue(self.database, delivery, self.clock())
        return delivery

    def drain(self, account: str = "mastodon", **more: Any) -> list[Delivery]:
        """Send all that is due, moving the clock over what settles; what was moved, in order."""
        moved: list[Delivery] = []
        while True:
            step = syndicate(self.sending(account, **more))
            if step is not None:
                moved.append(step)
            elif ledger.in_flight(self.database, account) and len(moved) < 50:
                self.clock.move(seconds=1)
            else:
                return moved

    def publisher(
        self, url: str, quiet_period: timedelta = timedelta(0), deploy: Deploy | None = None
    ) -> Publish:
        """The publishing pass over the folder, whose site is served at `url`."""
        languages = tuple(Language(code=code, title=code) for code in self.languages)
        site = Site(title="Lanternworks", url=url, languages=languages)
        accept = self.accepting = self.accept(site, quiet_period)
        return Publish(
            folder=Folder(
                root=self.root,
                out=self.root / "site",
                cache=self.root / "cache",
                site=site,
                served_at=url,
            ),
            accept=accept,
            database=self.database,
            channels=self.channels,
            voices=self.voices,
            addressing=self.addressing,
            renditions=Renditions(
                root=self.root,
                site=site,
                compose=Compose(kinds={kind: kind for kind in self.channels}),
                cache=self.root / "cache",
                kept=self.root / "media",
            ),
            fetch=Fetch(guard=loopback_only),
            now=self.clock,
            new_key=self.new_key,
            deploy=deploy,
        )

    def accept(self, site: Site, quiet_period: timedelta = timedelta(0)) -> Accept:
        """What takes over the folder's files."""
        return Accept(
            root=self.root,
            kept=self.root / "media",
            site=site,
            voices=self.voices,
            quiet_period=quiet_period,
            dates_now=True,
            database=self.database,
        )

    def live(self) -> list[Post]:
        """What the last publisher shows now."""
        return self.accepting.live(self.clock())

    def write(self, name: str, body: str = "Hello.", **head: str) -> Path:
        """A post of the folder, dated now unless its head says otherwise."""
        head = {"title": "Hello", "date": self.clock().isoformat(), **head}
        return self._write(f"posts/{name}.md", body, head)

    def jot(self, name: str, body: str, **head: str) -> Path:
        """A note of the folder, likewise."""
        return self._write(f"notes/{name}.md", body, {"date": self.clock().isoformat(), **head})

    def _write(self, name: str, body: str, head: Mapping[str, str]) -> Path:
        lines = [f"{key}: {value}" for key, value in head.items()]
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(["---", *lines, "---", body, ""]), "utf-8")
        return path

    def states(self) -> list[str]:
        """The state of every delivery, in the order of the outbox."""
        return [delivery.state.value for delivery in ledger.every(self.database)]
