"""Killed at each fault point, in each server mode, on each channel: pairs of them, in few runs."""

from collections import Counter

import pytest

from outreach.fault import POINTS

from .conftest import Play
from .kinds import kinds
from .points import MODES, Case, every, pairwise

CASES = list(pairwise(every()))


def test_there_are_channels_to_test() -> None:
    assert len(kinds()) >= 2


def test_no_pair_is_left_out() -> None:
    pairs = Counter(pair for case in every() for pair in case.pairs())
    assert set(pairs) == {pair for case in CASES for pair in case.pairs()}
    assert len(CASES) < len(every()) * 0.6
    assert len(CASES) >= len(POINTS) * len(MODES)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_c1_killed_at_a_point(happen: Play, case: Case) -> None:
    outcome = happen(case.scene())
    assert outcome.verdict.good, outcome.verdict
    assert outcome.killed == 1


def test_every_point_kills() -> None:
    """Where a point is not reached any more, its runs would prove nothing."""
    assert {case.point for case in CASES} == set(POINTS)
