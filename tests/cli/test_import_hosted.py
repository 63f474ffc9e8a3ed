"""outreach import, of what a hosted blog or Buffer hands out, until the site stands."""

from pathlib import Path
from xml.etree.ElementTree import fromstring

from click.testing import CliRunner

from outreach.cli import cli

from ..folder import Folder
from ..site.sources.exports import item, meta, wordpress, written
from .running import piped

QUEUE = "Text,Image URL,Tags,Posting Time\nHello,,,2100-05-01 10:00\nOld,,,2020-01-01 10:00\n"


def test_a_moved_blog_stands_where_it_was(tmp_path: Path) -> None:
    category = '<category domain="category" nicename="go"><![CDATA[Go]]></category>'
    content = '<p>Hi, <a href="https://blog.example/about/">us</a></p>'
    export = wordpress(
        tmp_path / "export",
        item(content, category + meta("_wp_old_slug", "helo")),
        item(wp__post_type="page", link="https://blog.example/about/", wp__post_id="9"),
    )
    written(export, {"wp-content/uploads/2024/05/a.png": b"png"})
    folder = tmp_path / "folder"
    folder.mkdir()
    done = CliRunner().invoke(
        cli, ["import", "wordpress", str(export), "--folder", str(folder)], catch_exceptions=False
    )
    assert "wrote: static/wp-content/uploads/2024/05/a.png" in done.output
    CliRunner().invoke(cli, ["build", str(folder)], catch_exceptions=False)
    site = folder / ".outreach" / "build" / "site"
    assert 'href="/about/"' in (site / "2024/05/hello/index.html").read_text()
    assert (site / "about/index.html").is_file()
    assert (site / "wp-content/uploads/2024/05/a.png").read_bytes() == b"png"
    for old, ours in {"2024/05/helo": "/2024/05/hello/", "category/go": "/tags/go/"}.items():
        assert ours in (site / old / "index.html").read_text()
    (entry,) = fromstring((site / "feed/index.html").read_text()).iter("item")
    assert entry.findtext("guid") == "https://blog.example/?p=5"


def test_a_queue_becomes_notes_once(folder: Folder, tmp_path: Path) -> None:
    path = written(tmp_path, {"queue.csv": QUEUE}) / "queue.csv"
    arguments = ("import", "buffer", str(path), "--account", "x", "--zone", "Europe/Berlin")
    code, said = piped(folder, "", *arguments)
    assert (code, "wrote: notes/2100-05-01-1000-hello.md" in said) == (0, True)
    assert "queue.csv:3: left out: 2020-01-01 10:00 is past" in said
    note = folder.root / "notes" / "2100-05-01-1000-hello.md"
    assert "date: 2100-05-01T10:00:00+02:00\nchannels: [x]\n" in note.read_text("utf-8")
    assert "wrote: notes/" not in piped(folder, "", *arguments)[1]


def test_a_queue_for_nobody_or_in_no_zone_is_refused(folder: Folder, tmp_path: Path) -> None:
    path = str(written(tmp_path, {"queue.csv": QUEUE}) / "queue.csv")
    code, said = piped(folder, "", "import", "buffer", path, "--account", "grace")
    assert (code, said) == (1, "'grace' is no account here (expected mastodon, x)")
    code, said = piped(folder, "", "import", "ghost", path, "--zone", "Europe/Berlin")
    assert (code, said.startswith("--zone means nothing to ghost")) == (1, True)
    zone = ("--account", "x", "--zone", "Berlin")
    assert piped(folder, "", "import", "buffer", path, *zone) == (
        1,
        "'Berlin' is no time zone (expected one as Europe/Berlin)",
    )
