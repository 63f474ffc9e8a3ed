"""Case 55: no spreadsheet takes what somebody called themselves for a formula."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.rules.cells import bare, guarded

ANY = st.text(st.sampled_from("'=+-@\t\r\0a"), max_size=5) | st.text(max_size=8)


@pytest.mark.parametrize("cell", ["=1+1@x.example", "+a@x", "-a@x", "@a", "\ta", "\ra", "\0a"])
def test_55_what_a_spreadsheet_would_act_on_is_quoted(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "ada@x.example", "o'neil@x.example", "'til@x.example", "'"])
def test_everything_else_stays(cell: str) -> None:
    assert guarded(cell) == bare(cell) == cell


@given(ANY)
def test_what_was_written_is_read_again(cell: str) -> None:
    assert bare(guarded(cell)) == cell
    assert guarded(cell)[:1] not in {*"=+-@\t\r\0"}
