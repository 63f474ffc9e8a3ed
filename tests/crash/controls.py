"""Outreach with one rule broken: a harness that does not turn red on these proves nothing.

Each control is stripped of the network's own protection too: another key and another text at each
attempt, as a tool sends that knows no key and wants to get past "you said that already".
"""

import random
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest import mock

from outreach import daemon, runner, workspace
from outreach.flows import syndicate
from outreach.flows.syndicate import Sending
from outreach.model.channel import Finder
from outreach.model.delivery import Delivery, Receipt, State
from outreach.model.errors import OutreachError
from outreach.model.note import Note
from outreach.rules.keys import Tids
from outreach.rules.retry import Step
from outreach.store import lease, ledger
from outreach.store.database import Database, to_text

from .child import UNHARMED, Kill, Twist, begin, end
from .folders import Stage, chatter, make, note, queue
from .judge import Verdict, judge
from .kinds import anybody, limits, now
from .run import Scene, play
from .witness import Witness

APPLIED = (Kill(point="answer-head"),)
WINDOW = 20
FOREVER = 1000.0


def bare(stage: Stage) -> None:
    """No rule is broken; only the network's own protection is gone."""
    _rewire(stage, _publish_anew)


def blind(stage: Stage) -> None:
    """Nothing can be looked up, and the network does not protect itself."""
    bare(stage)
    _rewire(stage, _Blind)


def naive_retry(stage: Stage) -> None:
    """What may be there is sent again."""
    bare(stage)

    def again(way: Sending, delivery: Delivery, error: OutreachError) -> Step:
        return Step(state=State.READY, due=way.now(), error=str(error))

    mock.patch.object(syndicate, "_refused", again).start()


def hopeful(stage: Stage) -> None:
    """What may be there is taken for sent."""

    def done(way: Sending, delivery: Delivery, error: OutreachError) -> Step:
        there = Receipt(id=delivery.key, url="https://network.example", at=way.now())
        return Step(state=State.SENT, due=way.now(), receipt=there)

    mock.patch.object(syndicate, "_refused", done).start()


def fixed_window(stage: Stage) -> None:
    """The look-up reads the last few notes."""
    bare(stage)
    shown = {entry["id"] for entry in stage.created()[-WINDOW:]}
    _rewire(stage, partial(_find_among, shown))


def no_settle(stage: Stage) -> None:
    """The look-up comes at once."""
    bare(stage)
    hasty = mock.patch.object(
        daemon, "Sending", lambda **way: Sending(**{**way, "settle": timedelta(0)})
    )
    hasty.start()


def commit_after_send(stage: Stage) -> None:
    """While the request is under way, the database still says READY."""
    bare(stage)
    claim = ledger.claim

    def forgotten(database: Database, *how: Any) -> Delivery | None:
        claimed = claim(database, *how)
        if claimed is not None:
            database.execute(
                "UPDATE delivery SET state = 'ready', key = '', started = NULL WHERE id = :id",
                id=claimed.id,
            )
        return claimed

    mock.patch.object(ledger, "claim", forgotten).start()


def no_lease(both_have_read: Callable[[], object], stage: Stage) -> None:
    """Two senders on one database, whose claims do not exclude each other."""
    bare(stage)

    def claim(
        database: Database, account: str, key: str, at: datetime, *how: Any
    ) -> Delivery | None:
        ready = ledger.in_state(database, State.READY)
        if not ready:
            return None
        both_have_read()
        database.execute(
            "UPDATE delivery SET state = 'sending', key = :key, started = :at, attempted = :at",
            key=key,
            at=to_text(at),
        )
        return replace(ready[0], state=State.SENDING, key=key, started=at)

    patches = (
        (workspace.Workspace, "lock", lambda self: nullcontext()),
        (lease, "take", partial(_take_over, lease.take)),
        (runner.Runner, "permit", lambda self: None),
        (ledger, "in_flight", lambda database, account: None),
        (ledger, "claim", claim),
    )
    for where, name, broken in patches:
        mock.patch.object(where, name, broken).start()


def _take_over(take: Callable[..., int | None], *who: Any, over: bool) -> int | None:
    return take(*who, over=True)


Rewiring = Callable[[Any], Any]


def _rewire(stage: Stage, rewiring: Rewiring) -> None:
    """Change every channel that the child opens."""
    opened = workspace.Workspace.channel

    def channel(self: workspace.Workspace, *how: Any) -> Any:
        return rewiring(opened(self, *how))

    mock.patch.object(workspace.Workspace, "channel", channel).start()


def _publish_anew(channel: Any) -> Any:
    publish, new_key = channel.publish, Tids(now, random.randrange(1024))

    def anew(note: Note, key: str) -> Receipt:
        fresh = new_key()
        title = note.title and f"{note.title} {fresh}"
        receipt: Receipt = publish(replace(note, title=title, text=f"{note.text}\n{fresh}"), fresh)
        return receipt

    mock.patch.object(channel, "publish", anew).start()
    return channel


def _find_among(shown: set[str], channel: Any) -> Any:
    if hasattr(channel, "find"):
        find = channel.find

        def among(note: Note, key: str, since: datetime) -> Sequence[Receipt]:
            return [receipt for receipt in find(note, key, since) if receipt.id in shown]

        mock.patch.object(channel, "find", among).start()
    return channel


class _Blind:
    """A network that can be told, and not asked."""

    def __init__(self, channel: Any) -> None:
        self.limits = channel.limits
        self.publish = channel.publish


def twins(witness: Witness, kind: str, where: Path) -> Verdict:
    """Two children at once on one database."""
    stage = make(witness, kind, where)
    witness.order("ok", kind, 0)
    queue(stage)
    barrier = get_context("fork").Barrier(2, timeout=10.0)
    twist = partial(no_lease, barrier.wait)
    for pid in [begin(stage, UNHARMED, twist) for _ in range(2)]:
        end(stage, pid)
    return judge(stage, 1)


@dataclass(frozen=True, kw_only=True)
class Control:
    """One broken rule.

    `looks`: it says nothing about a network that cannot be asked. `settles`: nor about one that
    is asked by key and shows at once what it took. None says anything about a network whose own
    protection cannot be taken away.
    """

    name: str
    run: Callable[[Witness, str, Path], Verdict]
    looks: bool = False
    settles: bool = False

    def applies(self, stage: Stage) -> bool:
        """Whether the rule matters on this network at all."""
        if self.settles and not limits(stage.kind).settle:
            return False
        if self.looks and not isinstance(anybody(stage.kind), Finder):
            return False
        return _is_bare(stage, looks=self.looks)


def _is_bare(stage: Stage, *, looks: bool) -> bool:
    """Whether a note in other words under another key is a copy there, that a look-up still finds.

    A network that has one copy of a link protects itself still; one that is asked by nothing but
    the key is blind then.
    """
    stage.witness.order("ok", stage.kind, 0)
    plain, said, key = stage.channel, note(stage), Tids(now, 3)()
    bare = _publish_anew(stage.channel)
    since = now() - timedelta(minutes=5)
    try:
        bare.publish(said, key)
        seen = isinstance(plain, Finder) and bool(plain.find(said, key, since))
        bare.publish(said, key)
    except OutreachError:
        return False
    return len(stage.created()) == 2 and (seen or not looks)


def _playing(twist: Twist, **scene: Any) -> Callable[[Witness, str, Path], Verdict]:
    def run(witness: Witness, kind: str, where: Path) -> Verdict:
        return play(witness, Scene(kind=kind, twist=twist, **scene), where).verdict

    return run


BACKLOG = partial(chatter, notes=WINDOW + 1)
CONTROLS = (
    Control(name="naive retry", run=_playing(naive_retry, kills=APPLIED)),
    Control(
        name="fixed window",
        run=_playing(fixed_window, kills=APPLIED, meanwhile=BACKLOG),
        looks=True,
    ),
    Control(
        name="no settle",
        run=_playing(no_settle, mode="index-lag", seconds=FOREVER),
        looks=True,
        settles=True,
    ),
    Control(name="no lease", run=twins),
    Control(name="commit after send", run=_playing(commit_after_send, kills=APPLIED)),
)
LOSING = Control(
    name="hopeful", run=_playing(hopeful, kills=(Kill(point="connected"),)), looks=True
)
SOUND = (
    Control(name="settled", run=_playing(bare, mode="index-lag"), looks=True),
    Control(name="whole", run=_playing(bare, kills=APPLIED, meanwhile=BACKLOG), looks=True),
)
"""The same scenes with no rule broken: these stay green, so it is the rules that matter."""
