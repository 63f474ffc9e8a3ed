"""The harness turns red where a rule is broken, and only there."""

from pathlib import Path

import pytest

from .controls import CONTROLS, LOSING, SOUND, Control
from .folders import make
from .kinds import kinds
from .witness import Witness


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.name)
@pytest.mark.parametrize("kind", kinds())
def test_a_broken_rule_is_red(
    witness: Witness, tmp_path: Path, control: Control, kind: str
) -> None:
    if control.applies(make(witness, kind, tmp_path)):
        verdict = control.run(witness, kind, tmp_path)
        assert verdict.duplicates or verdict.lost


@pytest.mark.parametrize("kind", kinds())
def test_a_loss_is_red(witness: Witness, tmp_path: Path, kind: str) -> None:
    verdict = LOSING.run(witness, kind, tmp_path)
    assert verdict.lost == 1
    assert "which is not there" in verdict.problems[0]


@pytest.mark.parametrize("control", SOUND, ids=lambda control: control.name)
@pytest.mark.parametrize("kind", kinds())
def test_the_same_scene_is_green_with_every_rule(
    witness: Witness, tmp_path: Path, control: Control, kind: str
) -> None:
    if control.applies(make(witness, kind, tmp_path)):
        verdict = control.run(witness, kind, tmp_path)
        assert verdict.good, verdict
