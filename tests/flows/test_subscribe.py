"""Into a newsletter and out of it: one question a day, and nothing without a yes."""

from pathlib import Path

import pytest

from outreach.flows.subscribe import AGAIN, Subscriptions
from outreach.model.delivery import Delivery, State
from outreach.rules.keys import Tids
from outreach.store import accounts, holds, ledger, sqlite, subscribers
from outreach.store.database import Database
from outreach.store.holds import EVERYWHERE, Cause
from outreach.store.subscribers import Standing

from ..store.rows import HOUR, NOW

ADA = "ada@acme.example"


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = sqlite.create(tmp_path / "outreach.db")
    for name in ("letters", "news"):
        accounts.meet(made, name, "email", NOW)
    return made


@pytest.fixture
def lists(database: Database) -> Subscriptions:
    return Subscriptions(
        database=database,
        title="Lantern & <Works>",
        url="https://lantern.example/blog",
        new_key=Tids(lambda: NOW, 1),
    )


def asked(database: Database) -> list[Delivery]:
    return ledger.every(database)


def test_somebody_is_asked_by_mail_with_a_link_of_their_own(
    lists: Subscriptions, database: Database
) -> None:
    lists.ask("letters", " ada@ACME.example", "de", NOW)
    (mail,) = asked(database)
    (reader,) = subscribers.every(database, "letters")
    assert (mail.account, mail.recipient, mail.note.to) == ("letters", ADA, ADA)
    assert (mail.state, mail.due) == (State.READY, NOW)
    assert mail.note.title == "Confirm your subscription to Lantern & <Works>"
    link = f"https://lantern.example/blog/subscribe/confirm?token={reader.token}"
    assert f"\n{link}\n" in mail.note.text
    assert f'href="{link}"' in mail.note.html
    assert "Lantern &amp; &lt;Works&gt;" in mail.note.html
    assert len(reader.token) >= 32
    assert (reader.standing, reader.language) == (Standing.PENDING, "de")


def test_nobody_is_asked_twice_a_day_about_one_list(
    lists: Subscriptions, database: Database
) -> None:
    lists.ask("letters", ADA, "", NOW)
    lists.ask("letters", "ADA@acme.example", "", NOW + AGAIN - HOUR)
    assert len(asked(database)) == 1
    lists.ask("news", ADA, "", NOW)
    lists.ask("letters", "bob@acme.example", "", NOW)
    assert len(asked(database)) == 3
    lists.ask("letters", ADA, "", NOW + AGAIN)
    assert len(asked(database)) == 4
    assert len({mail.note.text for mail in asked(database)}) == 3


def test_who_has_said_yes_is_not_asked_and_who_left_is(
    lists: Subscriptions, database: Database
) -> None:
    lists.ask("letters", ADA, "", NOW)
    (reader,) = subscribers.every(database, "letters")
    found = lists.confirm(reader.token, NOW)
    assert found is not None
    assert found.standing is Standing.CONFIRMED
    lists.ask("letters", ADA, "", NOW + 2 * AGAIN)
    assert len(asked(database)) == 1
    lists.leave(reader.token, "by the link", NOW + 2 * AGAIN)
    lists.ask("letters", ADA, "", NOW + 2 * AGAIN)
    assert len(asked(database)) == 2


def test_who_left_and_asks_again_the_same_day_gets_one_mail_more(
    lists: Subscriptions, database: Database
) -> None:
    lists.ask("letters", ADA, "", NOW)
    (reader,) = subscribers.every(database, "letters")
    lists.confirm(reader.token, NOW + HOUR)
    lists.leave(reader.token, "by the link", NOW + 2 * HOUR)
    for _ in range(2):
        lists.ask("letters", "ADA@acme.example", "", NOW + 3 * HOUR)
    assert len(asked(database)) == 2
    assert reader.token in asked(database)[-1].note.text


def test_under_a_hold_the_question_waits(lists: Subscriptions, database: Database) -> None:
    holds.place(database, EVERYWHERE, Cause.PERSON, "quiet", NOW)
    lists.ask("letters", ADA, "", NOW)
    (mail,) = asked(database)
    assert (mail.state, mail.error) == (State.HELD, "quiet")
    holds.lift(database, EVERYWHERE, None, NOW)
    (mail,) = asked(database)
    assert mail.state is State.READY


def test_what_is_no_address_leaves_nothing(lists: Subscriptions, database: Database) -> None:
    with pytest.raises(ValueError, match="an address has one @"):
        lists.ask("letters", "ada@acme.example\r\nBcc: everybody@acme.example", "", NOW)
    assert asked(database) == []
    assert subscribers.every(database, "letters") == []


def test_a_question_answered_belongs_to_no_post(lists: Subscriptions, database: Database) -> None:
    lists.ask("letters", ADA, "", NOW)
    assert asked(database)[0].source.partition("#")[0] == ""
