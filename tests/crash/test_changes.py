"""Edits and withdrawals are killed too: repeated where in doubt, and in their order."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from outreach.model.channel import Deleter, Editor
from outreach.model.delivery import Activity, Delivery, State
from outreach.model.note import Audience
from outreach.rules.keys import Tids
from outreach.store import ledger

from .child import KILLED, UNHARMED, WIRE, Kill, live
from .folders import Stage, make, queue
from .kinds import anybody, kinds, limits, now
from .run import recover
from .witness import Witness

POINTS = ("claimed", *sorted(WIRE), "moving", "moved")
EDITORS = [kind for kind in kinds() if isinstance(anybody(kind), Editor)]
DELETERS = [kind for kind in kinds() if isinstance(anybody(kind), Deleter)]
Where = tuple[Witness, Path]


def every_other(some: Sequence[str], first: int) -> list[tuple[str, str]]:
    """Each kind with half of the points, neighbours with the other half: edits and withdrawals go
    one way, so each point is tried on each kind by one of them, or on its neighbour."""
    return [
        (kind, point)
        for row, kind in enumerate(some)
        for column, point in enumerate(POINTS)
        if (row + column) % 2 == first
    ]


@pytest.fixture
def where(witness: Witness, tmp_path: Path) -> Where:
    return witness, tmp_path


def published(where: Where, kind: str) -> Stage:
    """A note that is out."""
    witness, home = where
    stage = make(witness, kind, home)
    witness.order("ok", kind, 0)
    queue(stage, linked=False)
    live(stage, UNHARMED)
    return stage


def change(stage: Stage, activity: Activity, words: str, revision: int = 1) -> None:
    """Queue an edit or a withdrawal of it, as `flows.revise` does."""
    with closing(stage.workspace.connect()) as database, database.atomic():
        create = ledger.every(database)[0]
        changed = replace(
            create,
            id=Tids(now, 2)(),
            activity=activity,
            note=replace(create.note, text=f"{create.note.text}\n\n{words}"),
            revision=revision,
            after=create.id,
            state=State.READY,
            due=now(),
            fresh_from=now(),
        )
        assert ledger.queue(database, changed, now())


def edited(stage: Stage, words: str) -> bool:
    """Whether the last change there says so. A page that is told is told that there is one."""
    last = stage.effects("update")[-1]
    if limits(stage.kind).audience is Audience.LINKED:
        return bool(last["id"] == stage.created()[0]["id"])
    return words in last["text"]


def withdrawn(stage: Stage) -> bool:
    """Whether it is gone there. A page that is told is told that there is a change."""
    if limits(stage.kind).audience is Audience.LINKED:
        return edited(stage, "")
    return len(stage.effects("delete")) == 1


def rows(stage: Stage) -> list[Delivery]:
    with closing(stage.workspace.read()) as database:
        return ledger.every(database)


@pytest.mark.parametrize(("kind", "point"), every_other(EDITORS, 0))
def test_c1_killed_while_editing(where: Where, kind: str, point: str) -> None:
    stage = published(where, kind)
    change(stage, Activity.UPDATE, "Edited.")
    assert live(stage, Kill(point=point)) == KILLED
    recover(stage)
    assert len(stage.created()) == 1
    assert edited(stage, "Edited.")
    assert [row.state for row in rows(stage)] == [State.SENT] * 2


@pytest.mark.parametrize(("kind", "point"), every_other(DELETERS, 1))
def test_c1_killed_while_withdrawing(where: Where, kind: str, point: str) -> None:
    stage = published(where, kind)
    change(stage, Activity.DELETE, "")
    assert live(stage, Kill(point=point)) == KILLED
    recover(stage)
    assert len(stage.created()) == 1
    assert withdrawn(stage)
    assert [row.state for row in rows(stage)] == [State.SENT] * 2


@pytest.mark.parametrize("kind", EDITORS)
def test_an_older_edit_never_follows_a_newer(where: Where, kind: str) -> None:
    stage = published(where, kind)
    change(stage, Activity.UPDATE, "First edit.", 1)
    assert live(stage, Kill(point="answer-head")) == KILLED
    change(stage, Activity.UPDATE, "Second edit.", 2)
    recover(stage)
    assert edited(stage, "Second edit.")
    assert [row.state for row in rows(stage)] == [State.SENT] * 3
