"""Whose account is whose: posts, identities, answers."""

from dataclasses import replace
from datetime import timedelta

import pytest

from outreach.flows.answer import answer, answering, may_approve, said_since, worded
from outreach.flows.backfeed import backfeed
from outreach.flows.identify import identify
from outreach.flows.report import coverage, needs_a_human
from outreach.model.channel import Listener
from outreach.model.delivery import Delivery, Held, State
from outreach.model.errors import Refused
from outreach.model.mention import Mention
from outreach.model.note import Note
from outreach.rules.retry import Step
from outreach.rules.voices import Voices
from outreach.store import accounts, holds, ledger, mentions, mistakes
from tests.flows.world import World
from tests.server import saying, serving

REFUSED = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"
ADAS = Voices(accounts=("mastodon", "x"), authors={"Ada": ("mastodon",)})


def asked(world: World, text: str = "Does it run on ARM?") -> str:
    """Somebody answers a note of ours; the id of what they said."""
    world.queue("hello", source="hello")
    return asked_of(world, text)


def asked_of(world: World, text: str = "Does it run on ARM?") -> str:
    """The same of a note that waits to go out."""
    world.drain()
    note = world.sandbox.ledger("mastodon")[0]
    form = {"note": note["id"], "name": "Bob", "text": text}
    world.sandbox.call("POST", "/mastodon/reply", token="", data=form, allow_redirects=False)
    channel = world.channels["mastodon"]
    assert isinstance(channel, Listener)
    (found,) = backfeed(world.database, "mastodon", channel, now=world.clock)
    return found.id


def say(world: World, reply: str, text: str, by: str = "Ada") -> Delivery:
    """An answer in the outbox."""
    found = answering(mentions.one(world.database, reply), world.channels["mastodon"], ADAS)
    return answer(world.database, found, text, by=by, new_key=world.new_key, now=world.clock())


def drop(world: World, delivery: Delivery, state: State = State.FAILED) -> Delivery:
    """What a person dropped, or what became of it otherwise."""
    ledger.move(world.database, delivery, Step(state=state, due=world.clock()), world.clock())
    found = ledger.one(world.database, delivery.id)
    assert found is not None
    return found


def waiting(world: World) -> list[str]:
    return [logged.mention.id for logged in mentions.waiting(world.database)]


def test_a_post_goes_to_its_authors_accounts_and_the_companys(world: World, site: str) -> None:
    world.voices = ADAS
    world.write("adas", author="Ada")
    world.write("bobs", author="Bob")
    world.publisher(site)()
    queued = {(row.source, row.account) for row in ledger.every(world.database)}
    assert queued == {("adas", "mastodon"), ("adas", "x"), ("bobs", "x")}


def test_an_account_of_somebody_else_is_a_mistake_with_its_line(world: World, site: str) -> None:
    world.voices = ADAS
    world.write("bobs", author="Bob", channels="[mastodon]")
    assert world.publisher(site)() == []
    (mistake,) = mistakes.every(world.database)
    assert str(mistake) == (
        "posts/bobs.md:5: `mastodon` speaks for Ada, and this is by Bob (expected x)"
    )


def test_an_account_is_asked_who_it_is(world: World) -> None:
    assert identify(world.database, "mastodon", world.channels["mastodon"], world.clock())
    (entry,) = [one for one in coverage(world.database) if one.account == "mastodon"]
    assert entry.handle == "@mastodon@mastodon.example"


def test_a_refused_token_holds_the_account_and_is_not_asked_again(world: World) -> None:
    with serving(saying(REFUSED)) as server:
        channel = world.open("mastodon", server.url)
        assert not identify(world.database, "mastodon", channel, world.clock())
        (hold,) = holds.every(world.database)
        assert hold.cause is holds.Cause.TOKEN
        asked = server.seen
        world.clock.move(minutes=5)
        assert not identify(world.database, "mastodon", channel, world.clock())
        assert server.seen == asked > 0
    assert holds.every(world.database) == [hold]


def test_who_signed_in_is_told_two_weeks_before_it_ends(world: World) -> None:
    ends = world.clock() + timedelta(days=14, hours=1)
    accounts.connected(world.database, "x", "@acme", "ada@lantern.example", ends)
    assert needs_a_human(world.database, world.clock()) == []
    world.clock.move(hours=2)
    (line,) = needs_a_human(world.database, world.clock())
    assert line.startswith("ada@lantern.example: the sign-in of x (@acme) ends on ")
    assert "/channels or with: outreach channels login x --account x" in line


def test_an_answer_goes_where_they_asked_and_waits_no_more(world: World) -> None:
    reply = asked(world)
    found = answering(mentions.one(world.database, reply), world.channels["mastodon"], ADAS)
    queued = answer(
        world.database, found, "Yes.", by="Ada", new_key=world.new_key, now=world.clock()
    )
    assert (queued.state, queued.written_by) == (State.READY, "Ada")
    assert mentions.waiting(world.database) == []
    world.drain()
    entry = world.sandbox.ledger("mastodon", "mastodon")[-1]
    assert (entry["in_reply_to"], entry["text"]) == (reply, "@bob Yes.")


def test_a_reply_to_our_answer_belongs_to_the_post(world: World) -> None:
    reply = asked(world)
    channel = world.channels["mastodon"]
    found = answering(mentions.one(world.database, reply), channel, ADAS)
    answer(world.database, found, "Yes.", by="Ada", new_key=world.new_key, now=world.clock())
    world.drain()
    ours = world.sandbox.ledger("mastodon", "mastodon")[-1]["id"]
    form = {"note": ours, "name": "Bob", "text": "Thanks"}
    world.sandbox.call("POST", "/mastodon/reply", token="", data=form, allow_redirects=False)
    assert isinstance(channel, Listener)
    backfeed(world.database, "mastodon", channel, now=world.clock)
    assert {logged.post for logged in mentions.every(world.database)} == {"hello"}


def test_a_teammates_answer_in_the_leaders_name_is_held_until_the_leader_approves(
    world: World,
) -> None:
    reply = asked(world)
    found = answering(mentions.one(world.database, reply), world.channels["mastodon"], ADAS)
    queued = answer(
        world.database, found, "Yes.", by="Grace", new_key=world.new_key, now=world.clock()
    )
    assert (queued.state, queued.held) == (State.HELD, Held.PERSON)
    assert queued.error == "Grace wrote this in the name of Ada, who has to approve"
    assert world.drain() == []
    holds.lift(world.database, holds.EVERYWHERE, None, world.clock())
    assert world.drain() == []
    assert "in the name of Ada" in may_approve(queued, ADAS, "Grace")
    assert may_approve(queued, ADAS, "Ada") == ""
    with world.database.atomic():
        ledger.approve(world.database, queued, world.clock())
    assert [moved.state for moved in world.drain()] == [State.SENT]


def test_the_second_is_told_what_the_first_has_said(world: World) -> None:
    reply = asked(world)
    found = answering(mentions.one(world.database, reply), world.channels["mastodon"], ADAS)
    by_ada = {"by": "Ada", "new_key": world.new_key, "now": world.clock()}
    answer(world.database, found, "Yes.", **by_ada)  # type: ignore[arg-type]
    with pytest.raises(Refused, match=r"Ada has answered it already, \d.* UTC .*: @bob Yes\."):
        answer(world.database, found, "No.", **by_ada)  # type: ignore[arg-type]
    assert len([row for row in ledger.every(world.database) if row.written_by]) == 1


@pytest.mark.parametrize("state", [State.FAILED, State.UNKNOWN])
def test_a_teammates_answer_needs_the_leader_whatever_became_of_it(
    world: World, state: State
) -> None:
    queued = drop(world, say(world, asked(world), "Yes.", by="Grace"), state)
    assert queued.held is Held.NOT
    assert "in the name of Ada" in may_approve(queued, ADAS, "Grace")
    assert may_approve(queued, ADAS, "Ada") == ""


def test_what_the_leader_wrote_anybody_may_send_again(world: World) -> None:
    queued = drop(world, say(world, asked(world), "Yes.", by="Ada"))
    assert may_approve(queued, ADAS, "Grace") == ""


def test_who_was_answered_before_their_post_was_known_is_not_answered_twice(world: World) -> None:
    first = mentions.one(world.database, asked(world)).mention

    def log(identifier: str, parent: str) -> Mention:
        found = replace(first, id=identifier, url="", in_reply_to=parent)
        with world.database.atomic():
            mentions.log(world.database, [found], world.clock())
        return found

    log("99", "98")
    say(world, "99", "Yes.")
    log("98", first.id)
    assert mentions.one(world.database, "99").post == "hello"
    with pytest.raises(Refused, match=r"Ada has answered it already, .*ready\): @bob Yes\."):
        say(world, "99", "No.", by="Ben")
    say(world, "98", "Yes.", by="Ben")


def test_a_dropped_answer_leaves_the_question_open(world: World) -> None:
    reply = asked(world)
    first = say(world, reply, "Yes.")
    assert waiting(world) == []
    first = drop(world, first)
    assert waiting(world) == [reply]
    assert said_since(world.database, first) == ""
    second = say(world, reply, "No.")
    assert waiting(world) == []
    assert "Ada has answered it already" in said_since(world.database, first)
    drop(world, first)
    assert waiting(world) == []
    drop(world, second)
    assert waiting(world) == [reply]
    with world.database.atomic():
        ledger.approve(world.database, first, world.clock())
    assert waiting(world) == []


def test_an_answer_that_the_network_refuses_leaves_the_question_open(world: World) -> None:
    reply = asked(world)
    say(world, reply, "Yes.")
    world.sandbox.fail("422", "mastodon")
    world.drain()
    assert waiting(world) == [reply]
    say(world, reply, "Yes, it does.")
    world.drain()
    assert world.sandbox.ledger("mastodon", "mastodon")[-1]["text"] == "@bob Yes, it does."


def test_an_answer_is_in_the_language_of_the_post(world: World) -> None:
    world.queue("hallo", source="hello", note=Note(text="Hallo", language="de"))
    assert say(world, asked_of(world), "Ja.").note.language == "de"


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Thanks, @Bob.", "Thanks, @Bob."),
        ("(@bob) yes", "(@bob) yes"),
        ("@bobby says so", "@bob @bobby says so"),
        ("as @bob@else.example says", "@bob as @bob@else.example says"),
        ("write to me@bob", "@bob write to me@bob"),
    ],
)
def test_who_is_answered_is_named_by_their_whole_handle(world: World, text: str, sent: str) -> None:
    found = answering(mentions.one(world.database, asked(world)), world.channels["mastodon"], ADAS)
    assert worded(found, text) == sent


@pytest.mark.parametrize(("text", "what"), [("  ", "empty"), ("a" * 500, "too long")])
def test_an_answer_that_cannot_be_sent_is_refused(world: World, text: str, what: str) -> None:
    found = answering(mentions.one(world.database, asked(world)), world.channels["mastodon"], ADAS)
    with pytest.raises(Refused, match=what):
        worded(found, text)


def test_where_two_accounts_saw_it_the_person_says_which_answers(world: World) -> None:
    reply = asked(world)
    seen = mentions.one(world.database, reply).mention
    with world.database.atomic():
        mentions.log(world.database, [replace(seen, account="x")], world.clock())
    with pytest.raises(Refused, match=r"several accounts saw .* \(mastodon, x\)"):
        mentions.one(world.database, seen.url)
    assert mentions.one(world.database, seen.url, "x").mention.account == "x"


@pytest.mark.parametrize("voices", [ADAS, Voices(accounts=("x",))])
def test_an_account_that_is_not_the_posts_any_more_is_left_out(
    world: World, site: str, voices: Voices
) -> None:
    """Accepted and shown, but not announced before config.yaml changed."""
    world.write("both", channels="[mastodon, x]", author="Bob")
    assert world.publisher("http://127.0.0.1:1")() == []
    world.voices = voices
    world.channels = {name: world.channels[name] for name in voices.accounts}
    assert [post.slug for post in world.publisher(site)()] == ["both"]
    assert [row.account for row in ledger.every(world.database)] == ["x"]
    assert len(mistakes.every(world.database)) == 1


def test_a_post_that_waits_is_asked_about_when_its_account_is_gone(world: World, site: str) -> None:
    later = world.clock() + timedelta(hours=1)
    world.write("both", date=later.isoformat(), channels="[mastodon, x]", author="Bob")
    world.publisher(site)()
    world.voices = ADAS
    world.clock.move(hours=2)
    assert world.publisher(site)() == []
    (mistake,) = mistakes.every(world.database)
    assert mistake.what == "`mastodon` speaks for Ada, and this is by Bob"
