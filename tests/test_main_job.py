"""The main job from end to end: `outreach run` on a folder, judged by the sandbox's ledger."""

import os
import re
import signal
import threading
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from .folder import Folder
from .shared import SHARED, needs_shared
from .wait import until

REAL = "corpora/linkerd-blog/2024/1205-announcing-linkerd-2.17/index.md"


def address(folder: Folder, section: str) -> str:
    """Where a door of the folder listens."""
    found = re.search(rf"^{section}:\n(?:  .*\n)*?  listen: (\S+)", config(folder), re.M)
    assert found is not None
    return f"http://{found[1]}"


def config(folder: Folder) -> str:
    return (folder.root / "config.yaml").read_text("utf-8")


def ledger(folder: Folder) -> list[dict[str, Any]]:
    """What the sandbox says happened; nothing while it is not up."""
    try:
        found: list[dict[str, Any]] = requests.get(
            f"{address(folder, 'sandbox')}/ledger.json", timeout=5
        ).json()
    except requests.ConnectionError:
        return []
    return found


def creates(folder: Folder) -> list[dict[str, Any]]:
    return [entry for entry in ledger(folder) if entry["effect"] == "create"]


def answer(folder: Folder, network: str, note: str, name: str, text: str) -> None:
    """Answer as a reader, by the form of the town square."""
    form = {"note": note, "name": name, "text": text}
    requests.post(f"{address(folder, 'sandbox')}/{network}/reply", data=form, timeout=5)


def walk(folder: Folder, title: str) -> None:
    """One start of the daemon: out to both networks, a reply of each back into log and digest."""
    with folder.daemon() as daemon:
        notes = until(lambda: creates(folder) if len(creates(folder)) == 2 else [], 20)
        for note in notes:
            answer(folder, note["network"], note["id"], "Rosa Quill", f"Nice, {note['network']}!")
        until(lambda: len(folder.json("replies")) == 2, 20, "two replies in the log")
        digest = until(lambda: digest_with(folder, "Nice, x!"), 20, "the digest with the replies")
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(10) == 0
    assert title in digest
    assert {row["state"] for row in folder.json("deliveries")} == {"sent"}
    status = folder.json("status")
    assert (status["mode"], status["posts"], status["replies"]) == ("sandbox", 1, 2)
    assert status["deliveries"]["sent"] == 2
    assert set(status["coverage"]) == {"mastodon", "x"}


def digest_with(folder: Folder, words: str) -> str:
    texts = [path.read_text("utf-8") for path in folder.root.glob("digests/*.md")]
    return next((text for text in texts if words in text), "")


def test_a_post_goes_out_and_its_replies_come_home(folder: Folder) -> None:
    folder.post("hello", "Hello world")
    walk(folder, "Hello world")
    with folder.daemon() as daemon:
        page = until(lambda: get(f"{address(folder, 'site')}/hello/"), 20)
        assert page.count('class="u-syndication"') == 2
        until(lambda: get(address(folder, "inbox")), 20)
        until(lambda: len(ledger(folder)) == 4, 20, "the same ledger after a second start")
        assert len(folder.json("deliveries")) == 2
        daemon.send_signal(signal.SIGINT)
        assert daemon.wait(10) == 0


@needs_shared
def test_a_real_post_goes_out_and_is_answered(folder: Folder) -> None:
    source = (SHARED / REAL).read_text("utf-8")
    fresh = datetime.now(UTC).isoformat()
    dated = re.sub(r"^date: .*$", f"date: {fresh}", source, count=1, flags=re.M)
    folder.write("posts/announcing/index.md", dated)
    walk(folder, "Announcing Linkerd 2.17")


@pytest.mark.parametrize("starts", [6])
def test_kill_9_at_any_moment_leaves_each_note_once(folder: Folder, starts: int) -> None:
    """The delay before the kill runs over the time in which a post is read, proved and sent."""
    for number in range(starts):
        folder.post(f"post-{number}", f"Post number {number}")
        with folder.daemon() as daemon:
            until(lambda: get(f"{address(folder, 'sandbox')}/ledger.json"), 20, "the sandbox")
            threading.Timer(0.15 * number, os.kill, (daemon.pid, signal.SIGKILL)).start()
            assert daemon.wait(10) == -signal.SIGKILL
    done = folder.outreach("run", "--once")
    assert done.returncode == 0, done.stdout + done.stderr
    counted = Counter((row["network"], row["text"]) for row in file_ledger(folder))
    assert len(counted) == 2 * starts
    assert set(counted.values()) == {1}


def file_ledger(folder: Folder) -> list[dict[str, Any]]:
    """The creates in the sandbox's own file, when no process is up."""
    import json

    path: Path = folder.root / ".outreach" / "sandbox" / "ledger.jsonl"
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [row for row in rows if row["effect"] == "create"]


def get(url: str) -> str:
    """A page that answers 200, else nothing."""
    try:
        found = requests.get(url, timeout=5)
    except requests.ConnectionError:
        return ""
    return found.text if found.status_code == 200 else ""
