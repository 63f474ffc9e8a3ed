"""The running outreach: one thread per account and direction over one folder."""

import os
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from outreach import channels
from outreach.fetch import Fetch, Skew
from outreach.flows.accept import Accept
from outreach.flows.addressed import Accounts
from outreach.flows.backfeed import backfeed
from outreach.flows.deploy import Deploy
from outreach.flows.follow import Following, follow
from outreach.flows.hook import Call, Hook, owe
from outreach.flows.identify import identify
from outreach.flows.letter import HOLD
from outreach.flows.ping import Pinging, ping
from outreach.flows.publish import LATE, SPACING, Folder, Publish
from outreach.flows.receive import receive
from outreach.flows.rendition import Renditions
from outreach.flows.report import INBOX, needs_a_human, report, send, write
from outreach.flows.roundup import WEEK
from outreach.flows.syndicate import SKEW, Sending, syndicate
from outreach.inbox.app import app as inbox_app
from outreach.model.channel import Listener, Opened, Publisher, Receiver
from outreach.model.delivery import Activity, Delivery, State
from outreach.model.errors import FolderInUse
from outreach.model.mention import Mention
from outreach.model.post import Post
from outreach.public.app import app as public_app
from outreach.public.comments import Comments
from outreach.public.share import Share
from outreach.public.subscribe import Subscribe
from outreach.public.webmention import Webmentions
from outreach.rules.keys import Tids
from outreach.runner import RENEWAL, Runner
from outreach.serve import Served
from outreach.site.folder import FOLDERS, STATIC
from outreach.store import accounts, holds, ledger, meta, notices, received
from outreach.store.database import Database
from outreach.watch import Watch
from outreach.worker import Worker
from outreach.workspace import Mode, Workspace, require_sender

RESCAN = 1.0
"""Seconds between two looks at the folder."""

DRAW = 3.0
"""Seconds between two looks at what is to be drawn for the site."""

FOLLOW, LOOK = 300.0, 10.0
"""Seconds between two looks at a blog elsewhere: at its feed, and at its folder."""

IDENTITY = timedelta(days=1)
ASK_AGAIN = timedelta(minutes=1)
"""How long an account's answer to who it is holds, and how soon one that gave none is asked."""

STOPPING = 6.0
"""Seconds that a stop waits for what is on its way; what is not back by then is in doubt."""

Say = Callable[[str, str], None]


def now() -> datetime:
    """The clock on the wall."""
    return datetime.now(UTC)


class Daemon:
    """One folder at work. `say(what, about)` tells a person what happened."""

    def __init__(self, workspace: Workspace, say: Say, time_scale: float = 1.0) -> None:
        self._workspace = workspace
        self._say = say
        self._scale = time_scale
        self._new_key = Tids(now, random.SystemRandom().randrange(1024))
        require_sender(workspace, now())
        with closing(workspace.create()) as database:
            meta.write(database, INBOX, f"http://{workspace.config.inbox.listen}")
            for name, settings in workspace.config.accounts.items():
                accounts.meet(database, name, settings.kind, now())
        self._code = 0
        self._ask_again: dict[str, datetime] = {}
        self._runner = Runner(workspace.connect, now)
        self._skews = {name: Skew(now) for name in workspace.config.accounts}
        self._channels: dict[str, Opened] = {
            name: workspace.channel(name, now, self._fetch(skew))
            for name, skew in self._skews.items()
        }
        self._publishers = {
            name: cast(Publisher, self._channels[name]) for name in workspace.publishers
        }

        door = replace(workspace.fetch(), permit=self._runner.permit)
        self._target, self._call = workspace.target(now, door), workspace.hook(door)
        self._spacing = {
            name: self._publishers[name].limits.spacing for name in workspace.config.lists
        }
        with closing(workspace.connect()) as database:
            for name in self._publishers:
                ledger.space(database, name, self._spacing.get(name, SPACING), LATE, now())
            for about in ("deploy", "deploy_hook"):
                notices.say(database, about, [])

    def _fetch(self, skew: Skew) -> Fetch:
        """An account's way out: only while we are the sender, and hearing the clock there."""
        return replace(self._workspace.fetch(), permit=self._runner.permit, hear=skew.hear)

    def served(self) -> list[Served]:
        """The site, the inbox, and in sandbox mode the sandbox unless one was given."""
        workspace, config = self._workspace, self._workspace.config
        subscribe = Subscribe(workspace, now, self._new_key)
        webmentions = Webmentions(workspace, now, self._new_key)
        comments = Comments(workspace, now, self._new_key, self._scale)
        share = Share(workspace)
        routes = (*subscribe.routes, *webmentions.routes, *comments.routes, *share.routes)
        layout = workspace.layout
        site = public_app(workspace.site, *routes, headers=webmentions.headers, layout=layout)
        found = [
            Served(name="site", listen=config.site.listen, app=site),
            Served(name="inbox", listen=config.inbox.listen, app=inbox_app(workspace, now)),
        ]
        if workspace.mode is Mode.SANDBOX and workspace.sandbox_url == _own(workspace):
            found.append(self._sandbox())
        return found

    def _sandbox(self) -> Served:
        from outreach.sandbox import Protocol, open_world

        config = self._workspace.config.sandbox
        self._workspace.state.mkdir(parents=True, exist_ok=True)
        world = open_world(
            self._workspace.state / "ledger.jsonl",
            residents=config.residents,
            time_scale=self._scale,
        )
        return Served(name="sandbox", listen=config.listen, app=world, protocol=Protocol)

    def run(self, stop: threading.Event) -> int:
        """Work until `stop`."""
        from outreach.clock import Clock

        senders = {name: Worker(f"send-{name}", self._sender(name)) for name in self._publishers}
        folders = [self._workspace.root / name for name in (*FOLDERS, STATIC)]
        saves = Watch(folders, lambda: publisher.wake())
        publisher, drawer = self._publisher(senders.values(), saves)
        collectors = {
            name: Worker(f"collect-{name}", self._collector(name, channel))
            for name, channel in self._channels.items()
            if isinstance(channel, Listener)
        }
        receivers = [
            Worker(f"receive-{name}", self._receiver(name, channel))
            for name, channel in self._channels.items()
            if isinstance(channel, Receiver)
        ]
        digest_due = threading.Event()
        reporter = Worker("report", self._reporter(digest_due))
        roundup_due = threading.Event()
        rounder = Worker("roundup", self._rounder(roundup_due))
        lease = Worker("lease", self._lease(stop))
        workers = [lease, publisher, drawer, *senders.values(), *collectors.values(), *receivers]
        workers += [reporter, rounder, *self._feed_workers()]
        clock = Clock()
        for name, collector in collectors.items():
            clock.wake(collector.wake, self._workspace.config.collect[name])
        clock.wake(_when_due(digest_due, reporter), self._workspace.config.digest)
        if self._workspace.config.roundup is not None:
            clock.wake(_when_due(roundup_due, rounder), self._workspace.config.roundup)
        for worker in workers:
            worker.start()
        saves.start()
        clock.start()
        stop.wait()
        clock.stop()
        saves.stop()
        if _stop(workers):
            self._runner.release()
        return self._code

    def _lease(self, stop: threading.Event) -> Callable[[], float]:
        """Keep the lease; without it there is nothing left to do here."""

        def work() -> float:
            try:
                return self._runner.renew()
            except FolderInUse as error:
                self._say("stopped", str(error))
                self._code = error.code
                stop.set()
                return RENEWAL

        return work

    def once(self, stop: threading.Event) -> int:
        """One pass: publish, prove, syndicate, collect, digest. 1 where a human is needed."""
        lease = Worker("lease", self._lease(stop))
        lease.start()
        with closing(self._workspace.connect()) as database:
            publish = self._publish(database)
            self._follow(database)
            self._announce(publish())
            self._ping(database)
            if self._call:
                self._fire(self._hook(self._call, database))
            for name in self._channels:
                self._identify(database, name)
            for name, publisher in self._publishers.items():
                self._drain(database, name, publisher, stop)
            publish()  # the pages gain their syndication links
            for name, channel in self._channels.items():
                if isinstance(channel, Listener) and not stop.is_set():
                    self._tell_new(name, backfeed(database, name, channel, now=now))
                if isinstance(channel, Receiver):
                    self._receive(database, name, channel, stop)
            self._digest(database, send_it=True)
            for name in self._workspace.config.digest_to:
                self._drain(database, name, self._publishers[name], stop)
            needed = self._needs_human(database)
        if _stop([lease]):
            self._runner.release()
        return self._code or int(needed)

    def _drain(
        self, database: Database, name: str, channel: Publisher, stop: threading.Event
    ) -> None:
        """Send what is due, and wait out the look-ups of what is in doubt."""
        while not stop.is_set():
            if self._step(database, name, channel) is not None:
                continue
            doubtful = ledger.in_flight(database, name)
            if doubtful is None or holds.on(database, name):
                return
            stop.wait(max((doubtful.due - now()).total_seconds(), 0.01))

    def _needs_human(self, database: Database) -> bool:
        unread = (account.poll_error for account in accounts.every(database))
        return bool(needs_a_human(database, now())) or any(unread)

    def _publisher(self, senders: Iterable[Worker], saves: Watch) -> Iterator[Worker]:
        """What publishes, and what draws for the site meanwhile."""
        publish: list[Publish] = []

        def work() -> float:
            if not publish:
                publish.append(self._publish(self._workspace.connect()))
            saved = saves.take()
            try:
                if saved:
                    publish[0].saved(saved)
                queued = publish[0](saved)
            except BaseException:
                saves.look_at_all()
                raise
            self._announce(queued)
            for sender in senders if queued else ():
                sender.wake()
            return RESCAN

        def draw() -> float:
            return 0.0 if publish and publish[0].draw() else DRAW

        yield Worker("publish", work)
        yield Worker("draw", draw)

    def _sender(self, name: str) -> Callable[[], float]:
        opened: list[Database] = []

        def work() -> float:
            if not opened:
                opened.append(self._workspace.connect())
            self._identify(opened[0], name)
            if self._step(opened[0], name, self._publishers[name]) is not None:
                return 0.0
            due = ledger.next_due(opened[0], name)
            return RESCAN if due is None else _seconds(due - now())

        return work

    def _identify(self, database: Database, name: str) -> None:
        """Ask an account who it is: once a day, and each minute until it answers."""
        if name in self._ask_again and now() < self._ask_again[name]:
            return
        known = identify(database, name, self._channels[name], now())
        self._ask_again[name] = now() + (IDENTITY if known else ASK_AGAIN)

    def _collector(self, name: str, listener: Listener) -> Callable[[], None]:
        opened: list[Database] = []

        def work() -> None:
            if not opened:
                opened.append(self._workspace.connect())
            self._tell_new(name, backfeed(opened[0], name, listener, now=now))

        return work

    def _feed_workers(self) -> Iterator[Worker]:
        """What watches a blog elsewhere, and what tells others of our own site."""
        if source := self._workspace.followed:
            wait = LOOK if source.folder else FOLLOW / self._scale
            yield Worker("follow", self._with_database(self._follow, wait))
        if self._workspace.hub:
            yield Worker("ping", self._with_database(self._ping, RESCAN))

        if self._call:
            yield Worker("hook", self._hooker(self._call))

    def _hooker(self, call: Call) -> Callable[[], float]:
        hooks: list[Hook] = []

        def work() -> float:
            if not hooks:
                hooks.append(self._hook(call, self._workspace.connect()))
            self._fire(hooks[0])
            return RESCAN

        return work

    def _hook(self, call: Call, database: Database) -> Hook:
        """Who is told of what is new on the site: of what we deploy, or else of what comes due."""
        return Hook(call=call, by_date=self._target is None, database=database, now=now)

    def _fire(self, hook: Hook) -> None:
        if hook():
            self._say("fired", "deploy_hook")

    def _deploy(self, database: Database) -> Deploy | None:
        """What carries the site to where it is served, if that is not here."""
        if self._target is None:
            return None
        return Deploy(
            target=self._target,
            out=self._workspace.site,
            record=self._workspace.state / "deployed.json",
            database=database,
            now=now,
            after=lambda: owe(database, now()) if self._call else None,
            say=self._say,
        )

    def _with_database(self, do: Callable[[Database], None], wait: float) -> Callable[[], float]:
        """The work `do` over a connection of its own, every `wait` seconds."""
        opened: list[Database] = []

        def work() -> float:
            if not opened:
                opened.append(self._workspace.connect())
            do(opened[0])
            return wait

        return work

    def _follow(self, database: Database) -> None:
        workspace = self._workspace
        if source := workspace.followed:
            follow(
                Following(
                    source=source,
                    site=workspace.layout,
                    database=database,
                    fetch=workspace.fetch(),
                    now=now,
                )
            )

    def _ping(self, database: Database) -> None:
        workspace = self._workspace
        if workspace.hub:
            for topic in ping(
                Pinging(
                    site=workspace.layout,
                    out=workspace.site,
                    database=database,
                    fetch=replace(workspace.fetch(), permit=self._runner.permit),
                    now=now,
                )
            ):
                self._say("pinged", topic)

    def _receiver(self, name: str, receiver: Receiver) -> Callable[[], float]:
        opened: list[Database] = []

        def work() -> float:
            if not opened:
                opened.append(self._workspace.connect())
            self._tell_new(name, receive(opened[0], name, receiver, now=now))
            due = received.next_due(opened[0], name)
            return RESCAN if due is None else _seconds(due - now())

        return work

    def _receive(
        self, database: Database, name: str, receiver: Receiver, stop: threading.Event
    ) -> None:
        """Read all that was pushed to us and is due."""
        while received.due(database, name, now()) and not stop.is_set():
            self._tell_new(name, receive(database, name, receiver, now=now))

    def _reporter(self, due: threading.Event) -> Callable[[], None]:
        """Write the digest; the team gets it only when it is `due`, not at each start."""

        def work() -> None:
            with closing(self._workspace.connect()) as database:
                self._digest(database, send_it=due.is_set())
                due.clear()

        return work

    def _rounder(self, due: threading.Event) -> Callable[[], None]:
        """Draft a letter of the week's posts when that is `due`, not at each start."""

        def work() -> None:
            if not due.is_set():
                return
            due.clear()
            config = self._workspace.config
            zone = ZoneInfo((config.roundup or config.digest).timezone)
            until = now().astimezone(zone)
            with closing(self._workspace.read()) as database:
                for path in self._workspace.roundup(database)(until - WEEK, until):
                    self._say("drafted", str(path))

        return work

    def _publish(self, database: Database) -> Publish:
        workspace = self._workspace
        accept = Accept(
            root=workspace.root,
            kept=workspace.media,
            site=workspace.layout,
            voices=workspace.config.voices,
            quiet_period=workspace.config.publish.quiet_period,
            dates_now=workspace.mode is Mode.SANDBOX,
            database=database,
        )
        return Publish(
            folder=Folder(
                root=workspace.root,
                out=workspace.site,
                cache=workspace.state / "cache",
                site=workspace.layout,
                served_at=workspace.served_at,
            ),
            accept=accept,
            database=database,
            channels=self._publishers,
            voices=workspace.config.voices,
            addressing=Accounts(
                lists=workspace.config.lists,
                spacing=self._spacing,
                linked=workspace.config.linked,
                hold=HOLD / self._scale,
            ),
            renditions=Renditions(
                compose=workspace.config.compose,
                root=workspace.root,
                site=workspace.layout,
                cache=workspace.state / "cache",
                kept=workspace.media,
            ),
            fetch=workspace.fetch(),
            now=now,
            new_key=self._new_key,
            deploy=self._deploy(database),
            converse=workspace.converse(database),
        )

    def _step(self, database: Database, name: str, channel: Publisher) -> Delivery | None:
        way = Sending(
            database=database,
            account=name,
            channel=channel,
            media=self._workspace.media,
            skew=SKEW + self._skews[name].behind,
            settle=self._settle(name, channel) / self._scale,
            now=now,
            new_key=self._new_key,
            jitter=random.random,
            fence=self._runner.fence,
        )
        moved = syndicate(way)
        if moved is not None:
            where = moved.receipt.url if moved.receipt else moved.error
            self._say(_done(moved), f"{moved.source} on {moved.account}  {where}")
        return moved

    def _settle(self, name: str, channel: Publisher) -> timedelta:
        """How long a network needs; the account itself would have to ask its server first."""
        limits = channels.module(self._workspace.config.accounts[name].kind).LIMITS
        return (limits or channel.limits).settle

    def _digest(self, database: Database, *, send_it: bool) -> None:
        config, moment = self._workspace.config, now()
        day = f"{moment.astimezone(ZoneInfo(config.digest.timezone)):%Y-%m-%d}"
        digest = report(database, moment)
        write(digest, self._workspace.digests, day)
        if send_it:
            channels = {name: self._publishers[name] for name in config.digest_to}
            send(database, digest, channels, day, new_key=self._new_key, now=moment)

    def _announce(self, queued: Iterable[Post]) -> None:
        for post in queued:
            self._say("published", post.url or post.name)

    def _tell_new(self, account: str, found: Iterable[Mention]) -> None:
        for mention in found:
            if not mention.kind.has_words:
                continue
            words = " ".join(mention.text.split())
            self._say(mention.kind.value, f"{mention.author.handle} on {account}: {words[:100]}")


def _when_due(due: threading.Event, worker: Worker) -> Callable[[], None]:
    """What a clock calls: the worker's own start is not its time."""

    def wake() -> None:
        due.set()
        worker.wake()

    return wake


def _done(moved: Delivery) -> str:
    """What became of a delivery, in a word."""
    if moved.state is State.SENT:
        return {Activity.UPDATE: "edited", Activity.DELETE: "deleted"}.get(moved.activity, "sent")
    return moved.state.value


def time_scale() -> float:
    """OUTREACH_TIME_SCALE divides the waits that networks need; for tests."""
    return float(os.environ.get("OUTREACH_TIME_SCALE", "1"))


def _own(workspace: Workspace) -> str:
    return f"http://{workspace.config.sandbox.listen}"


def _seconds(wait: timedelta) -> float:
    return min(max(wait.total_seconds(), 0.0), RESCAN)


def _stop(workers: Iterable[Worker]) -> bool:
    """End every worker's round; says whether all ended in time."""
    running = list(workers)
    for worker in running:
        worker.stop()
    end = time.monotonic() + STOPPING
    for worker in running:
        worker.join(max(end - time.monotonic(), 0.0))
    return not any(worker.is_alive() for worker in running)
