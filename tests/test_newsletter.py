"""A reader's whole way: they ask on the site, say yes, get a letter, and leave by its link."""

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

from outreach.fetch import Answer, Fetch, loopback_only
from outreach.workspace import open_workspace

from .cli.running import piped
from .cli.test_newsletter import ACCOUNT, LETTER
from .folder import Folder
from .wait import until

fetch = Fetch(guard=loopback_only)


def mails(folder: Folder, to: str) -> list[str]:
    """What the sandbox's provider took for somebody, each mail's text."""
    path: Path = open_workspace(folder.root, folder.environ()).state / "ledger.jsonl"
    return [json.dumps(entry) for entry in _entries(path) if to in json.dumps(entry)]


def _entries(path: Path) -> Iterator[dict[str, object]]:
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        entry = json.loads(line)
        if (entry["network"], entry["effect"]) == ("email", "create"):
            yield entry


def post(url: str, body: bytes) -> Answer:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return fetch("POST", url, headers=headers, content=body)


def link_in(mail: str, path: str, site: str) -> str:
    """The first link of ours to that page."""
    found = re.search(re.escape(f"{site}{path}?token=") + r"[\w-]+", unescape(mail))
    assert found, mail
    return found[0]


def test_from_the_form_to_the_letter_and_out(folder: Folder) -> None:
    folder.change("accounts:\n", "accounts:\n" + ACCOUNT.format("letters"))
    folder.write("letters/week.md", LETTER.replace("email: only\n", "date: now\n"))
    site = open_workspace(folder.root, folder.environ()).config.site.url
    with folder.daemon():
        until(lambda: "Ctrl-C" in folder.said, 30)
        assert post(f"{site}/subscribe", b"address=bob%40x.example").status == 200
        assert post(f"{site}/subscribe", b"address=eve%40x.example").status == 200
        (question,) = until(lambda: mails(folder, "bob@x.example"), 30)
        (other,) = until(lambda: mails(folder, "eve@x.example"), 30)
        for mail in (question, other):
            assert post(link_in(mail, "/subscribe/confirm", site), b"").status == 200
        code, said = piped(folder, "", "newsletter", "test", "me@x.example")
        assert code == 0, said + folder.said
        until(lambda: "letters/week" in piped(folder, "", "newsletter", "status")[1], 30)
        out = link_in(other, "/subscribe/confirm", site).replace("subscribe/confirm", "unsubscribe")
        assert post(out, b"List-Unsubscribe=One-Click").status == 200
        until(lambda: len(mails(folder, "bob@x.example")) == 2, 30)
        letter = mails(folder, "bob@x.example")[1]
        assert "Hello" in letter
        assert (
            post(link_in(letter, "/unsubscribe", site), b"List-Unsubscribe=One-Click").status == 200
        )
    assert len(mails(folder, "eve@x.example")) == 1
    code, said = piped(folder, "", "newsletter", "status", "--json")
    found = json.loads(said)
    (row,) = found["letters"]
    assert (row["of"], row["sent"], row["dropped"]) == (2, 1, 1)
    assert (found["lists"][0]["confirmed"], found["lists"][0]["left"]) == (0, 2)
