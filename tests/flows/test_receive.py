"""What was pushed to us becomes mentions, in the background."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from outreach.channels import webmention
from outreach.flows.receive import ATTEMPTS, KEPT, receive
from outreach.flows.report import report
from outreach.model.mention import Kind, Mention, Request
from outreach.model.post import Post
from outreach.rules import summary
from outreach.store import accounts, mentions, posts, received, sqlite
from outreach.store.database import Database

from ..channels.strangers import Site, site
from ..channels.test_webmention import opened
from .world import Clock

OURS = "https://blog.example/2026/hello/"
ACCOUNT = "web"


class Door:
    """One folder's queue, read when a test says so."""

    def __init__(self, database: Database, channel: webmention.Webmention) -> None:
        self.database = database
        self.channel = channel
        self.clock = Clock()
        self._number = 0

    def take(self, source: str, host: str = "a") -> None:
        self._number += 1
        form = urlencode({"source": source, "target": OURS, "page": OURS})
        request = Request(id=f"{self._number:06}", content_type="", body=form)
        with self.database.atomic():
            assert received.add(self.database, request, ACCOUNT, host, self.clock())

    def read(self) -> list[Mention]:
        return receive(self.database, ACCOUNT, self.channel, now=self.clock)

    def told(self, source: str) -> list[Mention]:
        self.take(source)
        return self.read()

    def log(self) -> list[mentions.Logged]:
        return mentions.every(self.database)

    def states(self) -> list[str]:
        return [state for state, _ in received.every(self.database)]


@pytest.fixture
def there() -> Iterator[Site]:
    with site() as found:
        yield found


@pytest.fixture
def door(tmp_path: Path, there: Site) -> Iterator[Door]:
    with closing(sqlite.create(tmp_path / "outreach.db")) as database:
        made = Door(database, opened(there.url))
        accounts.meet(database, ACCOUNT, "webmention", made.clock() - timedelta(days=1))
        post = Post(slug="2026/hello", title="Hello", body="", url=OURS, path="posts/hello.md")
        posts.accept(database, post, "", "", made.clock())
        yield made


def reply(words: str, kind: str = "u-in-reply-to") -> str:
    link = f'<a class="{kind}" href="{OURS}">x</a>'
    return f'<div class="h-entry">{link}<p class="e-content">{words}</p></div>'


def test_a_stranger_waits_for_a_person_and_then_is_known(door: Door, there: Site) -> None:
    assert door.told(there.put("/1", reply("First"))) == []
    (logged,) = door.log()
    assert (logged.mention.account, logged.post) == (ACCOUNT, "2026/hello")
    assert (logged.moderation, mentions.waiting(door.database)) == ("pending", [])
    mentions.moderate(door.database, ACCOUNT, logged.mention.id, "")
    assert [it.mention.text for it in mentions.waiting(door.database)] == ["First"]
    assert [it.text for it in door.told(there.put("/2", reply("Second")))] == ["Second"]


def test_spam_makes_nobody_known(door: Door, there: Site) -> None:
    door.told(there.put("/1", reply("Buy")))
    mentions.moderate(door.database, ACCOUNT, door.log()[0].mention.id, "spam")
    door.clock.move(minutes=1)
    door.told(there.put("/2", reply("Buy more")))
    assert [logged.moderation for logged in door.log()] == ["spam", "pending"]
    assert mentions.waiting(door.database) == []


def test_the_same_again_is_no_second_mention(door: Door, there: Site) -> None:
    source = there.put("/1", reply("First"))
    for _ in range(3):
        door.told(source)
    assert len(door.log()) == 1
    assert door.states() == ["done"] * 3


def test_what_its_author_changed_is_changed(door: Door, there: Site) -> None:
    source = there.put("/1", reply("First"))
    door.told(source)
    there.put("/1", reply("Second", "u-like-of"))
    door.told(source)
    (logged,) = door.log()
    assert logged.mention.kind is Kind.LIKE
    there.put("/1", reply("Third"))
    door.told(source)
    assert (door.log()[0].mention.kind, door.log()[0].mention.text) == (Kind.REPLY, "Third")


@pytest.mark.parametrize("gone", ["410", "404", "no link"])
def test_what_is_gone_drops_out_and_can_come_back(door: Door, there: Site, gone: str) -> None:
    source = there.put("/1", reply("First"))
    door.told(source)
    mentions.moderate(door.database, ACCOUNT, door.log()[0].mention.id, "")
    there.put("/1", "", status=int(gone) if gone.isdigit() else 200)
    door.told(source)
    (logged,) = door.log()
    assert (logged.mention.withdrawn, logged.mention.text) == (True, "")
    assert mentions.waiting(door.database) == []
    there.put("/1", reply("Again"))
    door.told(source)
    assert [it.mention.text for it in mentions.waiting(door.database)] == ["Again"]


def test_what_never_was_there_leaves_no_trace(door: Door, there: Site) -> None:
    door.told(there.put("/1", "nothing"))
    door.told(f"{there.url}/missing")
    assert door.log() == []
    assert door.states() == ["refused", "refused"]


def test_what_cannot_be_read_is_read_later_and_then_no_more(door: Door, there: Site) -> None:
    door.take(there.put("/1", "", status=503))
    waits = []
    for _ in range(ATTEMPTS):
        assert door.read() == []
        due = received.next_due(door.database, ACCOUNT)
        if due is not None:
            waits.append((due - door.clock()).total_seconds() / 60)
            door.read()
            door.clock.at = due
    assert waits == [1, 4, 16, 64]
    assert len(there.asked) == ATTEMPTS
    assert door.states() == ["refused"]


def test_it_is_read_when_its_site_is_back(door: Door, there: Site) -> None:
    door.take(there.put("/1", "", status=503))
    door.read()
    there.put("/1", reply("First"))
    door.clock.move(minutes=1)
    door.read()
    assert (len(door.log()), door.states()) == (1, ["done"])


def test_one_hostile_page_stops_nobody(door: Door, there: Site) -> None:
    door.take("http://[", "a")
    door.take(there.put("/1", "\0" * 1000, kind="image/png"), "b")
    door.take(there.put("/2", reply("Fine")), "c")
    door.read()
    assert [logged.mention.text for logged in door.log()] == ["Fine"]
    assert door.states() == ["refused", "refused", "done"]


def test_the_queue_does_not_grow_for_ever(door: Door, there: Site) -> None:
    door.told(there.put("/1", reply("First")))
    door.clock.move(seconds=KEPT.total_seconds() + 1)
    door.told(there.put("/2", reply("Second")))
    assert door.states() == ["done"]
    assert len(door.log()) == 2


def test_the_digest_says_how_many_strangers_wait(door: Door, there: Site) -> None:
    before = report(door.database, door.clock())
    assert (before.pending, before.coverage[0].polled) == (0, None)
    door.told(there.put("/1", reply("First")))
    digest = report(door.database, door.clock())
    assert (digest.pending, digest.waiting) == (1, ())
    assert digest.coverage[0].polled is not None
    assert all(post.mentions == () for post in digest.posts)
    assert "1 from people we do not know yet" in summary.markdown(digest)
    assert "people we do not know" not in summary.markdown(before)
