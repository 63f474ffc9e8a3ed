"""Who reads a newsletter: asked once, confirmed by themselves, gone for good when they say so."""

from dataclasses import replace
from datetime import datetime
from itertools import count

import pytest

from outreach.model.delivery import State
from outreach.model.mention import Bounce
from outreach.rules.retry import DROPPED
from outreach.store import ledger, subscribers
from outreach.store.database import Database
from outreach.store.subscribers import BOUNCES, Standing, Subscriber

from .rows import HOUR, KEY, NOW, claimed, create, queue, send, state

LIST, OTHER = "mastodon", "x"
ADA = "ada@acme.example"
_numbers = count()


def ask(database: Database, address: str = ADA, language: str = "", **more: str) -> Subscriber:
    token = more.get("token") or f"token-{next(_numbers)}"
    account = more.get("account", LIST)
    return subscribers.ask(database, account, address, language, token, NOW)


def confirmed(database: Database, address: str = ADA, language: str = "") -> Subscriber:
    asked = ask(database, address, language)
    found = subscribers.confirm(database, asked.token, NOW)
    assert found is not None
    return found


def leave(database: Database, token: str) -> Subscriber | None:
    with database.atomic():
        return subscribers.leave(database, token, "by the link", NOW + HOUR)


def wrote(database: Database, at: datetime = NOW, address: str = ADA) -> str:
    """A letter to a reader; gives back its key."""
    identifier = f"letter-{next(_numbers)}"
    queue(database, create(identifier, recipient=address, due=at))
    sent = claimed(database, at, key=f"key-{identifier}")
    send(database, sent, at)
    return sent.key


def report(
    database: Database, key: str, address: str = ADA, *, lasting: bool, account: str = LIST
) -> None:
    with database.atomic():
        what = Bounce(address=address, lasting=lasting, why="550 5.1.1 no such user", key=key)
        subscribers.bounced(database, account, what, NOW + HOUR)


def bounce(database: Database, address: str = ADA, *, lasting: bool) -> None:
    """A letter to a reader, which came back."""
    report(database, wrote(database, NOW, address), address, lasting=lasting)


def standing(database: Database) -> Standing:
    found = subscribers.at_address(database, LIST, ADA)
    assert found is not None
    return found.standing


def addresses(database: Database, language: str = "") -> list[str]:
    return [one.address for one in subscribers.confirmed(database, LIST, language)]


def test_who_asks_reads_nothing_before_they_confirm(database: Database) -> None:
    asked = ask(database)
    assert (asked.standing, asked.asked, asked.confirmed) == (Standing.PENDING, NOW, None)
    assert addresses(database) == []
    found = subscribers.confirm(database, asked.token, NOW + HOUR)
    assert found == replace(asked, standing=Standing.CONFIRMED, confirmed=NOW + HOUR)
    assert addresses(database) == [ADA]


def test_who_asks_again_is_one_reader_with_one_token(database: Database) -> None:
    first = ask(database, language="de-AT")
    again = ask(database, "ADA@acme.example", "en")
    assert (again.token, again.address) == (first.token, ADA)
    assert (first.language, again.language) == ("de", "en")
    assert ask(database, account=OTHER).token != first.token
    assert subscribers.counts(database, LIST)["pending"] == 1


def test_nobody_changes_by_asking_what_a_reader_confirmed(database: Database) -> None:
    before = confirmed(database, language="de")
    assert ask(database, language="en") == before


def test_a_confirmation_counts_once_and_undoes_nothing(database: Database) -> None:
    reader = confirmed(database)
    leave(database, reader.token)
    found = subscribers.confirm(database, reader.token, NOW + 2 * HOUR)
    assert found is not None
    assert found.standing is Standing.LEFT
    assert subscribers.confirm(database, "nobody's", NOW) is None


def test_who_left_may_ask_again_and_their_old_letters_links_still_work(database: Database) -> None:
    reader = confirmed(database)
    gone = leave(database, reader.token)
    assert gone is not None
    assert (gone.standing, gone.ended, gone.why) == (Standing.LEFT, NOW + HOUR, "by the link")
    assert leave(database, reader.token) == gone
    assert ask(database).token == reader.token
    back = subscribers.confirm(database, reader.token, NOW)
    assert back is not None
    assert (back.standing, back.ended, back.why) == (Standing.CONFIRMED, None, "")
    assert leave(database, "nobody's") is None


def test_a_letter_goes_to_readers_of_its_language_and_of_none_in_one_order(
    database: Database,
) -> None:
    for address, language in (("c@x.example", "de"), ("a@x.example", ""), ("b@x.example", "en")):
        confirmed(database, address, language)
    assert addresses(database, "de-CH") == ["a@x.example", "c@x.example"]
    assert addresses(database, "en") == ["a@x.example", "b@x.example"]
    assert addresses(database) == ["a@x.example", "b@x.example", "c@x.example"]
    assert subscribers.confirmed(database, OTHER) == []


def test_mail_that_comes_back_for_good_ends_it(database: Database) -> None:
    confirmed(database)
    report(database, wrote(database), "Ada@acme.example ", lasting=True)
    (found,) = subscribers.every(database, LIST)
    assert (found.standing, found.ended) == (Standing.BOUNCED, NOW + HOUR)
    assert found.why == "550 5.1.1 no such user"
    assert ask(database).standing is Standing.PENDING


def test_mail_that_comes_back_for_now_is_counted_since_they_last_said_yes(
    database: Database,
) -> None:
    reader = confirmed(database)
    for _ in range(BOUNCES - 1):
        bounce(database, lasting=False)
    assert addresses(database) == [ADA]
    leave(database, reader.token)
    confirmed(database)
    bounce(database, lasting=False)
    assert addresses(database) == [ADA]
    for _ in range(BOUNCES - 1):
        bounce(database, lasting=False)
    assert addresses(database) == []


def test_a_report_that_is_read_again_counts_once(database: Database) -> None:
    confirmed(database)
    key = wrote(database)
    for _ in range(BOUNCES + 1):
        report(database, key, lasting=False)
    (found,) = subscribers.every(database, LIST)
    assert (found.standing, found.bounces) == (Standing.CONFIRMED, 1)
    history = ledger.history(database, key.removeprefix("key-"))
    assert [why for _, state, why in history if state is State.SENT] == [
        "",
        "came back: 550 5.1.1 no such user",
    ]
    report(database, key, lasting=True)
    assert standing(database) is Standing.BOUNCED


def test_a_report_from_before_the_last_yes_strikes_nobody_out(database: Database) -> None:
    reader = confirmed(database)
    old = wrote(database)
    report(database, old, lasting=True)
    ask(database)
    report(database, old, lasting=True)
    assert standing(database) is Standing.PENDING
    subscribers.confirm(database, reader.token, NOW + 2 * HOUR)
    report(database, old, lasting=True)
    assert standing(database) is Standing.CONFIRMED
    report(database, wrote(database, NOW + 3 * HOUR), lasting=True)
    assert standing(database) is Standing.BOUNCED


@pytest.mark.parametrize(
    ("key", "account"), [("", LIST), ("not-ours", LIST), ("of-another", LIST), ("ours", OTHER)]
)
def test_a_report_of_no_letter_of_ours_to_them_strikes_nobody_out(
    database: Database, key: str, account: str
) -> None:
    confirmed(database)
    confirmed(database, "bob@acme.example")
    queue(database, create("waits", recipient=ADA, due=NOW + HOUR))
    keys = {"ours": wrote(database), "of-another": wrote(database, NOW, "bob@acme.example")}
    for address in (ADA, "ADA@acme.example"):
        report(database, keys.get(key, key), address, lasting=True, account=account)
    assert subscribers.counts(database, LIST)["confirmed"] == 2
    assert [state for _, state, _ in ledger.history(database, "waits")] == [State.READY]


@pytest.mark.parametrize("said", ["asked", "confirmed", "left"])
def test_whom_our_own_server_cannot_reach_gets_no_more_letters(
    database: Database, said: str
) -> None:
    reader = ask(database) if said == "asked" else confirmed(database)
    if said == "left":
        leave(database, reader.token)
    with database.atomic():
        for account, address in ((LIST, "ADA@acme.example"), (LIST, "b@x.example"), (OTHER, ADA)):
            subscribers.unreachable(database, account, address, "550 nobody", NOW + HOUR)
    (found,) = subscribers.every(database, LIST)
    gone = (Standing.BOUNCED, "550 nobody", NOW + HOUR)
    left = (Standing.LEFT, "by the link", NOW + HOUR)
    assert (found.standing, found.why, found.ended) == (left if said == "left" else gone)


def test_mail_of_strangers_that_comes_back_is_nothing(database: Database) -> None:
    bounce(database, "stranger@acme.example", lasting=True)
    assert subscribers.every(database, LIST) == []
    reader = confirmed(database)
    leave(database, reader.token)
    bounce(database, lasting=True)
    assert subscribers.counts(database, LIST) == {
        "pending": 0,
        "confirmed": 0,
        "left": 1,
        "bounced": 0,
    }


@pytest.mark.parametrize("way", ["leave", "bounce"])
def test_what_waits_for_who_is_gone_does_not_go_out(database: Database, way: str) -> None:
    reader = confirmed(database, "Ada@acme.example")
    to = {"recipient": "Ada@acme.example"}
    queue(
        database,
        create("a-out", **to),
        create("waits", **to),
        create("b-answer", **to, written_by="Grace"),
        create("other", recipient="bob@acme.example"),
        create("elsewhere", account=OTHER, **to),
        create("everyone"),
    )
    send(database, claimed(database))
    if way == "leave":
        leave(database, reader.token)
    else:
        report(database, KEY, lasting=True)
    states = {name: state(database, name)[0] for name in ("a-out", "waits", "b-answer", "other")}
    assert states == {
        "a-out": State.SENT,
        "waits": State.FAILED,
        "b-answer": State.READY,
        "other": State.READY,
    }
    assert state(database, "elsewhere")[0] is state(database, "everyone")[0] is State.READY
    dropped = ledger.one(database, "waits")
    assert dropped is not None
    assert dropped.error.startswith(DROPPED)


def test_who_said_yes_elsewhere_is_taken_over_and_nobody_is_brought_back(
    database: Database,
) -> None:
    def add(address: str) -> Standing:
        token = f"token-{next(_numbers)}"
        return subscribers.add_confirmed(database, LIST, address, "de", token, NOW - HOUR, NOW)

    left = confirmed(database, "left@x.example")
    leave(database, left.token)
    ask(database, "asked@x.example", "en")
    before = confirmed(database, "here@x.example", "en")
    assert add("new@x.example") is Standing.CONFIRMED
    assert add("new@x.example") is Standing.CONFIRMED
    assert add("asked@x.example") is Standing.CONFIRMED
    assert add("LEFT@x.example") is Standing.LEFT
    assert add("here@x.example") is Standing.CONFIRMED
    by_address = {one.address: one for one in subscribers.every(database, LIST)}
    assert len(by_address) == 4
    assert by_address["here@x.example"] == before
    assert by_address["new@x.example"].confirmed == NOW - HOUR
    assert by_address["new@x.example"].language == "de"


def test_a_list_is_tested_once_a_letter_to_oneself_is_out(database: Database) -> None:
    assert subscribers.tested(database, LIST) is None
    queue(database, create("a", source="2026/letter#test", recipient=ADA))
    assert subscribers.tested(database, LIST) is None
    send(database, claimed(database), NOW + HOUR)
    assert subscribers.tested(database, LIST) == NOW + HOUR
    assert subscribers.tested(database, OTHER) is None
