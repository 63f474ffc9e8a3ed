"""One leader's folder, opened: its mode, its files, its database, its accounts."""

import fcntl
import ipaddress
import os
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from outreach import channels, deploy, secrets, sender
from outreach.channels._signin import Consent, Form
from outreach.config import Config, load
from outreach.config_deploy import is_address
from outreach.fetch import Fetch, loopback_only, public_or
from outreach.flows.connect import connect
from outreach.flows.converse import Converse
from outreach.flows.follow import Source
from outreach.flows.hook import Call
from outreach.flows.roundup import Roundup
from outreach.model.channel import Expiring, Opened, Publisher
from outreach.model.errors import FolderInUse, Mistakes, Refused
from outreach.rules.house import HouseRules
from outreach.sender import Sender
from outreach.site.build import Site
from outreach.store import meta, restored, sqlite
from outreach.store.database import Database
from outreach.store.tokens import Tokens
from outreach.yamlfile import YamlFile

SANDBOX_KEY = "c2FuZGJveCBzYW5kYm94IHNhbmRib3ggc2FuZGJveCE="
"""What the sandbox encrypts its tokens under; they open nothing but the sandbox."""

DATABASES = {"sandbox": "outreach.sandbox.db", "live": "outreach.db"}


class Mode(StrEnum):
    """Where a folder speaks: to the small world on this machine, or to the real one."""

    SANDBOX = "sandbox"
    LIVE = "live"


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """A folder in one mode. `sandbox_url` is where the sandbox of this folder listens."""

    root: Path
    mode: Mode
    config: Config
    environ: Mapping[str, str]
    sandbox_url: str

    @property
    def posts(self) -> Path:
        return self.root / "posts"

    @property
    def digests(self) -> Path:
        return self.root / "digests"

    @property
    def state(self) -> Path:
        """What can be made again: the built site, caches, the sandbox's ledger."""
        return self.root / ".outreach" / self.mode.value

    @property
    def media(self) -> Path:
        """Images that go out with notes, by their hash."""
        return self.state / "media"

    @property
    def site(self) -> Path:
        return self.state / "site"

    @property
    def layout(self) -> Site:
        """What the site is called and where readers find it."""
        site = self.config.site.site(self.config.authors)
        return replace(
            site,
            newsletter=bool(self.config.lists),
            webmention=bool(self.config.linked),
            comments=bool(self.config.comments),
            hub=self.hub,
            theme=str(self.root / site.theme) if site.theme else "",
        )

    @property
    def hub(self) -> str:
        """Who is told what is new in our feeds, "" for nobody; in the sandbox its own hub."""
        hub = self.config.site.hub
        return f"{self.sandbox_url}/feed/hub" if hub and self.mode is Mode.SANDBOX else hub or ""

    @property
    def followed(self) -> Source | None:
        """The blog whose entries are posts too; in the sandbox a feed is that of its own blog."""
        site, source = self.config.site, self.config.source
        if source is not None and source.path:
            return Source(feed=site.url, kind=source.kind, folder=self.root / source.path)
        feed = site.feed or (source and source.url)
        if feed and self.mode is Mode.SANDBOX:
            return Source(feed=f"{self.sandbox_url}/feed/blog.xml")
        return Source(feed=feed) if feed else None

    @property
    def served_at(self) -> str:
        """Where pages are proved: in the sandbox on this machine, whatever the public address."""
        site = self.config.site
        return f"http://{site.listen}" if self.mode is Mode.SANDBOX else site.url

    @property
    def database_path(self) -> Path:
        return self.root / DATABASES[self.mode]

    def fetch(self) -> Fetch:
        """The outgoing door: in the sandbox to this machine only."""
        if self.mode is Mode.SANDBOX:
            return Fetch(guard=loopback_only)
        listed = (self.config.site.listen, *self.config.network.allow)
        pairs = (entry.rpartition(":") for entry in listed)
        allowed = frozenset((host, int(port)) for host, _, port in pairs)
        return Fetch(guard=public_or(allowed))

    def channel(
        self, account: str, now: Callable[[], datetime], fetch: Fetch | None = None
    ) -> Opened:
        """The account's channel, opened; no SDK is loaded and nothing is asked yet."""
        settings = self._settings(account)
        kind = channels.module(settings.kind)
        return kind.open(settings, self._secrets(account), fetch or self.fetch(), now)

    def publisher(
        self, account: str, now: Callable[[], datetime], fetch: Fetch | None = None
    ) -> Publisher:
        """The account's channel, opened to write there. Raises Refused where nobody can."""
        if channels.audience(self.config.accounts[account].kind) is None:
            raise Refused(f"{account} only listens: nothing can be put there")
        # Asking isinstance would ask a Mastodon instance for its limits.
        return cast(Publisher, self.channel(account, now, fetch))

    @property
    def publishers(self) -> tuple[str, ...]:
        """The accounts that notes can be put to."""
        accounts = self.config.accounts.items()
        return tuple(name for name, it in accounts if channels.audience(it.kind) is not None)

    def roundup(self, database: Database) -> Roundup:
        """What drafts a letter of the week's posts, as `letters/2026-W48.md`."""
        folder, cache = self.root / "letters", self.state / "cache"
        return Roundup(database=database, site=self.layout, folder=folder, cache=cache)

    @property
    def _house(self) -> HouseRules | None:
        accounts = self.config.accounts.items()
        return self.config.site.house({name: it.kind for name, it in accounts})

    @property
    def held(self) -> tuple[str, ...]:
        """The accounts whose replies a person shows under a post one by one."""
        return self._house.held if self._house else ()

    def converse(self, database: Database) -> Converse | None:
        """What people say under our posts, as their pages show it; None where they show nothing."""
        config, rules = self.config, self._house
        company = config.site.title
        voices = {name: config.voices.owner(name) or company for name in config.accounts}
        return Converse(database=database, rules=rules, voices=voices) if rules else None

    def target(self, now: Callable[[], datetime], fetch: Fetch) -> deploy.Target | None:
        """Where the site is served if not by us; in the sandbox nothing leaves this machine."""
        settings = self.config.deploy
        if settings is None or self.mode is Mode.SANDBOX:
            return None
        means = deploy.Means(
            root=self.root,
            cache=self.state / "deploy" / settings.kind,
            secret=self._named,
            fetch=fetch,
            environ=self.environ,
            now=now,
        )
        return deploy.module(settings.kind).open(settings, means)

    def hook(self, fetch: Fetch) -> Call | None:
        """Who is told of what is new on the site; in the sandbox nobody."""
        words = self.config.deploy_hook
        if not words or self.mode is Mode.SANDBOX:
            return None
        is_url = len(words) == 1 and (is_address(words[0]) or words[0].startswith("$"))
        secret = partial(self._named, words[0])
        return Call(
            url=(secret if words[0].startswith("$") else lambda: words[0]) if is_url else None,
            command=words,
            root=self.root,
            output=self.state / "deploy" / "hook.log",
            environ=self.environ,
            fetch=fetch,
        )

    def sign_in(self, account: str, now: Callable[[], datetime]) -> Form | Consent:
        """How a person signs the account in; what that wins is kept in the database."""
        settings = self._settings(account)
        kind = channels.module(settings.kind)
        if kind.sign_in is None:
            raise Refused(f"{settings.kind} needs no sign-in: what it needs is in config.yaml")
        return kind.sign_in(settings, self._secrets(account), self.fetch(), now)

    def signed_in(self, account: str, handle: str, by: str, now: datetime) -> int:
        """Note that somebody signed the account in; gives back how many notes go on for it."""
        kind, channel = self.config.accounts[account].kind, self.channel(account, lambda: now)
        expires = channel.expires() if isinstance(channel, Expiring) else None
        with closing(self.connect()) as database:
            return connect(database, account, kind, handle=handle, by=by, expires=expires, now=now)

    def _settings(self, account: str) -> channels.ChannelSettings:
        """The account's settings; in sandbox mode it is at a server of this machine."""
        settings = self.config.accounts[account]
        if self.mode is Mode.LIVE:
            return settings
        base_url = settings.base_url or self.sandbox_url
        return settings.model_copy(update={"base_url": base_url})

    def _secrets(self, account: str) -> channels.Secrets:
        """The sandbox knows an account by its name; only live reads secrets."""
        if self.mode is Mode.SANDBOX:
            return channels.Secrets(
                named=lambda name: account, tokens=self._tokens(account, lambda: SANDBOX_KEY)
            )
        return channels.Secrets(
            named=self._named,
            tokens=self._tokens(account, lambda: secrets.token_key(self.root, self.environ)),
        )

    def _named(self, name: str) -> str:
        return secrets.read(name, self.root, self.environ)

    def _tokens(self, account: str, key: Callable[[], str]) -> MutableMapping[str, str]:
        """What a sign-in won; before there is a database nobody has signed in."""
        if not self.database_path.exists():
            return {}
        return Tokens(self.connect, account, key)

    def create(self) -> Database:
        """The database for writing, made and stamped if new. Raises Refused for another mode's."""
        database = sqlite.create(self.database_path)
        if meta.read(database, "mode") is None:
            meta.write(database, "mode", self.mode.value)
        return self._stamped(database)

    def write(self) -> Database:
        """The database for a person's change beside the daemon. Raises Refused if there is none."""
        self.read(earlier=True).close()
        return self.create()

    def backup(self, copy: Path) -> None:
        """Copy the database, also while it is used."""
        self.read(earlier=True).close()
        sqlite.backup(self.database_path, copy)

    def restore(self, copy: Path, now: datetime) -> Path | None:
        """Put a backup in the place of the database, under the lock; gives back what was kept."""
        sqlite.check(copy)
        path, kept = self.database_path, None
        if path.exists():
            kept = path.with_name(f"{path.name}.before-{now:%Y%m%dT%H%M%SZ}")
            for suffix in ("", "-wal", "-shm"):
                part = path.with_name(path.name + suffix)
                if part.exists():
                    part.replace(kept.with_name(kept.name + suffix))
        sqlite.backup(copy, path)
        with closing(self.create()) as database:
            restored.stamp(database, now)
        return kept

    def connect(self) -> Database:
        """Another connection for writing to the database that `create` has opened."""
        return sqlite.connect(self.database_path)

    def read(self, *, earlier: bool = False) -> Database:
        """The database for reading, also while a daemon writes it. Raises Refused likewise, and
        for one of an `earlier` outreach unless that is enough."""
        return self._stamped(sqlite.read(self.database_path, earlier=earlier))

    def _stamped(self, database: Database) -> Database:
        stamp = meta.read(database, "mode")
        if stamp is None:
            database.close()
            raise Refused(f"{self.database_path} is being made; try again in a moment")
        if stamp != self.mode:
            database.close()
            raise Refused(
                f"{self.database_path} is stamped {stamp}, and {self.mode} mode does not use it; "
                "put it back under its own name, or remove it"
            )
        return database

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the only one that sends from this folder. Raises FolderInUse at once if one is."""
        self.state.mkdir(parents=True, exist_ok=True)
        path = self.state / "lock"
        with path.open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                file.seek(0)
                raise FolderInUse(
                    f"{self.root}: another outreach (process {file.read().strip() or '?'}) runs "
                    f"this folder; stop it first, or look with: outreach status {self.root}"
                ) from error
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield


def open_workspace(
    root: Path, environ: Mapping[str, str], sandbox_url: str = "", mode: Mode | None = None
) -> Workspace:
    """Open a folder in the mode it was last switched to; a folder never switched is a sandbox.

    Raises Mistakes for a wrong configuration, Refused where a live folder lost its database.
    """
    config = load(root)
    if mode is None:
        mode = _mode(root, config, environ)
    workspace = Workspace(
        root=root,
        mode=mode,
        config=config,
        environ=environ,
        sandbox_url=sandbox_url or f"http://{config.sandbox.listen}",
    )
    if mode is Mode.SANDBOX:
        _refuse_outside(workspace)
    return workspace


def _mode(root: Path, config: Config, environ: Mapping[str, str]) -> Mode:
    if (root / DATABASES["live"]).exists():
        return Mode.LIVE
    live = sender.recorded(config.site.url, environ)
    if live is not None and live.folder == str(root.resolve()):
        raise Refused(
            f"{root} is live for {config.site.url}, and its database {DATABASES['live']} is gone. "
            f"Put it back from a backup: outreach restore FILE {root}"
        )
    return Mode.SANDBOX


def stamp_of(copy: Path) -> Mode:
    """The mode that a backup belongs to. Raises Refused for what is no database of ours."""
    sqlite.check(copy)
    database = sqlite.read(copy, earlier=True)
    try:
        return Mode(meta.read(database, "mode") or Mode.SANDBOX)
    finally:
        database.close()


def home(workspace: Workspace) -> Sender | None:
    """The sender that a live database is stamped with."""
    if not workspace.database_path.exists():
        return None
    database = workspace.read(earlier=True)
    try:
        stamp = meta.read(database, "sender")
    finally:
        database.close()
    return sender.from_json(stamp) if stamp else None


def speaks(workspace: Workspace) -> str:
    """What a mode means, in words, and who is live instead of a sandbox."""
    live = sender.recorded(workspace.config.site.url, workspace.environ)
    if workspace.mode is Mode.LIVE:
        return f"{live or home(workspace) or 'no machine'} sends"
    return "nothing leaves this machine" + (f"; {live} is live for this site" if live else "")


def require_sender(workspace: Workspace, now: datetime) -> None:
    """Raise Refused unless this folder on this machine is the one that sends."""
    if workspace.mode is Mode.SANDBOX:
        return
    here = sender.here(workspace.root, workspace.environ, now)
    for other in (home(workspace), sender.recorded(workspace.config.site.url, workspace.environ)):
        if other is None or not other.is_at(here):
            raise Refused(
                f"{workspace.root} does not send: {other or 'no machine'} is live. "
                f"To send from here instead: outreach live --move {workspace.root}"
            )


def _refuse_outside(workspace: Workspace) -> None:
    """In the sandbox no account may point at another machine."""
    source = YamlFile(workspace.root / "config.yaml", workspace.root)
    mistakes = tuple(
        source.mistake(
            ("accounts", name, "base_url"),
            f"accounts.{name}.base_url {settings.base_url} is not on this machine, and this folder "
            "is in sandbox mode",
            "no base_url, or one on 127.0.0.1",
        )
        for name, settings in workspace.config.accounts.items()
        if settings.base_url and not _is_loopback(settings.base_url)
    )
    if mistakes:
        raise Mistakes(mistakes)


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
