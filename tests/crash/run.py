"""One run: a folder speaks, is killed, and is started again until all is said."""

import gc
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from outreach.model.channel import Identified
from outreach.model.delivery import Delivery, Held, State
from outreach.store import holds, ledger
from outreach.store.database import Database
from outreach.store.holds import Cause

from ..wait import until
from .child import KILLED, UNHARMED, Kill, Twist, live
from .folders import READER, Stage, make, queue, write
from .judge import Verdict, judge
from .kinds import kinds, now
from .witness import Witness

ROUNDS = 6
"""How often a child is started again before we say that it never ends."""

LASTING = frozenset({"apply+late", "index-lag"})
SLOW = 1.5
"""How long these modes last, in settle times: past the first look-up, not past the second."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What happens to one run. `kills` end its first children, one after the other.

    `whole` runs the real daemon over a post in the folder; `answered` lets a reader answer, and
    `kills` end the children that read it. `meanwhile` comes after the first child. `seconds`
    is how long the network's trouble lasts where its mode lasts at all.
    """

    kind: str
    mode: str = "ok"
    kills: tuple[Kill, ...] = ()
    parts: int = 1
    whole: bool = False
    answered: bool = False
    seconds: float | None = None
    twist: Twist | None = None
    meanwhile: Callable[[Stage], None] | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a scene ended, and what its kills found."""

    scene: Scene
    verdict: Verdict
    in_flight: bool
    killed: int


def play(witness: Witness, scene: Scene, where: Path) -> Outcome:
    """Let the scene happen, and judge it."""
    stage = make(witness, scene.kind, where)
    witness.order(scene.mode, scene.kind, _trouble(stage, scene))
    if scene.whole:
        write(stage)
    else:
        queue(stage, scene.parts)
    kills = () if scene.answered else scene.kills
    killed, in_flight = _suffer(stage, scene, kills)
    recover(stage, scene.twist, scene.whole)
    if scene.answered:
        witness.order("ok", scene.kind, 0)
        for entry in stage.created():
            witness.answer(scene.kind, entry["id"], f"{READER}: and then?")
        killed, _ = _suffer(stage, scene, scene.kills)
        recover(stage, scene.twist)
    if scene.mode == "apply+late" and witness.has_failed():
        until(stage.created)  # what nobody can ask for may come after the last child
    verdict = judge(stage, scene.parts)
    if verdict.good:
        shutil.rmtree(stage.workspace.root)
    return Outcome(scene=scene, verdict=verdict, in_flight=in_flight, killed=killed)


def warm(witness: Witness, where: Path) -> None:
    """Load what children need before they are forked, each channel's SDK included."""
    for kind in kinds():
        channel = make(witness, kind, where).channel
        if isinstance(channel, Identified):
            channel.handle()
    gc.freeze()


def _trouble(stage: Stage, scene: Scene) -> float:
    """How many seconds the network's trouble lasts, on an unscaled clock."""
    if scene.seconds is not None:
        return scene.seconds
    settle = stage.channel.limits.settle.total_seconds()
    return SLOW * settle if scene.mode in LASTING else 0.1


def _suffer(stage: Stage, scene: Scene, kills: tuple[Kill, ...]) -> tuple[int, bool]:
    """One child per kill; how many were really killed, and whether the first was sending."""
    killed, in_flight = 0, False
    for place, kill in enumerate(kills):
        ended = live(stage, kill, scene.twist, scene.whole)
        if ended != KILLED and kill.point and _is_helped(stage):
            ended = live(stage, kill, scene.twist, scene.whole)
        killed += ended == KILLED
        if place == 0:
            in_flight = is_sending(stage)
            if scene.meanwhile is not None:
                scene.meanwhile(stage)
    return killed, in_flight


def is_sending(stage: Stage) -> bool:
    """Whether a delivery is in flight."""
    with closing(stage.workspace.read()) as database:
        return ledger.in_flight(database, stage.account) is not None


def recover(stage: Stage, twist: Twist | None = None, whole: bool = False) -> None:
    """Start the product again, as a human would, until nothing is left to do."""
    for _ in range(ROUNDS):
        live(stage, UNHARMED, twist, whole)
        whole = False
        if not _is_helped(stage):
            return
    raise AssertionError(f"{stage.account} has not come to rest after {ROUNDS} starts")


def _is_helped(stage: Stage) -> bool:
    """Whether there was, or is, something to do; a human has done their part then."""
    with closing(stage.workspace.connect()) as database:
        return _help(database, stage.account)


def _help(database: Database, account: str) -> bool:
    """Do what a human does: reconnect the account, send a refused note again; True if needed."""
    freed = holds.lift(database, account, Cause.TOKEN, now())
    again = ledger.in_state(database, State.FAILED)
    for delivery in again:
        with database.atomic():
            ledger.approve(database, delivery, now())
    return bool(freed or again or any(map(_waits, ledger.every(database))))


def _waits(delivery: Delivery) -> bool:
    """Whether a delivery will still go somewhere by itself."""
    ended = delivery.state in (State.SENT, State.UNKNOWN)
    return not ended and delivery.held is not Held.PARENT
