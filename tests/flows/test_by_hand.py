"""Where no program can write, a person does, and the wait ends when their comment is seen."""

import pytest

from outreach.flows.answer import answer, answering, worded
from outreach.flows.backfeed import backfeed
from outreach.model.channel import Listener
from outreach.model.errors import Refused
from outreach.rules.voices import Voices
from outreach.store import ledger, mentions
from tests.flows.world import World
from tests.sandbox.running import Sandbox

OURS = "https://lanternworks.example/2026/hello/"


@pytest.fixture
def world(tmp_path, sandbox: Sandbox) -> World:  # type: ignore[no-untyped-def]
    made = World(tmp_path, sandbox, "hackernews")
    sandbox.shift(2)  # Hacker News tells seconds: what is said is younger than the account
    made.clock.move(seconds=2)
    return made


def collect(world: World) -> list[str]:
    channel = world.channels["hackernews"]
    assert isinstance(channel, Listener)
    return [m.text for m in backfeed(world.database, "hackernews", channel, now=world.clock)]


def say(world: World, path: str, **form: str) -> None:
    done = world.sandbox.call(
        "POST", f"/hackernews/{path}", token="", data=form, allow_redirects=False
    )
    assert done.status_code == 303, done.text


def asked(world: World) -> mentions.Logged:
    """Somebody links to us on Hacker News, and somebody asks below it."""
    say(world, "post", name="Rosa", title="Lanternworks", url=OURS, text="")
    story = world.sandbox.ledger("hackernews")[-1]["id"]
    say(world, "reply", name="Linus", note=story, text="Does it run on ARM?")
    world.clock.move(seconds=1)
    assert "Does it run on ARM?" in "".join(collect(world))
    return mentions.waiting(world.database)[-1]


def test_an_answer_cannot_be_queued_and_says_why(world: World) -> None:
    found = answering(asked(world), world.channels["hackernews"], Voices(accounts=()))
    assert "only listens" in found.by_hand
    assert worded(found, "  Yes. ") == "Yes."
    with pytest.raises(Refused, match="only listens"):
        answer(world.database, found, "Yes.", by="Ada", new_key=world.new_key, now=world.clock())
    assert ledger.every(world.database) == []


def test_the_wait_ends_when_our_own_comment_is_seen(world: World) -> None:
    logged = asked(world)
    say(world, "reply", name="ada", note=logged.mention.id, text="Yes, since 2.4.")
    world.clock.move(seconds=1)
    assert collect(world) == []
    assert logged.mention.id not in [it.mention.id for it in mentions.waiting(world.database)]
    answered = mentions.one(world.database, logged.mention.id, "hackernews")
    assert answered.state == "answered"


def test_another_name_ends_no_wait(world: World) -> None:
    logged = asked(world)
    say(world, "reply", name="Adam", note=logged.mention.id, text="I think so.")
    world.clock.move(seconds=1)
    assert len(collect(world)) == 1
    assert logged.mention.id in [it.mention.id for it in mentions.waiting(world.database)]
