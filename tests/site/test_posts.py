from datetime import UTC, datetime

import pytest

from outreach.model.errors import Mistake, Mistakes
from outreach.model.post import Letter, Media, Post
from outreach.rules.voices import Voices
from outreach.site.posts import read_post
from outreach.site.views import UNDATED

VOICES = Voices(
    accounts=("bluesky", "mastodon", "adas", "graces"),
    authors={"Ada": ("adas",), "Grace": ("graces",)},
)


def read(
    head: str,
    *,
    path: str = "posts/2026/hello.md",
    body: str = "Body\n",
    voices: Voices | None = VOICES,
    first_seen: datetime | None = None,
    languages: tuple[str, ...] = (),
) -> Post:
    return read_post(
        f"---\n{head}\n---\n\n{body}",
        path=path,
        site_url="https://x.org",
        author="Ada",
        language="en",
        languages=languages,
        voices=voices,
        first_seen=first_seen,
    )


def mistakes(head: str, **arguments: str) -> tuple[Mistake, ...]:
    with pytest.raises(Mistakes) as caught:
        read(head, **arguments)  # type: ignore[arg-type]
    return caught.value.mistakes


def test_a_whole_post() -> None:
    post = read(
        "title: Hello\ndate: 2026-05-01T10:00:00+02:00\nupdated: 2026-05-02\ntags: rust, go\n"
        "summary: In short\nlanguage: de\nauthor: Grace <g@x.org>\n"
        "image: {src: card.png, alt: A card}\n"
        "channels: {mastodon: My own words, bluesky: null}"
    )
    assert post == Post(
        slug="2026/hello",
        title="Hello",
        body="Body\n",
        url="https://x.org/2026/hello/",
        path="posts/2026/hello.md",
        published=datetime(2026, 5, 1, 8, tzinfo=UTC),
        updated=datetime(2026, 5, 2, tzinfo=UTC),
        summary="In short",
        tags=("rust", "go"),
        language="de",
        author="Grace",
        media=(Media(path="posts/2026/card.png", alt="A card"),),
        syndicate_to=("mastodon", "bluesky"),
        overrides={"mastodon": "My own words"},
        translation="posts/2026/hello",
    )


def test_what_is_left_out_has_the_given_values() -> None:
    post = read("title: Hello\ndate: 2026-05-01")
    assert (post.author, post.language, post.syndicate_to) == ("Ada", "en", None)
    assert (post.summary, post.tags, post.media, post.updated) == ("", (), (), None)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-05-01", datetime(2026, 5, 1, tzinfo=UTC)),
        ("2026-05-01 10:30", datetime(2026, 5, 1, 10, 30, tzinfo=UTC)),
        ("2026-05-01T10:30:00Z", datetime(2026, 5, 1, 10, 30, tzinfo=UTC)),
        ("2026-05-01 10:30:00 -0500", datetime(2026, 5, 1, 15, 30, tzinfo=UTC)),
        ("'2026-05-01 10:30+02:00'", datetime(2026, 5, 1, 8, 30, tzinfo=UTC)),
    ],
)
def test_dates_are_utc(text: str, moment: datetime) -> None:
    assert read(f"title: x\ndate: {text}").published == moment


@pytest.mark.parametrize("text", ["2026-05-01", "2026-05-01T00:00:00", "2026-05-01T02:00:00+02:00"])
def test_toml_dates_are_utc(text: str) -> None:
    post = read_post(
        f'+++\ntitle = "x"\ndate = {text}\n+++\n',
        path="posts/a.md",
        site_url="https://x.org",
        author="",
        language="en",
        voices=None,
        first_seen=None,
    )
    assert post.published == datetime(2026, 5, 1, tzinfo=UTC)


def test_now_is_the_first_sight() -> None:
    seen = datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert read("title: x\ndate: now", first_seen=seen).published == seen
    (mistake,) = mistakes("title: x\ndate: now")
    assert (mistake.line, mistake.expected) == (3, "write the date")
    assert "sandbox only" in mistake.what


@pytest.mark.parametrize("head", ["title: x", "", "title: x\ndate: 2026-05-01\ndraft: true"])
def test_a_draft_has_no_date(head: str) -> None:
    assert read(head).draft


@pytest.mark.parametrize(
    ("head", "author"),
    [
        ("author: Grace", "Grace"),
        ("authors: [Grace <g@x.org>, Ada]", "Grace, Ada"),
        ("authors: [{name: Grace, url: x}]", "Grace"),
        ("params: {author: Grace}", "Grace"),
        ("params: {author: {name: Grace, email: g@x.org}}", "Grace"),
        ("extra: {author: Grace}", "Grace"),
    ],
)
def test_every_way_to_name_an_author(head: str, author: str) -> None:
    assert read(head).author == author


@pytest.mark.parametrize(
    ("path", "head", "slug"),
    [
        ("hello.md", "", "hello"),
        ("2022/1122-hero/index.md", "", "2022/1122-hero"),
        ("2022/hello.md", "slug: other", "2022/other"),
        ("2022/hello/index.md", "slug: other", "2022/other"),
        ("hello.md", "slug: other", "other"),
        ("2024/0906-roundup/index.md", "slug: edge", "2024/0906-edge"),
        ("2024-09-06-roundup.md", "slug: edge", "2024-09-06-edge"),
        ("2024/2024-roundup.md", "slug: edge", "2024/edge"),
        ("x.md", "title: x\npath: 2026/05/01/other", "2026/05/01/other"),
    ],
)
def test_the_slug(path: str, head: str, slug: str) -> None:
    post = read(head, path=f"posts/{path}")
    assert post.slug == slug
    assert post.url == f"https://x.org/{slug}/"


def test_a_dated_path_dates_the_post() -> None:
    moment = datetime(2019, 11, 4, tzinfo=UTC)
    assert read("title: x\npath: inside/2019/11/04/plugins").published == moment
    assert read("title: x\npath: 2019/11/04/plugins\ndate: 2020-01-01").published != moment


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ("title: x\nslug: ../../etc", 3),
        ("title: x\npath: /etc/passwd", 3),
        ('title: x\nslug: "a\\0b"', 3),
        ("title: x\nslug: a\\b", 3),
        ("title: x\npath: 2026/05/01/u\u0308ber", 3),
    ],
)
def test_a_slug_never_leaves_the_site(head: str, line: int) -> None:
    (mistake,) = mistakes(head)
    assert mistake.line == line
    assert "cannot be a page" in mistake.what


@pytest.mark.parametrize("path", ["../x.md", "CON.md", "a//b.md", "tags/x.md", "index.md"])
def test_a_file_name_may_be_no_page(path: str) -> None:
    (mistake,) = mistakes("title: x", path=f"posts/{path}")
    assert "cannot be a page" in mistake.what


@pytest.mark.parametrize(
    ("head", "line", "word", "expected"),
    [
        ("date: 2026-05-01\ntitle: [1, 2]", 3, "`title` is a list", "a text"),
        ("date: 2026-05-01\ntitle: 1984", 3, "`title` is a number", "a text"),
        ("date: 2026-05-01", 1, "needs a title", "`title: …`"),
        ("title: x\ndate: next tuesday", 3, "not a date: `next tuesday`", "2026-05-01"),
        ("title: x\ndate: 2026-13-01", 3, "not a date", "2026-05-01"),
        ("title: x\ndate: 0001-01-01T00:00:00+14:00", 3, "not a date", "2026-05-01"),
        ("title: x\nupdated: [1]", 3, "not a date", "2026-05-01"),
        ("title: x\ntags: 5", 3, "`tags` is a number", "a list of words"),
        ("title: x\ntags: [[a]]", 3, "`tags` is a list", "a list of words"),
        ("title: x\ndraft: maybe", 3, "`draft` is text", "true or false"),
        ("title: x\nlanguage: the german one", 3, "not a language", "BCP 47"),
        ("title: x\nauthor: [5]", 3, "not a name", "Ada"),
        ("title: x\nparams:\n  author: 5", 4, "not a name", "Ada"),
        ("title: x\nchannels: [mastodont]", 3, "`mastodont`", "bluesky, mastodon, adas"),
        ("title: x\nchannels:", 3, "not a list of accounts", "a list"),
        ("title: x\nchannels: mastodon", 3, "not a list of accounts", "a list"),
        ("title: x\nchannels: {mastodon: [a]}", 3, "not a text", "account: text"),
        ("title: x\nimage: 5", 3, "not an image", "card.png"),
        ("title: x\nimage: ../../secret.png", 3, "outside posts/", "a path in posts/"),
        ("title: x\nimage: /etc/passwd", 3, "outside posts/", "a path in posts/"),
    ],
)
def test_a_mistake_says_where_and_what(head: str, line: int, word: str, expected: str) -> None:
    (mistake,) = mistakes(head)
    assert word in mistake.what
    assert expected in mistake.expected
    assert (mistake.path, mistake.line) == ("posts/2026/hello.md", line)


def test_all_mistakes_are_said_at_once() -> None:
    assert [mistake.line for mistake in mistakes("title: 5\ndate: soon\ntags: 5")] == [3, 2, 4]


def test_accounts_are_checked_only_where_they_are_known() -> None:
    assert read("channels: [any]", voices=None).syndicate_to == ("any",)
    assert read("channels: []").syndicate_to == ()


@pytest.mark.parametrize(
    ("head", "media"),
    [
        ("image: a.png", (Media(path="posts/2026/a.png"),)),
        ("image: ../a.png", (Media(path="posts/a.png"),)),
        ("image: https://y.org/a.png", (Media(path="https://y.org/a.png"),)),
        (
            "image: [a.png, {src: b.png, alt: ''}]",
            (Media(path="posts/2026/a.png"), Media(path="posts/2026/b.png", alt="")),
        ),
    ],
)
def test_images_are_relative_to_the_post(head: str, media: tuple[Media, ...]) -> None:
    assert read(head).media == media


def test_no_text_keeps_what_xml_and_utf_8_cannot_carry() -> None:
    post = read('title: "a\\x01b\\ud800c"\ntags: ["d\\x01"]')
    assert post.title == "abc"
    assert post.tags == ("d",)


def test_template_syntax_is_text() -> None:
    assert read('title: "{{ 7*7 }}"').title == "{{ 7*7 }}"


@pytest.mark.parametrize("reply", ["link", "'More: {url}'"])
def test_a_reply_cannot_link_to_a_page_that_is_not_there(reply: str) -> None:
    head = f"date: 2026-05-01\nfirst_reply: {reply}"
    (mistake,) = mistakes(head, path="notes/a.md")
    assert (mistake.line, mistake.what) == (3, "there is no page to link to")
    assert mistake.expected == "`page: true`"
    assert read(f"{head}\npage: true", path="notes/a.md").first_reply
    assert read(f"title: T\n{head}").first_reply
    assert read("date: 2026-05-01\nfirst_reply: more", path="notes/a.md").first_reply == "more"


def test_an_embargo_is_never_undercut_by_a_date() -> None:
    later, sooner = datetime(2026, 6, 1, 9, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)
    post = read("title: x\ndate: 2026-05-01\nembargo: 2026-06-01 09:00Z")
    assert (post.published, post.embargo) == (later, later)
    assert read("title: x\ndate: 2026-07-01\nembargo: 2026-06-01").published != later
    assert read("title: x\nembargo: 2026-06-01").draft
    assert read("title: x\ndate: 2026-05-01").published == sooner
    (mistake,) = mistakes("title: x\nembargo: soon")
    assert (mistake.line, mistake.what) == (3, "`embargo` is not a date: `soon`")


def test_a_plain_page_needs_no_date_and_tells_nobody() -> None:
    page = read("title: About us\nmenu: 2", path="pages/about.md")
    assert (page.slug, page.url, page.is_page, page.menu) == (
        "about",
        "https://x.org/about/",
        True,
        2,
    )
    assert (page.published, page.syndicate_to, page.email) == (UNDATED, (), Letter.NO)
    assert read("title: x\ndate: 2026-05-01", path="pages/x.md").published == datetime(
        2026, 5, 1, tzinfo=UTC
    )
    assert read("title: x\ndraft: true", path="pages/x.md").draft


@pytest.mark.parametrize(
    ("head", "line", "what"),
    [
        ("slug: x", 1, "a page needs a title"),
        ("title: x\nchannels: [mastodon]", 3, "a plain page is never announced"),
        ("title: x\nemail: with", 3, "a plain page is never announced"),
        ("title: x\nmenu: main", 3, "`menu` is text"),
        ("title: x\nslug: 404.html", 3, "`404.html` cannot be a page"),
    ],
)
def test_a_wrong_plain_page_is_told(head: str, line: int, what: str) -> None:
    (mistake,) = mistakes(head, path="pages/about.md")
    assert mistake.line == line
    assert what in mistake.what


def test_another_tools_menu_is_left_alone_in_posts() -> None:
    assert read("title: x\nmenu: main").menu is None


def test_comments_are_on_unless_a_post_turns_them_off() -> None:
    assert read("title: x").comments
    assert read("title: x\ncomments: true").comments
    assert not read("title: x\ncomments: false").comments


def test_the_id_in_feeds_is_kept_as_it_is() -> None:
    assert read("title: x\nid: tag:x.org,2016:/hello").id == "tag:x.org,2016:/hello"
