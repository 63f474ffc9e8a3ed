"""What the team reads."""

from outreach.flows.report import INBOX, report, send, write
from outreach.flows.syndicate import syndicate
from outreach.model.delivery import State
from outreach.rules.summary import markdown
from outreach.store import accounts, holds, ledger, mentions, meta
from tests.flows.test_backfeed import answer, collect
from tests.flows.world import World
from tests.ports import free_port


def test_an_empty_day_says_what_it_could_not_see(world: World) -> None:
    accounts.polled(world.database, "x", world.clock(), error="429 try later")
    text = markdown(report(world.database, world.clock()))
    assert "Nobody waits." in text
    assert "**mastodon**: not looked at yet" in text
    assert "**x**: could not be read: 429 try later" in text


def test_replies_stand_under_their_post_and_the_longest_waits_first(
    world: World, site: str
) -> None:
    world.write("hello", title="Hello world")
    world.publisher(site)()
    world.drain()
    answer(world, "mastodon", "First question")
    answer(world, "mastodon", "Second question", name="Ben")
    collect(world, "mastodon")
    world.clock.move(hours=3, minutes=1)
    digest = report(world.database, world.clock())
    assert [post.title for post in digest.posts] == ["Hello world"]
    assert len(digest.posts[0].mentions) == 2
    text = markdown(digest)
    assert text.index("First question") < text.index("Second question")
    assert "**3 h**" in text


def test_a_hold_and_an_unknown_are_named(world: World) -> None:
    world.sandbox.tweet("hello", token="x")
    world.clock.move(hours=1)
    queued = world.queue("hello", "x")
    world.drain("x")
    holds.place(world.database, "x", holds.Cause.PERSON, "bad news day", world.clock())
    failures = "\n".join(report(world.database, world.clock()).failures)
    assert queued.id in failures
    assert "bad news day" in failures


def test_a_doubt_that_nobody_can_settle_is_named_after_ten_minutes(world: World) -> None:
    queued = world.queue("hello")
    world.channels["mastodon"] = world.open("mastodon", f"http://127.0.0.1:{free_port()}")
    claimed = ledger.claim(world.database, "mastodon", world.new_key(), world.clock())
    assert claimed is not None
    for minutes, named in ((9, False), (2, True)):
        world.clock.move(minutes=minutes)
        syndicate(world.sending())
        failures = "\n".join(report(world.database, world.clock()).failures)
        assert ("may be out already, and could not be looked up" in failures) is named
    assert queued.id in failures


def test_the_file_is_whole_or_not_there(world: World) -> None:
    path = write(report(world.database, world.clock()), world.root / "digests", "2026-11-24")
    assert path.name == "2026-11-24.md"
    assert path.read_text("utf-8").startswith("# Digest of ")
    assert list(path.parent.iterdir()) == [path]


def test_the_digest_goes_to_the_team_once_a_day_and_asks_for_no_answer(world: World) -> None:
    meta.write(world.database, INBOX, "http://127.0.0.1:8001")
    world.queue("hello")
    world.drain()
    answer(world, "mastodon", "First question")
    collect(world, "mastodon")
    for _ in range(2):
        digest = report(world.database, world.clock())
        send(
            world.database,
            digest,
            {"mastodon": world.channels["mastodon"]},
            "2026-11-24",
            new_key=world.new_key,
            now=world.clock(),
        )
    _, queued = ledger.every(world.database)
    assert queued.note.text.endswith("http://127.0.0.1:8001")
    assert "First question" in queued.note.text
    (sent,) = world.drain()
    assert sent.receipt is not None
    form = {"note": sent.receipt.id, "name": "Team", "text": "I take that one"}
    world.sandbox.call("POST", "/mastodon/reply", token="", data=form)
    collect(world, "mastodon")
    said = [logged.mention.text for logged in mentions.waiting(world.database)]
    assert len(said) == 1 and "First question" in said[0]


def test_what_a_letter_did_not_reach_is_one_line(world: World) -> None:
    for number in range(5):
        world.queue(
            "letter",
            source="letter",
            recipient=f"r{number}@reader.example",
            state=State.UNKNOWN,
            error="the answer was lost",
        )
    (line,) = report(world.database, world.clock()).failures
    assert "letter on mastodon is unknown for 5 recipients: the answer was lost" in line
