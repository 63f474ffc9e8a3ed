"""outreach newsletter: readers in and out, a letter to oneself, how far a letter is."""

import json
import os
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from outreach.model.delivery import Activity, Delivery, Receipt, State
from outreach.model.note import Note
from outreach.rules.retry import Step
from outreach.store import accounts, ledger, posts, subscribers
from outreach.store.database import Database
from outreach.workspace import Workspace, open_workspace

from ..folder import Folder
from ..store.rows import post
from ..test_cli import documented
from ..wait import until
from .running import piped

ACCOUNT = """  {}:
    kind: email
    from: Ada <ada@lantern.example>
    smtp: mail.lantern.example
    imap: mail.lantern.example
"""
NOW = datetime.now(UTC)
LETTER = "---\ntitle: The week\nemail: only\n---\nHello *readers*.\n"


@pytest.fixture
def mailing(folder: Folder) -> Folder:
    folder.change("accounts:\n", "accounts:\n" + ACCOUNT.format("letters"))
    return folder


def run(folder: Folder, *arguments: str) -> tuple[int, str]:
    return piped(folder, "", "newsletter", *arguments)


def opened(folder: Folder) -> Workspace:
    return open_workspace(folder.root, folder.environ())


def started(folder: Folder) -> Database:
    """The database, as a daemon that was there leaves it."""
    workspace = opened(folder)
    database = workspace.create()
    for name in workspace.config.lists:
        accounts.meet(database, name, "email", NOW)
    return database


def letter(database: Database, readers: int) -> None:
    """A letter on its way to so many."""
    for number in range(readers):
        address = f"{number}@x.example"
        delivery = Delivery(
            id=f"d{number}",
            account="letters",
            activity=Activity.CREATE,
            source="2026/letter",
            part=0,
            recipient=address,
            note=Note(text="", to=address),
            state=State.READY,
            due=NOW,
            fresh_from=NOW,
        )
        ledger.queue(database, delivery, NOW)


def send_next(database: Database) -> None:
    delivery = ledger.claim(database, "letters", "3lbnqkey22222", NOW)
    assert delivery is not None
    receipt = Receipt(id=f"<{delivery.id}@x>", url="", at=NOW)
    ledger.move(database, delivery, Step(state=State.SENT, due=NOW, receipt=receipt), NOW)


def status(folder: Folder, *more: str) -> Any:
    code, said = run(folder, "status", "--json", *more)
    assert code == 0, said
    return json.loads(said)


def test_readers_come_in_only_with_their_word_and_go_out_as_they_came(
    mailing: Folder, tmp_path: Path
) -> None:
    file = tmp_path / "readers.csv"
    file.write_text("address,language\nada@x.example,de\n+bob@x.example,\n", "utf-8")
    code, said = run(mailing, "import", str(file))
    assert code == 1
    assert "--confirmed" in said
    assert not opened(mailing).database_path.exists()
    code, said = run(mailing, "import", "--confirmed", str(file))
    assert (code, said) == (0, "2 readers of letters in this file\n")
    code, said = run(mailing, "export")
    assert code == 0
    assert [line.split(",")[:3] for line in said.splitlines()[1:]] == [
        ["'+bob@x.example", "", "confirmed"],
        ["ada@x.example", "de", "confirmed"],
    ]
    code, _ = run(mailing, "export", str(tmp_path / "out.csv"))
    assert code == 0
    assert (tmp_path / "out.csv").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "out.csv").read_bytes().decode() == said.replace("\n", "\r\n")


def test_what_is_wrong_in_a_file_is_told_and_ends_with_1(mailing: Folder, tmp_path: Path) -> None:
    file = tmp_path / "readers.csv"
    file.write_text("ada@x.example\nbob\n")
    code, said = run(mailing, "import", "--confirmed", str(file))
    assert code == 1
    assert "1 reader of letters" in said
    assert "line 2: 'bob': an address has one @" in said
    file.write_bytes(b"address\n\xff@x.example\n")
    code, said = run(mailing, "import", "--confirmed", str(file))
    assert (code, "is not UTF-8" in said) == (1, True)


def test_which_list_is_meant_has_to_be_clear(folder: Folder) -> None:
    code, said = run(folder, "export")
    assert (code, "config.yaml has no newsletter" in said) == (1, True)
    both = ACCOUNT.format("letters") + ACCOUNT.format("news")
    folder.change("accounts:\n", f"accounts:\n{both}")
    started(folder).close()
    code, said = run(folder, "export")
    assert (code, said) == (1, "which list? Say one of: --list letters, --list news")
    assert run(folder, "export", "--list", "news")[0] == 0
    code, said = run(folder, "export", "--list", "x")
    assert (code, "there is no list 'x'" in said) == (1, True)


def test_how_far_a_letter_is(mailing: Folder) -> None:
    assert status(mailing)["letters"] == []
    with closing(started(mailing)) as database:
        subscribers.add_confirmed(database, "letters", "0@x.example", "", "t", NOW, NOW)
        letter(database, 3)
        send_next(database)
    found = status(mailing)
    assert list(found) == documented("newsletter status", "status --json")
    assert found["lists"] == [
        {"list": "letters", "confirmed": 1, "pending": 0, "left": 0, "bounced": 0, "tested": None}
    ]
    (row,) = found["letters"]
    assert row == {
        "letter": "2026/letter",
        "list": "letters",
        "of": 3,
        "sent": 1,
        "waiting": 2,
        "unknown": 0,
        "failed": 0,
        "dropped": 0,
    }
    assert status(mailing, "2026/letter")["letters"] == [row]
    assert status(mailing, "2026/other")["letters"] == []
    code, said = run(mailing, "status")
    assert code == 0
    assert "letters: 1 confirmed, 0 pending, 0 left, 0 bounced; not tested yet" in said


def test_watching_ends_when_nothing_waits(mailing: Folder) -> None:
    with closing(started(mailing)) as database:
        letter(database, 3)
    sent = threading.Event()

    def send_all() -> None:
        with closing(opened(mailing).connect()) as database:
            for _ in range(3):
                send_next(database)
        sent.set()

    timer = threading.Timer(0.3, send_all)
    timer.start()
    code, said = run(mailing, "status", "--watch")
    timer.join()
    assert code == 0
    assert sent.is_set()
    assert "3/3" in said


def test_a_stopped_letter_says_who_has_it(mailing: Folder) -> None:
    with closing(started(mailing)) as database:
        letter(database, 3)
        send_next(database)
    code, said = run(mailing, "stop", "2026/letter")
    assert (code, said) == (0, "letters: 1 of 3 have it, 2 do not get it\n")
    assert status(mailing)["letters"][0]["waiting"] == 0
    code, said = run(mailing, "stop", "2026/other")
    assert (code, "no letter '2026/other'" in said) == (1, True)


def test_without_a_daemon_a_test_waits_and_says_so(mailing: Folder) -> None:
    mailing.write("letters/week.md", LETTER)
    code, said = run(mailing, "test", "nobody at all")
    assert (code, "is no mail address" in said) == (1, True)
    code, said = run(mailing, "test", "me@x.example")
    assert code == 0, said
    assert "“[Test] The week” to me@x.example, as letters" in said
    assert "it goes out with: outreach run" in said
    with closing(opened(mailing).read()) as database:
        assert subscribers.tested(database, "letters") is None


def test_a_test_is_in_the_mailbox_and_counts(mailing: Folder) -> None:
    mailing.write("letters/week.md", LETTER)
    with closing(started(mailing)) as database:
        posts.accept(database, post(published=NOW), "---\ntitle: Hello\n---\n", "hash", NOW)
    with mailing.daemon():
        until(lambda: "Ctrl-C" in mailing.said, 30)
        code, said = run(mailing, "test", "me@x.example")
        assert code == 0, said + mailing.said
    assert "sent; look at it in your mailbox" in said
    assert status(mailing)["lists"][0]["tested"][:4] == str(datetime.now(UTC).year)
    (entry,) = (
        json.loads(line)
        for line in (opened(mailing).state / "ledger.jsonl").read_text().splitlines()
        if '"email"' in line and '"create"' in line
    )
    assert "me@x.example" in json.dumps(entry)
    assert "/unsubscribe?token=" in json.dumps(entry)
    written = [path.name for path in (mailing.root / "letters").iterdir()]
    assert written == ["week.md"]  # no round-up is due because a daemon starts


def test_the_letter_that_was_changed_last_is_tested_or_the_one_that_is_named(
    mailing: Folder,
) -> None:
    code, said = run(mailing, "test", "me@x.example")
    assert (code, "there is no post to send yet" in said) == (1, True)
    old = mailing.write("letters/old.md", LETTER.replace("The week", "Old"))
    mailing.write("letters/broken.md", "---\ntitle: [\n---\n")
    mailing.write("letters/week.md", LETTER)
    mailing.post("newest")
    os.utime(old, (1, 1))
    assert "[Test] The week" in run(mailing, "test", "me@x.example")[1]
    assert "[Test] Old" in run(mailing, "test", "me@x.example", "--post", "letters/old")[1]
    code, said = run(mailing, "test", "me@x.example", "--post", "letters/none")
    assert (code, "there is no post 'letters/none'" in said) == (1, True)
    for name in ("old", "week", "broken"):
        (mailing.root / f"letters/{name}.md").unlink()
    assert "[Test] Hello" in run(mailing, "test", "me@x.example")[1]


def test_a_round_up_is_drafted_once(mailing: Folder) -> None:
    mailing.post("hello")
    assert mailing.outreach("run", "--once").returncode in (0, 1)
    code, said = run(mailing, "roundup")
    assert code == 0
    (path,) = (mailing.root / "letters").iterdir()
    assert said.startswith(f"{path} is a draft")
    assert "A greeting" in path.read_text("utf-8")
    code, said = run(mailing, "roundup", "--since", "1h")
    assert (code, said.startswith("Nothing new to draft")) == (0, True)
    code, said = run(mailing, "roundup", "--since", "soon")
    assert (code, "--since 'soon'" in said) == (1, True)


def test_a_schedule_drafts_it(mailing: Folder) -> None:
    mailing.write("schedules/roundup.yaml", "timezone: Europe/Berlin\nroundup:\n  every: 1s\n")
    mailing.post("hello")
    with mailing.daemon():
        until(lambda: "drafted" in mailing.said, 30)
    day = datetime.now(UTC) + timedelta(hours=1)
    assert "Hello" in (mailing.root / f"letters/{day:%G-W%V}.md").read_text("utf-8")


def test_a_letter_that_a_reader_has_after_all_keeps_its_name(mailing: Folder) -> None:
    with closing(started(mailing)) as database:
        letter(database, 1)
        claimed = ledger.claim(database, "letters", "3lbnqkey22222", NOW)
        assert claimed is not None
        ledger.move(database, claimed, Step(state=State.UNKNOWN, due=NOW, error="lost"), NOW)
    code, said = piped(mailing, "", "resolve", "d0", "--there")
    assert (code, said) == (0, "d0 is sent: mid:3lbnqkey22222@lantern.example\n")
    with closing(started(mailing)) as database:
        kept = ledger.one(database, "d0")
    assert kept is not None and kept.receipt is not None
    assert kept.receipt.id == "<3lbnqkey22222@lantern.example>"
