"""The command line: its words for people, its JSON for programs, its exit codes."""

import os
import re
import resource
import signal
import sqlite3
import subprocess
import sys
from functools import partial

import pytest
from click.testing import CliRunner

from outreach.cli import COMMANDS, cli
from outreach.fetch import Fetch, loopback_only
from outreach.model.errors import OutreachError
from outreach.workspace import open_workspace

from .folder import Folder
from .sandbox.running import Sandbox
from .wait import until


def said(*arguments: str) -> str:
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    return done.output


def documented(command: str, example: str = "--json .") -> list[str]:
    """The keys that a command's help promises for --json, behind this example."""
    text = " ".join(said(*command.split(), "--help").split())
    found = re.search(rf"{re.escape(example)} (.*?) Options:", text)
    assert found
    return found[1].split(", ")


def test_the_help_names_every_command() -> None:
    text = said("--help")
    for name, summary in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(summary)}$", text, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_says_what_it_does(command: str) -> None:
    text = said(command, "--help")
    assert text.startswith(f"Usage: cli {command} [OPTIONS]")
    assert len(text.split("\n\n")) > 2


def test_the_version_is_told() -> None:
    assert re.fullmatch(r"cli, version \d+\.\d+\.\d+\n", said("--version"))


def test_an_unknown_command_is_a_mistake_of_use() -> None:
    assert CliRunner().invoke(cli, ["fly"]).exit_code == 2
    assert CliRunner().invoke(cli, ["status", "/nowhere/at/all"]).exit_code == 2


@pytest.fixture
def ran(folder: Folder, sandbox: Sandbox) -> Folder:
    """A folder whose post went out, was answered, and whose answer was read."""
    folder.post("hello", title="Hello")
    once = ("run", "--once", "--sandbox", sandbox.url)
    for _ in range(2):
        done = folder.outreach(*once)
        assert done.returncode == 0, done.stdout + done.stderr
        notes = [e for e in sandbox.ledger("mastodon") if e["in_reply_to"] is None]
        assert len(notes) == 1
        form = {"note": notes[0]["id"], "name": "Bob", "text": "\x1b[31mNice <b>post</b>!"}
        assert sandbox.call("POST", "/mastodon/reply", token="", data=form).ok
    return folder


def test_the_json_is_as_documented(ran: Folder) -> None:
    deliveries = ran.json("deliveries")
    assert [list(row) for row in deliveries] == [documented("deliveries")] * 2
    assert [(row["account"], row["state"], row["part"]) for row in deliveries] == [
        ("mastodon", "sent", 0),
        ("x", "sent", 0),
    ]
    (reply,) = ran.json("replies")
    assert list(reply) == documented("replies")
    assert (reply["account"], reply["kind"], reply["author"]) == ("mastodon", "reply", "@bob")
    assert reply["text"].endswith("Nice <b>post</b>!")
    assert reply["post"] == deliveries[0]["source"]
    status = ran.json("status")
    assert {"mode", "posts", "scheduled", "deliveries", "replies", "waiting"} <= set(status)
    assert (status["mode"], status["posts"], status["replies"]) == ("sandbox", 1, 1)
    assert status["deliveries"]["sent"] == 2
    assert set(status["coverage"]) == {"mastodon", "x"}
    assert {"polled", "replies", "error", "as", "unread"} == set(status["coverage"]["x"])
    assert status["needs_you"] == []
    for command, word in [("status", "SANDBOX"), ("deliveries", "sent"), ("replies", "@bob")]:
        code, text = ran.call(command)
        assert (code, word in text) == (0, True)
        assert "\x1b" not in text
    (digest,) = (ran.root / "digests").iterdir()
    assert "Nice" in digest.read_text("utf-8")


def test_a_folder_that_never_ran_has_no_status(folder: Folder) -> None:
    for command in ("deliveries", "replies"):
        code, text = folder.call(command)
        assert (code, "outreach run" in text) == (1, True)
    code, text = folder.call("status")
    assert code == 0
    assert text.startswith("SANDBOX")
    assert "outreach run" in text


def test_a_mistake_in_the_folder_ends_a_pass_with_1(folder: Folder, sandbox: Sandbox) -> None:
    folder.write("posts/bad.md", "---\ntitle: [\n---\n")
    done = folder.outreach("run", "--once", "--sandbox", sandbox.url)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "bad.md" in "".join(folder.json("status")["needs_you"])


def test_a_wrong_config_is_one_message_without_a_traceback(folder: Folder) -> None:
    folder.change("kind: x", "kind: pigeon")
    done = folder.outreach("run")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("outreach: config.yaml:")
    assert len(done.stderr.splitlines()) == 1


def test_a_second_run_ends_at_once_with_75(folder: Folder) -> None:
    with open_workspace(folder.root, {}).lock():
        for arguments in (("run",), ("run", "--once")):
            before = _cpu()
            done = folder.outreach(*arguments)
            assert done.returncode == 75, done.stderr
            assert f"another outreach (process {os.getpid()}) runs this folder" in done.stderr
            assert _cpu() - before < 2, "seconds of work, whatever else this machine does"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_daemon_in_good_order(folder: Folder, number: signal.Signals) -> None:
    folder.post("hello", title="Hello")
    with folder.daemon() as process:
        until(lambda: process.poll() is not None or _sent(folder) == 2, 30, "both notes are out")
        assert process.poll() is None, folder.said
        assert folder.call("run", "--once")[0] == 75
        process.send_signal(number)
        assert process.wait(timeout=10) == 0, folder.said
    assert folder.said.endswith("stopped; everything is where it was\n")
    assert "Traceback" not in folder.said


def test_the_daemon_serves_the_site_and_the_digest(folder: Folder) -> None:
    folder.post("hello", title="Hello & <welcome>")
    fetch = Fetch(guard=loopback_only, deadline=5)
    config = open_workspace(folder.root, {}).config

    def shows(listen: str) -> bool:
        try:
            return "Hello &amp; &lt;welcome&gt;" in fetch("GET", f"http://{listen}/").text
        except OutreachError:
            return False

    with folder.daemon() as process:
        for listen in (config.site.listen, config.inbox.listen):
            until(partial(shows, listen), 30, f"the post on {listen}")
        foreign = fetch("GET", f"http://{config.inbox.listen}/", headers={"host": "evil.example"})
        assert foreign.status == 400
        assert process.poll() is None
    assert "Traceback" not in folder.said


def test_python_m_outreach_is_outreach() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "outreach", "--help"], capture_output=True, text=True
    )
    assert (done.returncode, "Commands:" in done.stdout) == (0, True)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _sent(folder: Folder) -> int:
    """How many notes are out; none while the database is being made."""
    if not (folder.root / "outreach.sandbox.db").exists():
        return 0
    try:
        code, said = folder.call("deliveries", "--json")
    except sqlite3.OperationalError:
        return 0
    return said.count('"state": "sent"') if code == 0 else 0
