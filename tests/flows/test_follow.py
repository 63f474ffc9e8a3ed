"""A blog that is not built here: what is new in its feed is announced once, and nothing older."""

from collections.abc import Iterator
from datetime import timedelta
from html import escape
from typing import Any

import pytest

from outreach.fetch import Fetch, loopback_only
from outreach.flows.follow import Following, Source, follow
from outreach.flows.publish import Publish
from outreach.model.delivery import Activity, Delivery
from outreach.model.errors import Mistake
from outreach.site.build import Site as OurSite
from outreach.store import ledger, mistakes, notices, posts
from tests.feeds import Site, a_site, entry
from tests.flows.world import World


@pytest.fixture
def blog() -> Iterator[Site]:
    with a_site() as running:
        yield running


@pytest.fixture
def publish(world: World, site: str) -> Publish:
    return world.publisher(site)


def poll(world: World, blog: Site, **more: Any) -> int:
    """One look at the blog's feed."""
    way = {
        "source": Source(feed=more.pop("feed", blog.feed)),
        "site": OurSite(title="Lanternworks", url="https://ours.example", author="Ada"),
        "database": world.database,
        "fetch": Fetch(guard=loopback_only, deadline=2),
        "now": world.clock,
    }
    return follow(Following(**{**way, **more}))


def said(blog: Site, name: str, title: str = "", **more: str) -> str:
    """An entry and its page."""
    title = title or f"On {name}"
    link = more.pop("link", "") or blog.page(f"/{name}", title)
    return entry(more.pop("id", name), title, link=link, **more)


def begin(world: World, blog: Site, *entries: str) -> None:
    """A blog that we follow, and what was in it before us."""
    blog.publish(*(entries or [said(blog, "old")]))
    assert poll(world, blog) == 0


def created(world: World) -> list[Delivery]:
    return [it for it in ledger.every(world.database) if it.activity is Activity.CREATE]


def wrong(world: World) -> str:
    return "\n".join(map(str, mistakes.every(world.database)))


def test_a_new_entry_is_announced_with_its_page(world: World, blog: Site, publish: Publish) -> None:
    begin(world, blog)
    new = said(blog, "new", "R&D <news>", html="<p>First words.</p><p>More.</p>")
    blog.publish(new, said(blog, "old"))
    assert poll(world, blog) == 1
    (post,) = publish()
    assert (post.title, post.url) == ("R&D <news>", f"{blog.server.url}/new")
    notes = created(world)
    assert [it.account for it in notes] == ["mastodon", "x"]
    assert all(f"{blog.server.url}/new" in it.note.text for it in notes)
    assert "First words." in notes[0].note.text
    assert publish() == []
    assert poll(world, blog) == 0
    world.drain("mastodon")
    assert [e["text"] for e in world.sandbox.ledger("mastodon")] == [notes[0].note.text]


def test_what_was_there_before_us_is_never_announced(
    world: World, blog: Site, publish: Publish
) -> None:
    begin(world, blog, said(blog, "one", published=world.clock().isoformat()), said(blog, "two"))
    blog.publish(said(blog, "one", "Edited"), said(blog, "two", html="Edited"))
    assert poll(world, blog) == 0
    assert (publish(), posts.every(world.database)) == ([], [])


def test_an_old_post_that_comes_back_into_the_feed_is_old(
    world: World, blog: Site, publish: Publish
) -> None:
    ages = {"newest": 2, "recent": 6, "old": 10}
    dates = {name: (world.clock() - timedelta(days=ages[name])).isoformat() for name in ages}
    newest, recent, old = (said(blog, name, published=dates[name]) for name in ages)
    begin(world, blog, newest, recent)  # its feed has two entries
    world.clock.move(days=1)
    blog.publish(recent, old)  # the newest was taken down
    assert poll(world, blog) == 0
    blog.publish(said(blog, "new", published=world.clock().isoformat()), recent, old)
    assert poll(world, blog) == 1
    assert [post.title for post in publish()] == ["On new"]


def test_a_day_without_a_time_is_all_of_that_day(
    world: World, blog: Site, publish: Publish
) -> None:
    world.clock.at = world.clock.at.replace(hour=10)
    begin(world, blog)
    day = world.clock.at.replace(hour=0, minute=0, second=0)
    blog.publish(
        said(blog, "today", published=day.isoformat()),
        said(blog, "yesterday", published=(day - timedelta(days=1)).isoformat()),
    )
    assert poll(world, blog) == 1
    assert [post.title for post in publish()] == ["On today"]


def test_the_first_post_of_an_empty_blog_is_new(world: World, blog: Site, publish: Publish) -> None:
    blog.publish()
    assert poll(world, blog) == 0
    blog.publish(said(blog, "first"))
    assert poll(world, blog) == 1
    assert len(publish()) == 1


def test_our_site_has_no_page_of_it(world: World, blog: Site, publish: Publish) -> None:
    begin(world, blog)
    blog.publish(said(blog, "new"))
    poll(world, blog)
    publish()
    assert not (world.root / "site" / "feed").exists()
    assert "On new" not in (world.root / "site" / "atom.xml").read_text()


def test_a_date_of_the_future_does_not_wait(world: World, blog: Site, publish: Publish) -> None:
    begin(world, blog)
    blog.publish(said(blog, "new", published=(world.clock() + timedelta(days=9)).isoformat()))
    poll(world, blog)
    assert len(publish()) == 1  # what its blog shows is public, whatever its date
    publish()
    assert wrong(world) == ""


def test_an_edit_is_no_new_post(world: World, blog: Site, publish: Publish) -> None:
    begin(world, blog)
    blog.publish(said(blog, "new", "Befor"))
    poll(world, blog)
    publish()
    world.drain("mastodon")
    world.clock.move(minutes=5)
    blog.publish(said(blog, "new", "Before and after"))
    assert poll(world, blog) == 0
    assert publish() == []
    world.drain("mastodon")
    entries = world.sandbox.ledger("mastodon")
    assert [e["effect"] for e in entries if e["effect"] != "account"] == ["create", "update"]
    assert "Before and after" in entries[-1]["text"]


def test_what_vanishes_withdraws_nothing(world: World, blog: Site, publish: Publish) -> None:
    begin(world, blog)
    blog.publish(said(blog, "new"))
    poll(world, blog)
    publish()
    blog.publish()
    assert poll(world, blog) == 0
    publish()
    assert [it.activity for it in ledger.every(world.database)] == [Activity.CREATE] * 2
    blog.publish(said(blog, "new"), said(blog, "old"))
    assert poll(world, blog) == 0
    assert wrong(world) == ""


@pytest.mark.parametrize("how", ["link", "title and date"])
def test_changed_ids_are_noticed(world: World, blog: Site, publish: Publish, how: str) -> None:
    date = world.clock().isoformat()
    begin(world, blog, said(blog, "old", published=date))
    blog.publish(said(blog, "new", published=date), said(blog, "old", published=date))
    poll(world, blog)
    publish()
    moved = "/elsewhere/{}" if how == "title and date" else "/{}/#top"
    links = {name: blog.server.url + moved.format(name) for name in ("new", "old")}
    blog.publish(
        *(said(blog, name, published=date, link=links[name], id=f"other {name}") for name in links)
    )
    assert poll(world, blog) == 0
    assert publish() == []
    assert len(created(world)) == 2
    assert "changed the ids of 2 entries" in wrong(world)
    world.clock.move(hours=25)
    publish()
    assert wrong(world) == ""


def test_two_entries_with_one_link_are_two_posts(
    world: World, blog: Site, publish: Publish
) -> None:
    begin(world, blog)
    page = blog.page("/shared", "One and two")
    one, two = (said(blog, name, name.title(), link=page) for name in ("one", "two"))
    blog.publish(one)
    assert poll(world, blog) == 1
    blog.publish(two, one)
    assert poll(world, blog) == 1
    assert len(publish()) == 2


def test_what_did_not_change_is_left_alone(world: World, blog: Site, publish: Publish) -> None:
    begin(world, blog)
    first = said(blog, "first")
    blog.publish(first)
    poll(world, blog)
    publish()
    blog.publish(said(blog, "second"), first)
    poll(world, blog)
    row = next(row for row in posts.every(world.database) if row.title == "On first")
    assert (row.proved is not None, posts.to_revise(world.database)) == (True, [])


def test_another_address_of_the_feed_announces_nothing_again(
    world: World, blog: Site, publish: Publish
) -> None:
    begin(world, blog)
    blog.publish(said(blog, "new"), said(blog, "old"))
    poll(world, blog)
    publish()
    blog.bodies["/atom"] = blog.bodies["/feed"]
    other = f"{blog.server.url}/atom"
    assert poll(world, blog, feed=other) == 0
    blog.publish(said(blog, "third"), said(blog, "new", "Retold"))
    blog.bodies["/atom"] = blog.bodies["/feed"]
    assert poll(world, blog, feed=other) == 1
    assert [post.title for post in publish()] == ["On third"]
    assert [row.title for row in posts.every(world.database) if "Retold" in row.title] == ["Retold"]


def test_several_go_out_in_their_order(world: World, blog: Site, publish: Publish) -> None:
    begin(world, blog)
    world.clock.move(hours=5)
    day = timedelta(hours=1)
    dates = {name: (world.clock() - day * n).isoformat() for n, name in enumerate("cba")}
    blog.publish(*(said(blog, name, published=dates[name]) for name in "bac"))
    assert poll(world, blog) == 3
    assert [post.title for post in publish()] == ["On a", "On b", "On c"]


def test_without_a_date_it_is_as_old_as_we_know(world: World, blog: Site, publish: Publish) -> None:
    begin(world, blog)
    blog.publish(said(blog, "new"))
    poll(world, blog)
    seen = world.clock()
    world.clock.move(hours=1)
    blog.publish(said(blog, "new", html="Edited."))
    poll(world, blog)
    (row,) = posts.every(world.database)
    assert row.published is not None
    assert abs(row.published - seen) < timedelta(seconds=1)


@pytest.mark.parametrize(
    ("status", "page", "words"),
    [
        (404, "", "answers 404"),
        (200, "<title>Log in</title>", "“Log in”"),
        (200, "", "no title"),
    ],
)
def test_it_waits_until_its_page_is_right(
    world: World, blog: Site, publish: Publish, status: int, page: str, words: str
) -> None:
    begin(world, blog)
    blog.publish(said(blog, "new"))
    right = blog.bodies["/new"]
    blog.bodies["/new"], blog.status["/new"] = page, status
    poll(world, blog)
    assert publish() == []
    (row,) = posts.every(world.database)
    assert words in row.proof_error
    blog.bodies["/new"], blog.status["/new"] = right, 200
    world.clock.move(minutes=2)
    assert len(publish()) == 1


def test_a_page_is_proved_behind_a_redirect_or_by_its_canonical_link(
    world: World, blog: Site, publish: Publish
) -> None:
    begin(world, blog)
    blog.publish(said(blog, "a", "It’s here — now"), said(blog, "b", "Short"))
    blog.bodies["/a"] = "<title>It's here - now | Blog</title>"
    canonical = f'<link rel="canonical" href="{blog.server.url}/b/">'
    blog.bodies["/b/"] = f"<title>Other words</title>{canonical}"
    blog.status["/b"], blog.headers["/b"] = 301, {"Location": "/b/"}
    poll(world, blog)
    assert len(publish()) == 2


def test_a_feed_that_fails_is_told_and_heals(world: World, blog: Site, publish: Publish) -> None:
    begin(world, blog)
    blog.status["/feed"] = 503
    blog.publish(said(blog, "new"))
    assert poll(world, blog) == 0
    publish()
    assert f"{blog.feed}: the feed is not read: 503" in wrong(world)
    blog.status["/feed"] = 200
    assert poll(world, blog) == 1
    publish()
    assert wrong(world) == ""


def test_an_entry_without_a_link_is_told_and_does_not_stop_the_others(
    world: World, blog: Site, publish: Publish
) -> None:
    begin(world, blog)
    blog.publish(entry("bad", "No link"), said(blog, "good"))
    assert poll(world, blog) == 1
    assert [post.title for post in publish()] == ["On good"]
    assert "“No link” has no link" in wrong(world)


HOSTILE = (
    "--- {{% note %}} {{< youtube x >}} `code` **bold** _x_ [a](b) ~~s~~ # \\* \U0001f469‍\U0001f4bb"
)


@pytest.mark.parametrize(
    "html",
    [
        f"<p>{HOSTILE}</p>",
        f"<pre><code>line\n\n    four\n```\n{HOSTILE}\n```</code></pre>",
        f"<div>\n\n<p>{HOSTILE}</p>\n\n    <p>indented</p></div>",
        f"{HOSTILE}",
        f"<ul>\n<li>{HOSTILE}</li>\n\n<li>* two</li></ul>\n\n# no heading",
    ],
)
def test_an_entry_is_read_as_it_was_written(world: World, blog: Site, html: str) -> None:
    from outreach.site.render import plain, render

    begin(world, blog)
    safe = html.replace("{{< youtube x >}}", "{{&lt; youtube x &gt;}}")
    blog.publish(said(blog, "new", HOSTILE, html=safe))
    assert poll(world, blog) == 1
    (row,) = posts.every(world.database)
    assert row.title == HOSTILE
    body = posts.source(world.database, row.slug).partition("\n---\n")[2]
    assert plain(render(body)).split() == plain(safe).split()
    assert "{{&lt; youtube x &gt;}}" in render(body)


@pytest.mark.parametrize(
    ("summary", "kept"),
    [
        ("<p>What it is about.</p><p>The post appeared first on A blog.</p>", "What it is about."),
        ("<p>The whole text […]</p>", ""),
        ("The whole text", ""),
    ],
)
def test_a_summary_is_the_authors_or_none(
    world: World, blog: Site, publish: Publish, summary: str, kept: str
) -> None:
    begin(world, blog)
    more = f"<summary type='html'>{escape(summary)}</summary>"
    blog.publish(said(blog, "new", html="<p>The whole text of it.</p>", more=more))
    poll(world, blog)
    (post,) = publish()
    assert post.summary == kept


def test_who_wrote_it_and_its_tags_are_taken(world: World, blog: Site, publish: Publish) -> None:
    begin(world, blog)
    by = "<author><name>Grace</name></author><category term='Rust'/>"
    blog.publish(said(blog, "new", more=by))
    poll(world, blog)
    (post,) = publish()
    assert (post.author, post.tags) == ("Grace", ("Rust",))


def test_notices_are_replaced_and_end(world: World) -> None:
    lines = [
        Mistake(path="b", line=0, what="w"),
        Mistake(path="a", line=1, what="v"),
    ]
    notices.say(world.database, "one", lines, world.clock() + timedelta(hours=1))
    notices.say(world.database, "two", lines[:1])
    assert len(notices.every(world.database, world.clock())) == 3
    world.clock.move(hours=1)
    assert notices.every(world.database, world.clock()) == lines[:1]
    notices.say(world.database, "two", [])
    assert notices.every(world.database, world.clock()) == []
