"""A newsletter's readers as a CSV: in once, out safely, and back as they were."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.flows.lists import Imported, take, written
from outreach.model.errors import Refused
from outreach.rules.addresses import normal
from outreach.store import accounts, sqlite, subscribers
from outreach.store.database import Database
from outreach.store.subscribers import Standing

from ..store.rows import HOUR, NOW


def new() -> Database:
    made = sqlite.memory()
    accounts.meet(made, "letters", "email", NOW)
    return made


@pytest.fixture
def database() -> Database:
    return new()


def readers(database: Database) -> dict[str, str]:
    return {one.address: one.language for one in subscribers.confirmed(database, "letters")}


CSVS = [
    "address,language\nada@x.example,de-AT\nbob@x.example,\n",
    "\ufeffEmail;Language;Name\r\nada@x.example;de;Ada\r\n\r\nbob@x.example;;Bob\r\n",
    'e-mail\tlang\n"ada@x.example"\tDE\nbob@x.example\n',
]


@pytest.mark.parametrize("text", CSVS)
def test_the_files_of_others_are_taken_as_they_are(database: Database, text: str) -> None:
    done = take(database, "letters", text, NOW)
    assert done == Imported(readers=2, out=0, wrong=())
    assert readers(database) == {"ada@x.example": "de", "bob@x.example": ""}


def test_a_list_of_addresses_is_enough(database: Database) -> None:
    take(database, "letters", "ada@x.example\nbob@x.example", NOW)
    assert list(readers(database)) == ["ada@x.example", "bob@x.example"]


def test_the_same_file_again_changes_nothing(database: Database) -> None:
    take(database, "letters", CSVS[0], NOW)
    before = subscribers.every(database, "letters")
    take(database, "letters", CSVS[0], NOW + HOUR)
    assert subscribers.every(database, "letters") == before


def test_when_they_said_yes_is_kept_and_never_later_than_now(database: Database) -> None:
    text = "address,confirmed\na@x.example,2025-01-02\nb@x.example,2099-01-01T00:00:00Z\n"
    take(database, "letters", text, NOW)
    found = [one.confirmed for one in subscribers.confirmed(database, "letters")]
    assert [at and f"{at:%Y-%m-%d %H:%M}" for at in found] == [
        "2025-01-02 00:00",
        "2026-11-24 09:00",
    ]


def test_what_is_wrong_is_told_by_line_and_the_rest_is_taken(database: Database) -> None:
    text = "address,confirmed\nada@x.example,soon\n\nbob\ncarol@x.example,\n,2025-01-01\n"
    done = take(database, "letters", text, NOW)
    assert done.readers == 1
    assert [one.partition(":")[0] for one in done.wrong] == ["line 2", "line 4", "line 6"]
    assert "confirmed is 'soon'" in done.wrong[0]


def test_a_file_without_addresses_is_refused(database: Database) -> None:
    with pytest.raises(Refused, match="no column is called address"):
        take(database, "letters", "name,age\nAda,36\n", NOW)


def test_who_left_stays_out_whichever_side_they_left(database: Database) -> None:
    take(database, "letters", "left@x.example\nhere@x.example", NOW)
    token = next(
        one.token for one in subscribers.every(database, "letters") if "left" in one.address
    )
    subscribers.leave(database, token, "by the link", NOW)
    text = (
        "address,state\nleft@x.example,confirmed\nother@x.example,left\nhere@x.example,confirmed\n"
    )
    assert take(database, "letters", text, NOW) == Imported(readers=1, out=2, wrong=())
    assert list(readers(database)) == ["here@x.example"]


def test_55_a_spreadsheet_acts_on_nothing_in_it(database: Database, tmp_path: Path) -> None:
    take(database, "letters", "=cmd+x@x.example\n'quoted@x.example\n-1@x.example", NOW)
    lines = written(subscribers.every(database, "letters")).splitlines()
    assert lines[0] == "address,language,state,asked,confirmed,ended,why"
    assert [line.partition(",")[0] for line in lines[1:]] == [
        "'quoted@x.example",
        "'-1@x.example",
        "'=cmd+x@x.example",
    ]


LOCALS = st.text("=+-'aZ0._@", min_size=1, max_size=6)
PEOPLE = st.lists(st.tuples(LOCALS, st.sampled_from(["", "de", "en"])), max_size=5)
WHYS = st.text("=@'\t\r\n,;\"a ", max_size=6)


@settings(max_examples=25)
@given(PEOPLE, WHYS)
def test_what_goes_out_comes_back(people: list[tuple[str, str]], why: str) -> None:
    first, second = new(), new()
    for number, (local, language) in enumerate(people):
        try:
            address = normal(f"{local}@x.example")
        except ValueError:
            continue
        token = f"t{number}"
        subscribers.add_confirmed(first, "letters", address, language, token, NOW, NOW)
        if number % 3 == 2:
            subscribers.leave(first, token, why, NOW)
    before = subscribers.every(first, "letters")
    done = take(second, "letters", written(before), NOW + HOUR)
    assert done.wrong == ()
    said_yes = [one for one in before if one.standing is Standing.CONFIRMED]
    after = subscribers.confirmed(second, "letters")
    assert [(one.address, one.language, one.confirmed) for one in after] == [
        (one.address, one.language, one.confirmed) for one in said_yes
    ]
