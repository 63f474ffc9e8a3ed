"""Strangers make us write only so much mail."""

from datetime import timedelta

from outreach.public._rate import MOST, MOST_OF_ONE, SPAN, Rate

from ..store.rows import NOW


def test_one_name_is_let_in_a_few_times_an_hour() -> None:
    rate = Rate()
    assert [rate.admits("ada", NOW) for _ in range(MOST_OF_ONE + 1)] == [True] * MOST_OF_ONE + [
        False
    ]
    assert rate.admits("bob", NOW)
    assert not rate.admits("ada", NOW + SPAN - timedelta(seconds=1))
    assert rate.admits("ada", NOW + SPAN)


def test_all_together_are_let_in_a_few_hundred_times_an_hour() -> None:
    rate = Rate()
    assert all(rate.admits(str(number), NOW) for number in range(MOST))
    assert not rate.admits("one more", NOW)
    assert rate.admits("one more", NOW + SPAN)
