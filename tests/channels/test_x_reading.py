"""Reading X costs money: step by step, counted, capped; and what may be answered."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from outreach.channels import x
from outreach.channels._x_posts import Cursor
from outreach.channels._x_prices import Meter
from outreach.model.channel import Priced, Summoned
from outreach.model.delivery import Activity
from outreach.model.errors import Unavailable
from outreach.model.mention import Author, Kind, Mention, Page
from outreach.model.post import Media

from ..sandbox.running import Sandbox
from .contract import ORIGINAL, new_key, note, now, numbers
from .x_account import KEYS, Counting, opened

PERSON = "enterprise_ada"
MENTIONS = "/mentions"


@pytest.fixture
def name() -> str:
    """An account that nobody else has."""
    return f"reader{next(numbers)}"


@pytest.fixture
def channel(sandbox: Sandbox, name: str) -> x.X:
    return opened(sandbox.url, {}, name, **KEYS)


def asked(sandbox: Sandbox, name: str, count: int) -> set[str]:
    """The ids of what one person asks us, so often."""
    texts = (f"@{name} question {number} of {next(numbers)}" for number in range(count))
    return {sandbox.tweet(text, token=PERSON)["id"] for text in texts}


def steps(channel: x.X, cursor: str | None = None) -> Iterator[Page]:
    """All pages to where the cursor rests."""
    while True:
        page = channel.collect(cursor)
        if page.cursor == cursor:
            return
        yield page
        cursor = page.cursor


class TestCursor:
    def test_one_call_reads_one_page(self, sandbox: Sandbox, name: str) -> None:
        asked(sandbox, name, 60)
        fetch = Counting()
        channel = opened(sandbox.url, {}, name, fetch=fetch, **KEYS)
        channel.handle()
        fetch.calls.clear()
        page = channel.collect(None)
        assert len(page.mentions) == 25
        assert [call.endswith(MENTIONS) for call in fetch.calls] == [True]

    def test_it_rests_at_a_bare_id(self, sandbox: Sandbox, channel: x.X, name: str) -> None:
        ids = asked(sandbox, name, 60)
        pages = list(steps(channel))
        assert {mention.id for page in pages for mention in page.mentions} == ids
        assert [len(page.mentions) for page in pages] == [25, 25, 10]
        rest = pages[-1].cursor
        assert rest == max(ids, key=int)
        assert channel.collect(rest) == Page(mentions=(), cursor=rest)

    def test_what_comes_meanwhile_comes_next(
        self, sandbox: Sandbox, channel: x.X, name: str
    ) -> None:
        old = asked(sandbox, name, 30)
        first = channel.collect(None)
        new = asked(sandbox, name, 30)
        seen = {mention.id for mention in first.mentions}
        seen |= {m.id for page in steps(channel, first.cursor) for m in page.mentions}
        assert seen == old | new

    def test_a_cursor_of_the_time_before_is_read(
        self, sandbox: Sandbox, channel: x.X, name: str
    ) -> None:
        before = max(asked(sandbox, name, 3), key=int)
        new = asked(sandbox, name, 2)
        assert {m.id for m in channel.collect(before).mentions} == new

    def test_where_the_page_is_refused_it_goes_on(
        self, sandbox: Sandbox, channel: x.X, name: str
    ) -> None:
        ids = asked(sandbox, name, 60)
        first = channel.collect(None)
        assert first.cursor is not None
        forgotten = json.dumps(json.loads(first.cursor) | {"token": "forgotten"})
        pages = [first, *steps(channel, forgotten)]
        assert [len(page.mentions) for page in pages] == [25, 25, 10]
        assert {mention.id for page in pages for mention in page.mentions} == ids

    def test_an_empty_page_in_the_middle_is_no_end(self) -> None:
        place = Cursor(since="1").after(["9", "5"], "more").after([], "still more")
        assert (place.since, place.newest, place.oldest) == ("1", "9", "5")
        assert Cursor.read(place.text()) == place
        assert place.after(["3"], None).text() == "9"


def test_what_x_no_longer_lists_is_not_said_to_be_missing(
    sandbox: Sandbox, channel: x.X, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(x, "SHOWN", 100)
    for number in range(101):
        sandbox.tweet(f"Note {number}", token=name)
    with pytest.raises(Unavailable, match="lists 100 posts"):
        channel.find(note("Note 0"), new_key(), now() - timedelta(minutes=5))


class TestCost:
    def test_it_is_priced(self, channel: x.X) -> None:
        assert isinstance(channel, Priced)
        assert channel.cap is None
        assert opened("", {}, **KEYS, monthly_cap="20.50").cap == Decimal("20.50")

    @pytest.mark.parametrize(
        ("activity", "text", "alts", "cost"),
        [
            (Activity.CREATE, "Hello", [], "0.015"),
            (Activity.CREATE, f"Hello {ORIGINAL}", [], "0.200"),
            (Activity.CREATE, "Hello", ["A lamp", "", None], "0.020"),
            (Activity.DELETE, f"Hello {ORIGINAL}", ["A lamp"], "0.010"),
            (Activity.UPDATE, f"Hello {ORIGINAL}", [], "0"),
        ],
    )
    def test_the_price_list(
        self, channel: x.X, activity: Activity, text: str, alts: list[str | None], cost: str
    ) -> None:
        media = tuple(Media(path="a.png", alt=alt) for alt in alts)
        assert channel.price(activity, note(text, media=media)) == Decimal(cost)

    def test_the_bill_is_what_was_read(self, sandbox: Sandbox, channel: x.X, name: str) -> None:
        assert channel.bill() == 0
        channel.publish(note(), new_key())
        assert channel.bill() == Decimal("0.010")  # who we are
        asked(sandbox, name, 30)
        page = channel.collect(None)
        assert channel.bill() == 25 * Decimal("0.001") + Decimal("0.010")  # one author
        channel.collect(page.cursor)
        assert channel.bill() == 5 * Decimal("0.001")
        channel.find(note(), new_key(), now() - timedelta(minutes=5))
        assert channel.bill() == Decimal("0.001")
        assert channel.bill() == 0

    def test_one_call_costs_no_more_than_it_says(
        self, sandbox: Sandbox, channel: x.X, name: str
    ) -> None:
        for number in range(40):
            sandbox.tweet(f"@{name} hello", token=f"enterprise_{name}_{number}")
        channel.collect(None)
        assert 25 * Decimal("0.011") < channel.bill() <= channel.price_to_read()

    def test_the_same_thing_is_billed_once_a_day(self) -> None:
        at = [datetime(2026, 5, 1, 23, tzinfo=UTC)]
        meter = Meter(lambda: at[0])
        meter.read(Decimal("0.001"), ["1", "2"])
        meter.read(Decimal("0.001"), ["2", "3"])
        assert meter.bill() == Decimal("0.003")
        at[0] += timedelta(hours=2)
        meter.read(Decimal("0.001"), ["2"])
        assert meter.bill() == Decimal("0.001")


class TestWhatIsRead:
    def quote(self, sandbox: Sandbox, text: str, of: str) -> str:
        body = {"text": text, "quote_tweet_id": of}
        answer = sandbox.call("POST", "/2/tweets", PERSON, json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["id"])

    def one(self, channel: x.X) -> Mention:
        (mention,) = channel.collect(None).mentions
        return mention

    def test_who_quotes_us(self, sandbox: Sandbox, channel: x.X, name: str) -> None:
        ours = channel.publish(note(), new_key())
        self.quote(sandbox, f"Well said, @{name}", ours.id)
        mention = self.one(channel)
        assert (mention.kind, mention.in_reply_to) == (Kind.QUOTE, ours.id)

    def test_who_quotes_another_names_us(self, sandbox: Sandbox, channel: x.X, name: str) -> None:
        theirs = sandbox.tweet(f"Something {next(numbers)}", token=PERSON)["id"]
        self.quote(sandbox, f"Look, @{name}", theirs)
        mention = self.one(channel)
        assert (mention.kind, mention.in_reply_to) == (Kind.MENTION, None)

    def test_who_names_us_in_an_answer_to_another(
        self, sandbox: Sandbox, channel: x.X, name: str
    ) -> None:
        theirs = sandbox.tweet(f"Something {next(numbers)}", token=PERSON)["id"]
        sandbox.tweet(f"@{name} knows", to=theirs, token="enterprise_bob")
        mention = self.one(channel)
        assert (mention.kind, mention.in_reply_to) == (Kind.MENTION, theirs)

    def test_the_long_form_is_read(self) -> None:
        from outreach.channels._x_posts import unwound

        url = {"url": "https://t.co/a", "expanded_url": "https://e.example/"}
        long = {"text": "All &amp; everything https://t.co/a", "entities": {"urls": [url]}}
        tweet = {"text": "All &amp; …", "note_tweet": long}
        assert unwound(tweet) == "All & everything https://e.example/"


def mention(kind: Kind, **raw: Any) -> Mention:
    return Mention(
        account="x",
        id="1",
        kind=kind,
        author=Author(id="7", handle="@ada"),
        text="Hello",
        url="",
        published=now(),
        raw=json.dumps(raw),
    )


class TestSummoned:
    """X lets an app answer only who named or quoted us."""

    def test_it_says_so(self, channel: x.X) -> None:
        assert isinstance(channel, Summoned)

    @pytest.mark.parametrize(
        "called",
        [
            mention(Kind.MENTION),
            mention(Kind.QUOTE),
            mention(
                Kind.REPLY,
                in_reply_to_user_id="4",
                entities={"mentions": [{"id": "3"}, {"id": "4"}]},
            ),
        ],
    )
    def test_who_called_us_is_answered(self, channel: x.X, called: Mention) -> None:
        assert channel.unanswerable(called) == ""

    @pytest.mark.parametrize(
        "uncalled",
        [
            mention(Kind.REPLY, in_reply_to_user_id="4"),
            mention(Kind.REPLY, in_reply_to_user_id="4", entities={"mentions": [{"id": "3"}]}),
            mention(Kind.REPLY, entities={"mentions": [{"id": "3"}]}),
            mention(Kind.LIKE),
        ],
    )
    def test_who_did_not_is_answered_by_hand(self, channel: x.X, uncalled: Mention) -> None:
        why = channel.unanswerable(uncalled)
        assert "@ada" in why
        assert "by hand" in why

    def test_what_is_collected_may_be_answered(
        self, sandbox: Sandbox, channel: x.X, name: str
    ) -> None:
        ours = channel.publish(note(), new_key())
        sandbox.tweet("A question", to=ours.id, token=PERSON)
        (reply,) = channel.collect(None).mentions
        assert (reply.kind, channel.unanswerable(reply)) == (Kind.REPLY, "")
        channel.publish(note("An answer", in_reply_to=reply.id), new_key())
