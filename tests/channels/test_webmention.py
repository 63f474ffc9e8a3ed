"""A page is told that we link to it, where it says that it wants to hear."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest

from outreach.channels import Secrets, webmention
from outreach.fetch import Fetch, loopback_only, public_or
from outreach.model.channel import Deleter, Editor, Publisher, Receiver, Repeatable
from outreach.model.delivery import Receipt
from outreach.model.errors import RateLimited, Rejected, Unavailable, Uncertain, Unwanted
from outreach.model.note import Note
from outreach.sandbox.webmention_pages import SHAPES

from ..ports import free_port
from ..sandbox.running import Sandbox
from .contract import AMBIGUOUS, Contract, new_key, numbers
from .strangers import Site, site

OURS = "https://blog.example/2026/hello/"


def opened(url: str, deadline: float = 1.0) -> webmention.Webmention:
    """The account, where the server at `url` is the one of this machine that may be talked to."""
    settings = webmention.Settings(kind="webmention", base_url=url)
    fetch = Fetch(guard=loopback_only, deadline=deadline)
    return webmention.open(settings, Secrets(named=str), fetch, lambda: datetime.now(UTC))


def tell(to: webmention.Webmention, target: str, source: str = OURS) -> Receipt:
    return to.publish(Note(text="", original=source, to=target), new_key())


@pytest.fixture
def there() -> Iterator[Site]:
    with site() as found:
        yield found


@pytest.fixture
def us(there: Site) -> webmention.Webmention:
    return opened(there.url)


class TestTelling(Contract):
    """Against the sandbox, whose ledger says what was heard."""

    kind = "webmention"
    settings: ClassVar[dict[str, str]] = {}

    @pytest.fixture
    def us(self, sandbox: Sandbox) -> webmention.Webmention:
        return opened(sandbox.url)

    @pytest.fixture
    def page(self, sandbox: Sandbox) -> str:
        return f"{sandbox.url}/webmention/page/{next(numbers)}"

    def heard(self, sandbox: Sandbox, target: str) -> list[dict[str, Any]]:
        entries = sandbox.ledger(self.kind)
        return [entry for entry in entries if entry["id"] == webmention._name(OURS, target)]

    def test_what_it_can_do(self, us: webmention.Webmention) -> None:
        for ability in (Publisher, Repeatable, Editor, Deleter, Receiver):
            assert isinstance(us, ability)
        assert us.repeatable(Note(text=""))

    def test_a_page_hears_once(
        self, sandbox: Sandbox, us: webmention.Webmention, page: str
    ) -> None:
        receipt = tell(us, page)
        (entry,) = self.heard(sandbox, page)
        assert (entry["effect"], entry["id"], entry["text"]) == ("create", receipt.id, OURS)
        assert entry["extra"]["target"] == page
        assert sandbox.call("GET", urlsplit(receipt.url).path).text.count(OURS) == 2
        assert tell(us, page).id == receipt.id
        assert [e["effect"] for e in self.heard(sandbox, page)] == ["create", "update"]

    def test_an_edit_and_a_withdrawal_are_told_again(
        self, sandbox: Sandbox, us: webmention.Webmention, page: str
    ) -> None:
        receipt = tell(us, page)
        edited = us.edit(receipt, Note(text="other words", original=OURS, to=page))
        us.delete(edited)
        assert edited.id == receipt.id
        effects = [entry["effect"] for entry in self.heard(sandbox, page)]
        assert effects == ["create", "update", "update"]

    @pytest.mark.parametrize("mode", [*AMBIGUOUS, "reset", "500"])
    def test_a_lost_answer_is_in_doubt_and_may_be_sent_again(
        self, sandbox: Sandbox, us: webmention.Webmention, page: str, mode: str
    ) -> None:
        sandbox.fail(mode, self.kind)
        with pytest.raises(Uncertain):
            tell(us, page)
        assert len(self.heard(sandbox, page)) == mode.startswith("apply+")
        tell(us, page)
        assert [e["effect"] for e in self.heard(sandbox, page)].count("create") == 1

    def test_a_refusal_is_for_the_author(
        self, sandbox: Sandbox, us: webmention.Webmention, page: str
    ) -> None:
        """Also a 401: there are no credentials of ours that a human could renew."""
        for mode in ("422", "401"):
            sandbox.fail(mode, self.kind)
            with pytest.raises(Rejected) as caught:
                tell(us, page)
            assert (caught.value.status, type(caught.value)) == (int(mode), Rejected)

    def test_too_much_waits_until_it_may(
        self, sandbox: Sandbox, us: webmention.Webmention, page: str
    ) -> None:
        sandbox.fail("429", self.kind, seconds=120)
        with pytest.raises(RateLimited) as caught:
            tell(us, page)
        assert caught.value.until is not None
        assert caught.value.until - datetime.now(UTC) > timedelta(seconds=100)

    @pytest.mark.parametrize("number", SHAPES)
    def test_the_endpoint_is_found(
        self, sandbox: Sandbox, us: webmention.Webmention, number: int
    ) -> None:
        """Each of these pages takes webmentions at one place, and has a trap or two."""
        target = f"{sandbox.url}/webmention/discover/{number}"
        tell(us, target, f"{OURS}{number}")
        (entry,) = (e for e in sandbox.ledger(self.kind) if e["text"] == f"{OURS}{number}")
        assert entry["extra"]["target"] == target


def test_every_success_is_one(us: webmention.Webmention, there: Site) -> None:
    target = there.put("/page", "", 'Link: </take>; rel="webmention"')
    for status in (200, 201, 202, 204):
        there.put("/take", "", status=status)
        assert tell(us, target).url == target


def test_only_a_201_says_where_to_look(us: webmention.Webmention, there: Site) -> None:
    target = there.put("/page", "", 'Link: </take>; rel="webmention"')
    for status, where in ((201, "https://there.example/1"), (202, target)):
        there.put("/take", "", "Location: https://there.example/1", status=status)
        assert tell(us, target).url == where


def test_the_endpoint_is_looked_up_each_time(us: webmention.Webmention, there: Site) -> None:
    target = there.put("/page", "", "Link: </old>; rel=webmention")
    for path in ("/old", "/new"):
        there.put(path, "")
    receipt = tell(us, target)
    there.put("/page", "", "Link: </new>; rel=webmention")
    us.edit(receipt, Note(text=""))
    assert [path for path, _ in there.posted] == ["/old", "/new"]


def test_what_is_sent_is_a_form_and_the_query_stays(us: webmention.Webmention, there: Site) -> None:
    target = there.put("/page?a=1&b=ü", "", "Link: </take?csrf=x%26y>; rel=webmention")
    there.put("/page?a=1&b=%C3%BC", "", "Link: </take?csrf=x%26y>; rel=webmention")
    there.put("/take?csrf=x%26y", "")
    tell(us, target)
    assert there.posted == [("/take?csrf=x%26y", {"source": OURS, "target": target})]


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("", "<p>nothing here"),
        ("", '<script>var a = \'<link rel="webmention" href="/take">\'</script>'),
        ("", '<title><a rel="webmention" href="/take"></title>'),
        ("", '<textarea><a rel="webmention" href="/take"></textarea>'),
        ("", '<img rel="webmention" href="/take">'),
        ('Link: </take>; rel="other"; title="webmention"', ""),
        ("Link: </take>; rel=", ""),
        ("Link: </take; rel=webmention", ""),
    ],
)
def test_a_page_that_wants_nothing_hears_nothing(
    us: webmention.Webmention, there: Site, head: str, body: str
) -> None:
    target = there.put("/page", body, *filter(None, (head,)))
    with pytest.raises(Unwanted, match="takes no webmentions"):
        tell(us, target)
    assert there.posted == []


def test_markup_in_what_is_no_page_is_no_markup(us: webmention.Webmention, there: Site) -> None:
    target = there.put("/page", '<link rel="webmention" href="/take">', kind="text/plain")
    with pytest.raises(Unwanted):
        tell(us, target)


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_page_that_is_not_there_is_nobodys_trouble(
    us: webmention.Webmention, there: Site, status: int
) -> None:
    target = there.put("/page", "", status=status)
    with pytest.raises(Unwanted):
        tell(us, target)


def test_a_page_that_fails_is_tried_later(us: webmention.Webmention, there: Site) -> None:
    with pytest.raises(Unavailable):
        tell(us, there.put("/page", "", status=503))
    with pytest.raises(Unavailable):
        tell(opened(f"http://127.0.0.1:{(port := free_port())}"), f"http://127.0.0.1:{port}/")


def test_redirects_are_followed_to_their_limit(us: webmention.Webmention, there: Site) -> None:
    there.put("/5", '<a rel="webmention" href="take">', status=200)
    there.put("/take", "")
    for number in range(5):
        there.move(f"/{number}", f"/{number + 1}")
    tell(us, f"{there.url}/0")
    assert there.posted == [("/take", {"source": OURS, "target": f"{there.url}/0"})]
    there.move("/-1", "/0")
    with pytest.raises(Unwanted, match="more than 5 times"):
        tell(us, f"{there.url}/-1")


def test_redirects_share_one_deadline(there: Site) -> None:
    """Each is quick enough by itself, or they would end for being too many."""
    ticks = count()
    slow = webmention.open(
        webmention.Settings(kind="webmention", base_url=there.url),
        Secrets(named=str),
        Fetch(guard=loopback_only, deadline=20, monotonic=lambda: next(ticks)),
        lambda: datetime.now(UTC),
    )
    there.move("/a", "/b")
    there.move("/b", "/a")
    with pytest.raises(Unavailable):
        tell(slow, f"{there.url}/a")
    assert len(there.asked) > 1


@pytest.mark.parametrize("to", ["file:///etc/passwd", "gopher://a.example/", "http://[", "//"])
def test_a_redirect_to_nowhere_is_not_followed(
    us: webmention.Webmention, there: Site, to: str
) -> None:
    with pytest.raises(Unwanted):
        tell(us, there.move("/page", to))


@pytest.mark.parametrize("hop", ["target", "redirect", "endpoint"])
def test_nobody_makes_us_talk_to_this_machine(there: Site, hop: str) -> None:
    """4.3 and 4.5: though our own site listens there, and the guard lets us prove its pages."""
    with site("127.0.0.2") as canary:
        canary.put("/", "", "Link: </>; rel=webmention")
        where = [urlsplit(one.url) for one in (there, canary)]
        listed = frozenset((str(one.hostname), one.port or 0) for one in where)
        us = webmention.open(
            webmention.Settings(kind="webmention", base_url=there.url),
            Secrets(named=str),
            Fetch(guard=public_or(listed), deadline=1),
            lambda: datetime.now(UTC),
        )
        targets: dict[str, Callable[[], str]] = {
            "target": lambda: f"{canary.url}/",
            "redirect": lambda: there.move("/page", f"{canary.url}/"),
            "endpoint": lambda: there.put("/page", "", f"Link: <{canary.url}/>; rel=webmention"),
        }
        with pytest.raises(Unwanted, match="may not connect"):
            tell(us, targets[hop]())
        assert canary.asked == []


def test_a_withdrawal_that_nobody_wants_to_hear_is_done(
    us: webmention.Webmention, there: Site
) -> None:
    there.put("/take", "")
    receipt = tell(us, there.put("/page", "", "Link: </take>; rel=webmention"))
    there.put("/page", "", status=410)
    us.delete(receipt)
    with pytest.raises(Unwanted):
        us.edit(receipt, Note(text=""))


def test_what_is_no_webmention_of_ours_is_refused(us: webmention.Webmention) -> None:
    now = datetime.now(UTC)
    for identifier in ("4242", "", "bm9uZQ=="):
        with pytest.raises(Rejected):
            us.edit(Receipt(id=identifier, url="", at=now), Note(text=""))
    for note in (Note(text="a", to="https://a.example/"), Note(text="a", original=OURS)):
        with pytest.raises(Rejected):
            us.publish(note, new_key())
