"""outreach moderate: what strangers sent, let in or kept out."""

import json
from contextlib import closing
from datetime import UTC, datetime

import pytest

from outreach.model.mention import Author, Kind, Mention
from outreach.store import accounts, mentions
from outreach.workspace import open_workspace

from ..folder import Folder
from .running import piped

NOW = datetime.now(UTC)


@pytest.fixture
def near(folder: Folder) -> Folder:
    """A folder to which two strangers wrote, one of them twice."""
    found = [
        Mention(
            account="mastodon",
            id=f"{number}" * 64,
            kind=Kind.REPLY,
            author=Author(id=host, handle=host, name="Bob"),
            text=f"Text {number}",
            url=f"https://{host}/{number}",
            published=NOW,
            moderate=True,
        )
        for number, host in enumerate(["a.example", "a.example", "b.example"])
    ]
    with closing(open_workspace(folder.root, folder.environ()).create()) as database:
        accounts.meet(database, "mastodon", "mastodon", NOW)
        with database.atomic():
            mentions.log(database, found, NOW)
    return folder


def waiting(folder: Folder) -> list[str]:
    code, said = piped(folder, "", "moderate", "--json")
    assert code == 0, said
    return [row["text"] for row in json.loads(said)]


def test_what_waits_is_listed_and_is_no_reply_yet(near: Folder) -> None:
    code, said = piped(near, "", "moderate")
    assert code == 0
    assert "…000000000000" in said
    assert "a.example" in said
    assert waiting(near) == ["Text 0", "Text 1", "Text 2"]
    assert near.json("replies") == []


def test_one_is_let_in(near: Folder) -> None:
    assert piped(near, "", "moderate", "…000000000000", "--accept") == (
        0,
        "1 of a.example let in\n",
    )
    assert waiting(near) == ["Text 1", "Text 2"]
    assert [row["text"] for row in near.json("replies")] == ["Text 0"]


def test_an_author_is_kept_out(near: Folder) -> None:
    said = piped(near, "", "moderate", "1" * 64, "--spam", "--all-of-author")
    assert said == (0, "2 of a.example kept out\n")
    assert waiting(near) == ["Text 2"]
    assert near.json("replies") == []


@pytest.mark.parametrize("flags", [[], ["--accept", "--spam"]])
def test_one_word_is_asked_for(near: Folder, flags: list[str]) -> None:
    code, said = piped(near, "", "moderate", "1" * 64, *flags)
    assert (code, "say one of --accept, --spam, --show" in said) == (1, True)
    assert piped(near, "", "moderate", "4" * 64, "--spam")[0] == 1


def test_nothing_waits(folder: Folder) -> None:
    open_workspace(folder.root, folder.environ()).create().close()
    assert piped(folder, "", "moderate") == (0, "Nothing waits for your yes.\n")


def test_what_is_held_for_the_page_is_listed_and_shown(near: Folder) -> None:
    near.change("site:\n", "site:\n  conversation: {policy: hold}\n")
    with closing(open_workspace(near.root, near.environ()).connect()) as database:
        database.execute("UPDATE mention SET moderation = '', post = 'hello' WHERE id LIKE '2%'")
    code, said = piped(near, "", "moderate")
    assert code == 0
    assert "…222222222222" in said.partition("To be shown under their post")[2]
    rows = json.loads(piped(near, "", "moderate", "--json")[1])
    waits = {row["text"]: row["waits_for"] for row in rows}
    assert waits == {"Text 0": "yes", "Text 1": "yes", "Text 2": "page"}
    assert piped(near, "", "moderate", "2" * 64, "--show") == (0, "1 of b.example shown\n")
    assert waiting(near) == ["Text 0", "Text 1"]
    assert piped(near, "", "moderate", "2" * 64, "--hide")[1] == "1 of b.example hidden\n"
    with closing(open_workspace(near.root, near.environ()).read()) as database:
        assert mentions.one(database, "2" * 64).page == "hide"
