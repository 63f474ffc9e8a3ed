"""What was pushed to us becomes mentions, in the background."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from outreach.channels import webmention
from outreach.flows.answer import answer, answering
from outreach.flows.receive import ATTEMPTS, KEPT, receive
from outreach.flows.report import report
from outreach.model.errors import Refused
from outreach.model.mention import Kind, Mention, Page, Request
from outreach.model.post import Post
from outreach.rules import summary
from outreach.rules.keys import Tids
from outreach.rules.voices import Voices
from outreach.store import accounts, ledger, mentions, posts, received, sqlite
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


def test_a_redirect_lends_nobody_a_known_name(door: Door, there: Site) -> None:
    """Who leads to a page of somebody we know says nothing new, and has to say who they are."""
    known = there.put("/1", reply("Honest"))
    door.told(known)
    mentions.moderate(door.database, ACCOUNT, door.log()[0].mention.id, "")
    door.clock.move(minutes=1)
    source = there.move("/evil", known).replace("127.0.0.1", "localhost")
    assert door.told(source) == []
    assert len(door.log()) == 1
    there.put("/evil", reply("Buy"))
    door.clock.move(minutes=1)
    door.told(source)
    forged = door.log()[1]
    assert forged.mention.text == "Buy"
    assert forged.mention.author.id == there.url.replace("http://127.0.0.1", "localhost")
    assert forged.moderation == "pending"
    assert [it.mention.text for it in mentions.waiting(door.database)] == ["Honest"]


class Slow:
    """The account, where a page is changed, and says so, while it is read."""

    def __init__(self, door: Door, there: Site) -> None:
        self._door = door
        self._there = there

    def receive(self, request: Request, at: datetime) -> Page:
        page = self._door.channel.receive(request, at)
        self._door.clock.move(seconds=1)
        self._door.take(self._there.put("/1", reply("Second")))
        return page


def test_what_changes_while_it_is_read_is_read_again(door: Door, there: Site) -> None:
    door.take(there.put("/1", reply("First")))
    receive(door.database, ACCOUNT, Slow(door, there), now=door.clock)
    assert [logged.mention.text for logged in door.log()] == ["First"]
    door.read()
    assert [logged.mention.text for logged in door.log()] == ["Second"]
    assert door.states() == ["done"]


def test_an_answer_is_not_offered_where_none_can_be_sent(door: Door, there: Site) -> None:
    door.told(there.put("/1", reply("Does it run on ARM?")))
    found = answering(door.log()[0], door.channel, Voices(accounts=(ACCOUNT,)))
    assert (found.limits, "a post that links there" in found.by_hand) == (None, True)
    new_key = Tids(door.clock, 1)
    with pytest.raises(Refused, match="a post that links there"):
        answer(door.database, found, "Yes.", by="Ada", new_key=new_key, now=door.clock())
    assert ledger.every(door.database) == []


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


def test_nobody_takes_back_the_reply_of_another(door: Door, there: Site) -> None:
    source = there.put("/1", reply("First"))
    door.told(source)
    form = urlencode({"source": source, "target": f"{OURS}?utm_source=x", "page": OURS})
    request = Request(id="forged", content_type="", body=form)
    with door.database.atomic():
        received.add(door.database, request, ACCOUNT, "there", door.clock())
    door.read()
    (logged,) = door.log()
    assert (logged.mention.text, logged.mention.withdrawn) == ("First", False)


def test_one_page_by_many_addresses_is_heard_once(door: Door, there: Site) -> None:
    says = f'<link rel="canonical" href="{there.url}/1">{reply("First")}'
    for query in ("", "?copy=1", "?copy=2"):
        door.told(there.put(f"/1{query}", says))
    assert [logged.mention.url for logged in door.log()] == [f"{there.url}/1"]
