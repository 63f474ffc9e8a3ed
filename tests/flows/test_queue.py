"""Buffer's queue becomes notes: each with its time, its accounts and its images."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from outreach.flows.queue import Accounts, Queue
from outreach.model.errors import Refused, Unavailable
from outreach.site.posts import read_post
from outreach.site.sources import Blog
from outreach.site.written import write

NOW = datetime(2027, 1, 1, tzinfo=UTC)
KINDS = {"company": "mastodon", "x": "x", "ada": "bluesky", "grace": "bluesky"}
HEAD = "Text,Image URL,Tags,Posting Time\n"

Read = Callable[..., Blog]


def load(address: str) -> tuple[bytes, str]:
    if "gone" in address:
        raise Unavailable("no answer")
    return b"png", "text/html" if "page" in address else "image/png"


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def run(text: str | bytes, *, chosen: tuple[str, ...] = ("x",), zone: str = "UTC") -> Blog:
        path = tmp_path / "queue.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return Queue(
            accounts=Accounts(kinds=KINDS, chosen=chosen),
            zone=ZoneInfo(zone) if zone else None,
            load=load,
            now=NOW,
        ).read(path)

    return run


def said(blog: Blog) -> list[str]:
    return [str(mistake) for mistake in blog.mistakes]


def test_a_row_becomes_a_note_that_goes_out_then_and_there(read: Read) -> None:
    blog = read(HEAD + '"Hello, ""you""\n#1",,"news, go",2027-05-01 10:00\n', zone="Europe/Berlin")
    (note,) = blog.documents
    assert note.file == "notes/2027-05-01-1000-hello-you-1.md"
    ours = read_post(
        write(note.front, note.body),
        path=note.file,
        site_url="https://x.example",
        author="",
        language="en",
        voices=None,
        first_seen=None,
    )
    assert ours.text == 'Hello, "you"\n#1'
    assert ours.published == datetime(2027, 5, 1, 8, tzinfo=UTC)
    assert ours.syndicate_to == ("x",)
    assert ours.tags == ("news", "go")
    assert ours.url == ""
    assert said(blog) == []


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2027-05-01 10:00", "2027-05-01T10:00:00+00:00"),
        ("2027/5/1 9:30", "2027-05-01T09:30:00+00:00"),
        ("2027-05-01T10:00:59.000Z", "2027-05-01T10:00:00+00:00"),
        ("2027-05-01 10:00:00 +02:00", "2027-05-01T10:00:00+02:00"),
    ],
)
def test_times_as_buffer_and_spreadsheets_write_them(read: Read, written: str, meant: str) -> None:
    (note,) = read(f"{HEAD}Hi,,,{written}\n").documents
    assert note.published == datetime.fromisoformat(meant)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("2026-12-31 10:00", "is past"),
        ("5/6/27 10:00", "is no time (expected one as 2026-05-01 10:00)"),
        ("2027-02-30 10:00", "is no time: day is out of range"),
        ("2027-03-28 02:30", "there is no 2027-03-28 02:30 in Europe/Berlin"),
    ],
)
def test_a_time_that_is_none_is_told_with_its_line_and_the_others_come(
    read: Read, written: str, why: str
) -> None:
    text = f'{HEAD}"a\nb",,,2027-05-01 10:00\nHi,,,{written}\nc,,,2027-05-02 10:00\n'
    blog = read(text, zone="Europe/Berlin")
    assert [it.source for it in blog.documents] == ["queue.csv:2", "queue.csv:5"]
    (mistake,) = said(blog)
    assert mistake.startswith("queue.csv:4: left out: ")
    assert why in mistake


def test_a_time_without_a_zone_is_nobodys_guess(read: Read) -> None:
    with pytest.raises(Refused, match="--zone Europe/Berlin"):
        read(f"{HEAD}Hi,,,2027-05-01 10:00\n", zone="")
    assert read(f"{HEAD}Hi,,,2027-05-01 10:00Z\n", zone="").documents


def test_a_row_without_a_time_is_a_draft(read: Read) -> None:
    blog = read(f"{HEAD}Some day,,,\n")
    (note,) = blog.documents
    assert (note.file, note.published, "date" in note.front) == ("notes/some-day.md", None, False)
    assert "it has no time" in said(blog)[0]


def test_a_column_of_channels_chooses_and_the_same_text_is_one_note(read: Read) -> None:
    rows = "".join(
        f"{channel},Hi,2027-05-01T10:00Z\n" for channel in ("Twitter", "Mastodon", "GRACE")
    )
    (note,) = read("Profile,Text,Scheduled At\n" + rows, chosen=()).documents
    assert note.front["channels"] == ["x", "company", "grace"]


@pytest.mark.parametrize(
    ("channel", "why"),
    [
        ("instagram", "no account is 'instagram' (expected one of company, x, ada, grace)"),
        ("bluesky", "more than one account is 'bluesky' (expected one of ada, grace)"),
        ("", "it names no channel"),
    ],
)
def test_a_channel_that_is_nobodys_is_told(read: Read, channel: str, why: str) -> None:
    blog = read(f"Channel,Text,Posting Time\n{channel},Hi,2027-05-01 10:00\n", chosen=())
    assert blog.documents == ()
    assert said(blog) == [f"queue.csv:2: left out: {why}"]


def test_a_file_that_says_no_channel_goes_to_nobody_by_itself(read: Read) -> None:
    with pytest.raises(Refused, match="--account"):
        read(f"{HEAD}Hi,,,2027-05-01 10:00\n", chosen=())


def test_images_come_along_and_wait_for_their_alt_text(read: Read) -> None:
    links = "https://a.example/1.png, https://a.example/2"
    blog = read(f'{HEAD}Hi,"{links}",,2027-05-01 10:00\n')
    (note,) = blog.documents
    assert note.files == {
        "notes/2027-05-01-1000-hi-1.png": b"png",
        "notes/2027-05-01-1000-hi-2.png": b"png",
    }
    assert note.front["image"] == ["2027-05-01-1000-hi-1.png", "2027-05-01-1000-hi-2.png"]
    assert "no alt text" in said(blog)[0]


@pytest.mark.parametrize("link", ["https://a.example/gone.png", "https://a.example/page"])
def test_a_note_whose_image_is_missing_does_not_go_out_without(read: Read, link: str) -> None:
    blog = read(f"{HEAD}Hi,{link},,2027-05-01 10:00\n")
    (note,) = blog.documents
    assert note.published is None
    assert note.front["draft"] is True
    assert f"its image {link} cannot be fetched" in said(blog)[0]


def test_an_image_alone_is_no_note(read: Read) -> None:
    blog = read(f"{HEAD},https://a.example/1.png,,2027-05-01 10:00\n,,,\n")
    assert blog.documents == ()
    assert len(said(blog)) == 1


def test_two_notes_that_begin_alike_are_two_files(read: Read) -> None:
    blog = read(f"{HEAD}Hi!,,,2027-05-01 10:00\nHi?,,,2027-05-01 10:00\n")
    assert len({it.file for it in blog.documents}) == 2


@pytest.mark.parametrize("text", ["", "Name,Date\na,b\n", b"Text\n\xff\n"])
def test_another_file_is_refused(read: Read, text: str | bytes) -> None:
    with pytest.raises(Refused, match=r"no queue of Buffer|UTF-8"):
        read(text)
