"""The cases of the reliability bar that a crash suite can show, by their numbers."""

import json
import signal
from contextlib import closing
from datetime import timedelta
from functools import partial
from itertools import product
from pathlib import Path
from unittest import mock

import pytest
import requests

from outreach import daemon
from outreach.config import load
from outreach.model.channel import Finder, Repeatable
from outreach.model.errors import Duplicate
from outreach.rules.keys import Tids
from outreach.store import ledger
from outreach.workspace import open_workspace

from ..folder import Folder
from ..wait import until
from . import child
from .child import KILLED, UNHARMED, Kill, begin, end, live
from .conftest import Play
from .controls import blind
from .folders import Stage, chatter, make, note, queue
from .judge import judge
from .kinds import anybody, kinds, limits, now
from .points import MODES
from .random_kills import WHOLE, Shot, shots
from .run import Scene, is_sending, recover
from .witness import Witness

APPLIED = Kill(point="answer-head")


FINDERS = [kind for kind in kinds() if isinstance(anybody(kind), Finder)]
SETTLING = [kind for kind in FINDERS if limits(kind).settle]
"""Those whose listing lags: one that is asked by key misses nothing."""

DEEP = [kind for kind in FINDERS if kind in ("mastodon", "x")]
"""Where the backlog is 500 notes, by a cursor and by a time. The contract of every channel has one
that is longer than a page."""

LAG = timedelta(seconds=30)
"""How long a listing may lag: who refuses no copy looks again after that."""

THREADS = [kind for kind in kinds() if limits(kind).threads]

every_channel = pytest.mark.parametrize("kind", kinds())


@pytest.mark.parametrize("shot", shots(kinds(), 3, seed=2), ids=lambda s: f"{s.kind}-{s.number}")
def test_c2_killed_at_a_random_moment(happen: Play, shot: Shot) -> None:
    outcome = happen(shot.scene(dict.fromkeys(product(kinds(), (*MODES, WHOLE)), 0.3)))
    assert outcome.verdict.good, outcome


@every_channel
def test_c3_killed_again_while_it_recovers(happen: Play, kind: str) -> None:
    kills = (APPLIED, Kill(point="moved"), Kill(point="moving"))
    outcome = happen(Scene(kind=kind, kills=kills))
    assert outcome.verdict.good, outcome
    a_look_or_another_attempt = isinstance(anybody(kind), Finder | Repeatable)
    assert outcome.killed == 2 + a_look_or_another_attempt


def test_c1_a_dead_sender_that_nobody_buried(witness: Witness, tmp_path: Path) -> None:
    """A process whose parent does not wait for it stays in /proc, and sends nothing any more."""
    stage = make(witness, kinds()[0], tmp_path)
    queue(stage)
    dead = begin(stage, APPLIED)
    try:
        until(lambda: Path(f"/proc/{dead}/stat").read_text().rpartition(")")[2].split()[0] == "Z")
        assert is_sending(stage)
        assert live(stage, UNHARMED) == 0
    finally:
        end(stage, dead, APPLIED)
    assert judge(stage, 1).good


@every_channel
@pytest.mark.parametrize("mode", ["apply+reset"])
def test_c4_response_lost_after_apply(happen: Play, witness: Witness, kind: str, mode: str) -> None:
    fails(happen, witness, Scene(kind=kind, mode=mode))


@every_channel
@pytest.mark.parametrize("mode", ["apply+hang", "apply+late"])
def test_c5_response_hangs_and_is_applied_late(
    happen: Play, witness: Witness, kind: str, mode: str
) -> None:
    fails(happen, witness, Scene(kind=kind, mode=mode))


@every_channel
@pytest.mark.parametrize("mode", ["apply+500", "apply+504"])
def test_c6_server_error_after_apply(happen: Play, witness: Witness, kind: str, mode: str) -> None:
    fails(happen, witness, Scene(kind=kind, mode=mode))


@every_channel
@pytest.mark.parametrize("mode", ["apply+truncated", "apply+html"])
def test_c7_success_that_cannot_be_read(
    happen: Play, witness: Witness, kind: str, mode: str
) -> None:
    fails(happen, witness, Scene(kind=kind, mode=mode))


@every_channel
def test_c8_refused_although_applied(happen: Play, witness: Witness, kind: str) -> None:
    fails(happen, witness, Scene(kind=kind, mode="apply+422"))


@every_channel
def test_c9_the_key_has_expired(happen: Play, witness: Witness, kind: str) -> None:
    def an_hour_passes(stage: Stage) -> None:
        witness.shift(61 * 60)

    try:
        outcome = happen(Scene(kind=kind, kills=(APPLIED,), meanwhile=an_hour_passes))
    finally:
        witness.shift(0)
    assert outcome.verdict.good, outcome
    assert outcome.killed == 1


@pytest.mark.parametrize("kind", [kind for kind in SETTLING if 2 * limits(kind).settle < LAG])
def test_c9_the_second_attempt_comes_after_the_key_has_expired(
    witness: Witness, tmp_path: Path, kind: str
) -> None:
    """Applied, not shown for a while, and then the network wants to be left alone for an hour."""
    stage = make(witness, kind, tmp_path)
    queue(stage)
    witness.order("index-lag", kind, 30.0)
    witness.also("429", kind, 1.0)
    attempt_and_two_looks_and_attempt = Kill(point="moved", number=4)
    assert live(stage, attempt_and_two_looks_and_attempt) == KILLED
    assert witness.has_failed()
    witness.order("ok", kind, 0)
    an_hour = timedelta(minutes=61)
    try:
        witness.shift(an_hour.total_seconds())
        recover(stage, lambda stage: later(an_hour))
    finally:
        witness.shift(0)
    assert judge(stage, 1).good


def later(span: timedelta) -> None:
    """Let a child live in the future."""
    mock.patch.object(daemon, "now", lambda: now() + span).start()
    mock.patch.object(child, "now", lambda: now() + span).start()


@every_channel
def test_c10_the_index_lags_30_seconds(happen: Play, witness: Witness, kind: str) -> None:
    fails(happen, witness, Scene(kind=kind, mode="index-lag", seconds=30.0))


@pytest.mark.parametrize("kind", DEEP)
def test_c11_behind_500_newer_posts(happen: Play, kind: str) -> None:
    backlog = partial(chatter, notes=500)
    outcome = happen(Scene(kind=kind, kills=(APPLIED,), meanwhile=backlog))
    assert outcome.verdict.good, outcome
    assert outcome.killed == 1


@every_channel
@pytest.mark.parametrize("point", ["connected", "answer-head"])
def test_c1_a_network_that_cannot_be_asked(happen: Play, kind: str, point: str) -> None:
    """Nothing twice, nothing lost in silence: what may be there is for a human to say."""
    scene = Scene(kind=kind, kills=(Kill(point=point),), twist=blind)
    verdict = happen(scene).verdict
    assert (verdict.duplicates, verdict.lost, verdict.unknown) == (0, 0, 1)
    assert all("though the network can be asked" in problem for problem in verdict.problems)


@every_channel
def test_c10_a_duplicate_that_is_never_shown(
    happen: Play, witness: Witness, tmp_path: Path, kind: str
) -> None:
    """Where another attempt brings the first note, it is found; else a human decides.

    A network that takes whatever it is sent must be asked, and must show it at some time.
    """
    stage = make(witness, kind, tmp_path)
    witness.order("ok", kind, 0)
    brings_the_first = attempted_twice(stage)
    if len(stage.created()) == 2 and kind in FINDERS:
        return
    outcome = happen(Scene(kind=kind, mode="index-lag", seconds=10_000.0))
    assert outcome.verdict.good, outcome
    assert outcome.verdict.unknown == (not brings_the_first)


def attempted_twice(stage: Stage) -> bool:
    """Whether a second attempt, in the same words under the same key, brings what the first did."""
    said, key = note(stage), Tids(now, 2)()
    first = stage.channel.publish(said, key)
    try:
        again = stage.channel.publish(said, key)
    except Duplicate:
        return False
    return again.id == first.id and len(stage.created()) == 1


@pytest.mark.parametrize("kind", THREADS)
@pytest.mark.parametrize("done", [1, 2])
def test_c16_a_thread_goes_on_where_it_stopped(happen: Play, kind: str, done: int) -> None:
    there: list[int] = []
    outcome = happen(
        Scene(
            kind=kind,
            parts=3,
            kills=(Kill(point="moved", number=done),),
            meanwhile=lambda stage: there.append(len(stage.created())),
        )
    )
    assert there == [done]
    assert outcome.verdict.good, outcome


def test_c18_sigterm_while_sending(folder: Folder) -> None:
    """It claims no more, ends well within ten seconds, and the next start says each thing once."""
    sandbox = f"http://{load(folder.root).sandbox.listen}"
    with folder.daemon() as daemon:
        until(lambda: answers(f"{sandbox}/faults"))
        order = {"mode": "apply+hang", "times": 2}
        requests.post(f"{sandbox}/faults", json=order, timeout=5).raise_for_status()
        folder.post("first")
        folder.post("second", "Again", "Another greeting.")
        until(lambda: counts(folder)["sending"] == 2 and said(folder) == 2)
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(10) == 0
    assert said(folder) == 2
    assert counts(folder)["sent"] == 0
    assert counts(folder)["ready"] == 2
    with folder.daemon():
        until(lambda: counts(folder)["sent"] == 4, 20)
    assert said(folder) == 4


def counts(folder: Folder) -> dict[str, int]:
    """How many deliveries are in each state."""
    with closing(open_workspace(folder.root, {}).read()) as database:
        return ledger.counts(database)


def said(folder: Folder) -> int:
    """How many notes there are on all networks."""
    book = folder.root / ".outreach" / "sandbox" / "ledger.jsonl"
    return sum(json.loads(line)["effect"] == "create" for line in book.read_text().splitlines())


def answers(url: str) -> bool:
    """Whether somebody listens there."""
    try:
        return requests.get(url, timeout=5).ok
    except requests.ConnectionError:
        return False


def fails(happen: Play, witness: Witness, scene: Scene) -> None:
    """The fault strikes, and the note is there once all the same."""
    outcome = happen(scene)
    assert witness.has_failed()
    assert outcome.verdict.good, outcome
