"""What a person does to the ledger from the command line, judged by the sandbox's own."""

from datetime import UTC, datetime
from typing import Any

import pytest

from outreach.store import migrations
from outreach.workspace import Mode, home, open_workspace, stamp_of

from .folder import Folder
from .sandbox.running import Sandbox
from .test_main_job import address


class Hands:
    """The command line over a folder whose networks are a sandbox of the test's."""

    def __init__(self, folder: Folder, sandbox: Sandbox) -> None:
        self.folder = folder
        self.sandbox = sandbox

    def once(self) -> int:
        """One pass."""
        return self.folder.outreach("run", "--once", "--sandbox", self.sandbox.url).returncode

    def __call__(self, *arguments: str) -> str:
        """A command that goes well; what it says."""
        done = self.folder.outreach(*arguments, "--folder")
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refused(self, *arguments: str) -> str:
        """A command that is refused; what it says."""
        done = self.folder.outreach(*arguments, "--folder")
        assert done.returncode == 1
        return done.stderr

    def delivery(self, account: str) -> dict[str, Any]:
        """The only delivery of an account."""
        (found,) = [row for row in self.folder.json("deliveries") if row["account"] == account]
        return dict(found)

    def creates(self, network: str = "") -> int:
        return sum(entry["effect"] == "create" for entry in self.sandbox.ledger(network))


@pytest.fixture
def hands(folder: Folder, sandbox: Sandbox) -> Hands:
    return Hands(folder, sandbox)


def test_hold_and_resume(hands: Hands) -> None:
    assert hands.once() == 0
    assert "no account 'nobody'" in hands.refused("hold", "nobody")
    hands("hold", "x", "--reason", "bad news day")
    hands.folder.post("hello")
    assert hands.once() == 1
    assert (hands.creates("mastodon"), hands.creates("x")) == (1, 0)
    assert hands.delivery("x")["state"] == "held"
    assert any("bad news day" in line for line in hands.folder.json("status")["needs_you"])
    hands("resume", "x")
    assert hands.once() == 0
    assert (hands.creates("mastodon"), hands.creates("x")) == (1, 1)


def test_the_general_hold_stops_everything(hands: Hands) -> None:
    assert hands.once() == 0
    hands("hold")
    hands.folder.post("hello")
    assert hands.once() == 1
    assert hands.creates() == 0
    hands("resume")
    assert hands.once() == 0
    assert hands.creates() == 2


def make_unknown(hands: Hands) -> str:
    """X refuses a duplicate of an hour ago that the look-up does not reach."""
    hands.folder.post("hello")
    text = f"Hello\n\nA greeting.\n\n{address(hands.folder, 'site')}/hello/"
    hands.sandbox.shift(-3600)
    hands.sandbox.tweet(text, token="x")
    hands.sandbox.shift(0)
    assert hands.once() == 1
    unknown = hands.delivery("x")
    assert unknown["state"] == "unknown"
    return str(unknown["id"])


def test_an_unknown_is_shown_and_resolved_as_sent(hands: Hands) -> None:
    identifier = make_unknown(hands)
    assert any(identifier in line for line in hands.folder.json("status")["needs_you"])
    assert "no address" in hands.refused("resolve", identifier, "--sent", "there")
    assert "say one of" in hands.refused("resolve", identifier)
    hands("resolve", identifier, "--sent", "https://x.com/acme/status/42")
    assert hands.delivery("x")["url"] == "https://x.com/acme/status/42"
    assert "only what is unknown" in hands.refused("resolve", identifier, "--again")
    assert hands.once() == 0
    assert hands.creates("x") == 1


def test_an_unknown_is_sent_again_or_dropped_by_a_person(hands: Hands) -> None:
    identifier = make_unknown(hands)
    hands("resolve", identifier, "--again")
    assert hands.once() == 1, "X still has it, and still does not show it"
    hands("resolve", identifier, "--drop")
    assert hands.delivery("x")["state"] == "failed"
    assert hands.creates("x") == 1
    told = hands.folder.outreach("deliveries", "--history", identifier)
    assert "dropped: by hand" in told.stdout


def test_withdrawing_takes_the_copies_back(hands: Hands) -> None:
    hands.folder.post("hello")
    assert hands.once() == 0
    assert "no published post 'other'" in hands.refused(
        "withdraw", "other", "--reason", "x", "--yes"
    )
    hands("withdraw", "hello", "--reason", "the numbers were wrong", "--yes")
    assert hands.once() == 0
    effects = sorted(entry["effect"] for entry in hands.sandbox.ledger())
    assert effects == ["create", "create", "delete", "delete"]
    page = hands.folder.root / ".outreach" / "sandbox" / "site" / "hello" / "index.html"
    assert "the numbers were wrong" in page.read_text("utf-8")


def test_c13_yesterdays_backup_sends_nothing_twice(hands: Hands) -> None:
    hands.folder.post("one")
    assert hands.once() == 0
    backup = hands.folder.root / "yesterday.db"
    hands("backup", str(backup))
    written = datetime.now(UTC).isoformat()
    hands.folder.write("posts/two.md", f"---\ntitle: Two\ndate: {written}\n---\nText.\n")
    assert hands.once() == 0
    assert hands.creates() == 4
    done = hands.folder.outreach("restore", str(backup))
    assert done.returncode == 0, done.stderr
    assert "is kept as" in done.stdout
    hands.once()
    assert hands.creates() == 4
    assert [row["state"] for row in hands.folder.json("deliveries")] == ["sent"] * 4


@pytest.fixture
def asked(hands: Hands) -> str:
    """The id of a question that somebody put on Mastodon and that was read."""
    hands.folder.post("hello")
    assert hands.once() == 0
    note = hands.sandbox.ledger("mastodon")[0]["id"]
    form = {"note": note, "name": "Bob", "text": "Does it run on ARM?"}
    assert hands.sandbox.call("POST", "/mastodon/reply", token="", data=form).ok
    assert hands.once() == 0
    (reply,) = hands.folder.json("replies")
    return str(reply["id"])


def test_answer_somebody_where_they_asked(hands: Hands, asked: str) -> None:
    said = hands("answer", asked, "Yes, since 2.4.", "--by", "Ada", "--yes")
    assert "@bob on mastodon: " in said
    assert "| @bob Yes, since 2.4." in said
    assert "as @mastodon@mastodon.example, by Ada, 20 of 500" in said
    assert hands.folder.json("status")["waiting"] == 0
    assert hands.once() == 0
    entry = hands.sandbox.ledger("mastodon", "mastodon")[-1]
    assert (entry["in_reply_to"], entry["text"]) == (asked, "@bob Yes, since 2.4.")
    assert "Ada has answered it already" in hands.refused("answer", asked, "No.", "--yes")
    assert "there is no reply '4242'" in hands.refused("answer", "4242", "Yes.")


def test_a_dropped_answer_may_be_given_anew_and_is_not_sent_beside_it(
    hands: Hands, asked: str
) -> None:
    hands("hold", "mastodon")
    first = hands("answer", asked, "Yes.", "--by", "Ada", "--yes").split()[-1]
    hands("resolve", first, "--drop")
    hands("resume", "mastodon")
    assert hands.folder.json("status")["waiting"] == 1
    said = hands("answer", asked, "No.", "--by", "Ben", "--yes")
    assert "ready; a running daemon sends it" in said
    assert "Ben has answered it already" in hands.refused("resolve", first, "--again")
    assert hands.once() == 0
    assert hands.sandbox.ledger("mastodon", "mastodon")[-1]["text"] == "@bob No."


def test_a_reply_to_an_account_that_is_gone_is_not_answered(hands: Hands, asked: str) -> None:
    hands.folder.change("  mastodon:\n    kind: mastodon\n", "  other:\n    kind: mastodon\n")
    refused = hands.refused("answer", asked, "Yes.", "--by", "Ada", "--yes")
    assert "config.yaml has no account 'mastodon' any more" in refused


def test_a_database_of_an_earlier_release_says_what_to_do(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = dict(list(migrations.scripts().items())[:1])
    workspace = open_workspace(folder.root, folder.environ())
    with monkeypatch.context() as earlier:
        earlier.setattr("outreach.store.sqlite.scripts", lambda: first)
        workspace.create().close()
    for command in ("status", "deliveries", "replies"):
        code, said = folder.call(command)
        assert (code, f"start the daemon once: outreach run {folder.root}" in said) == (1, True)
    workspace.backup(folder.root / "before.db")
    assert stamp_of(folder.root / "before.db") is Mode.SANDBOX
    assert home(workspace) is None
    workspace.write().close()
    assert folder.call("status")[0] == 0


def test_a_teammates_answer_in_the_leaders_name_waits_for_the_leader(
    hands: Hands, asked: str
) -> None:
    hands.folder.append("config.yaml", "authors:\n  Ada:\n    accounts: [mastodon]\n")
    said = hands("answer", asked, "Yes.", "--by", "Grace", "--yes")
    assert "held: Grace wrote this in the name of Ada, who has to approve" in said
    identifier = said.split()[-1]
    assert hands.once() == 1
    assert hands.creates("mastodon") == 2
    refused = hands.refused("resolve", identifier, "--again", "--by", "Grace")
    assert "it speaks in the name of Ada" in refused
    hands("resolve", identifier, "--drop", "--by", "Grace")
    refused = hands.refused("resolve", identifier, "--again", "--by", "Grace")
    assert "it speaks in the name of Ada" in refused
    said = hands("resolve", identifier, "--again", "--by", "Ada")
    assert f"{identifier} is ready; a running daemon sends it" in said
    assert hands.once() == 0
    assert hands.creates("mastodon") == 3
