"""outreach check: all that is wrong, by file and line."""

import json
import subprocess

import pytest

from tests.flows.test_embargo import PUBLIC, Host

from ..folder import Folder
from ..test_cli import documented

GOOD = """---
title: Hello
date: 2026-05-01
---
See [the other](other.md), [about](/about/), [elsewhere](https://example.org/x) and [here](#part).
"""
PLAIN = "---\ntitle: {}\ndate: 2026-05-02\n---\nWords.\n"


@pytest.fixture
def sound(folder: Folder) -> Folder:
    """A folder in which nothing is wrong."""
    folder.write("posts/hello.md", GOOD)
    folder.write("posts/other.md", PLAIN.format("Other"))
    folder.write("pages/about.md", "---\ntitle: About\n---\nUs.\n")
    folder.write("static/logo.txt", "logo")
    return folder


def wrong(folder: Folder) -> list[str]:
    """What is said, a mistake a line."""
    code, output = folder.call("check", "--offline")
    *lines, summary = output.splitlines()
    assert code == bool(lines)
    assert summary.startswith(str(len(lines)) if lines else "Nothing is wrong")
    return lines


def test_where_nothing_is_wrong_it_says_so(sound: Folder) -> None:
    assert sound.call("check", "--offline") == (0, "Nothing is wrong in 3 texts.\n")


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("posts/a.md", "---\ntitle: A\ndate: soon\n---\n", "posts/a.md:3: `date` is not a date"),
        ("posts/a.md", "---\ntitle: A\nchannels: [nobody]\n---\n", "posts/a.md:3: no account"),
        ("posts/a.md", PLAIN.format("A").replace("Words", "\n[x](gone.md)"), "posts/a.md:6: the l"),
        ("posts/a.md", PLAIN.format("A").replace("Words", "[x](/gone/)"), "posts/a.md:5: the link"),
        ("posts/a.md", PLAIN.format("A\nimage: no.png"), "posts/a.md: there is no image posts/no"),
        ("posts/a.md", PLAIN.format("A\naliases: /other/"), "posts/a.md: the old path `/other`"),
        ("posts/a.de.md", PLAIN.format("A\nslug: about"), "posts/a.de.md: its address 'about' is"),
        ("static/other/index.html", "x", "static/other/index.html: the site has a page of its own"),
        ("static/tags/x.html", "x", "static/tags/x.html: it is not on the site"),
    ],
)
def test_each_mistake_is_told_where_it_is(sound: Folder, path: str, text: str, said: str) -> None:
    sound.write(path, text)
    assert any(line.startswith(said) for line in wrong(sound)), wrong(sound)


def test_a_translation_of_nothing_and_an_id_of_two_are_told(sound: Folder) -> None:
    sound.change("  author: Ada Moreau\n", "  author: Ada Moreau\n  languages: {de: {}}\n")
    sound.write("posts/hello.de.md", PLAIN.format("Hallo\nid: x"))
    sound.write("posts/nothing.de.md", PLAIN.format("Nichts\nid: x"))
    assert [line.partition(" (expected")[0] for line in wrong(sound)] == [
        "posts/hello.de.md: its id `x` is also that of another post",
        "posts/nothing.de.md: its id `x` is also that of another post",
        "posts/nothing.de.md: there is no posts/nothing.md that it translates",
    ]


def test_a_wrong_configuration_is_told(sound: Folder) -> None:
    sound.change("  title: Lanternworks\n", "  title: Lanternworks\n  colour: red\n")
    (line,) = wrong(sound)
    assert line.startswith("config.yaml:3: ")


def test_a_program_gets_json(sound: Folder) -> None:
    sound.write("posts/a.md", "---\ntitle: A\ndate: soon\n---\n")
    code, output = sound.call("check", "--offline", "--json")
    (row,) = json.loads(output)
    assert code == 1
    assert (row["path"], row["line"]) == ("posts/a.md", 3)
    assert list(row) == documented("check")


def test_an_embargo_in_a_public_repository_is_told_unless_nobody_is_asked(sound: Folder) -> None:
    host = Host()
    try:
        host.answers["/blog"] = PUBLIC
        for arguments in (["init", "-q"], ["remote", "add", "origin", f"{host.url}/blog"]):
            subprocess.run(["git", "-C", str(sound.root), *arguments], check=True)
        at = host.url.removeprefix("http://")
        sound.append("config.yaml", f"network:\n  allow: ['{at}']\n")
        assert sound.call("check")[0] == 0
        assert host.asked == []
        sound.write("posts/secret.md", PLAIN.format("Secret\nembargo: 2099-01-01\ndraft: true"))
        code, output = sound.call("check")
        assert code == 1
        assert output.startswith("posts/secret.md:3: it is under embargo, and everybody can read")
        assert sound.call("check", "--offline")[0] == 0
    finally:
        host.close()
