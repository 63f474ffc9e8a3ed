import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from outreach.site import trees
from outreach.site.files import File
from outreach.site.trees import Trees, manifest


def file(path: str, text: str) -> File:
    return File(path=path, key=f"key of {text}", write=text.encode)


def put(out: Path, **texts: str) -> Path:
    named = {name.replace("__", "/"): text for name, text in texts.items()}
    return Trees(out).install({path: file(path, text) for path, text in named.items()})


def read(out: Path) -> dict[str, str]:
    found = (path for path in out.resolve().rglob("*") if path.is_file())
    return {path.relative_to(out.resolve()).as_posix(): path.read_text() for path in found}


def inodes(out: Path) -> dict[str, int]:
    return {path: (out / path).stat().st_ino for path in read(out)}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "site"


def test_the_link_shows_the_files(out: Path) -> None:
    tree = put(out, index="one", a__b__c="two")
    assert read(out) == {"index": "one", "a/b/c": "two"}
    assert (out.resolve(), manifest(tree)) == (
        tree,
        {"index": "key of one", "a/b/c": "key of two"},
    )


def test_each_change_turns_the_link(out: Path) -> None:
    found = [put(out, a="1"), put(out, a="2"), put(out, a="3"), put(out, a="3")]
    assert [tree.name for tree in found] == ["site-a", "site-b", "site-a", "site-a"]
    assert read(out) == {"a": "3"}


def test_what_is_served_is_left_in_peace(out: Path) -> None:
    before = put(out, a="1", b="same")
    put(out, a="2", b="same")
    assert (before / "a").read_text() == "1"


def test_unchanged_bytes_are_one_file(out: Path) -> None:
    put(out, a="1", b="same")
    first = inodes(out)
    put(out, a="2", b="same")
    second = inodes(out)
    put(out, a="3", b="same")
    third = inodes(out)
    assert first["b"] == second["b"] == third["b"]
    assert first["a"] != second["a"] != third["a"]


def test_a_file_that_changed_in_both_trees_is_written_to_neither(out: Path) -> None:
    put(out, a="1", b="x")
    put(out, a="1", b="y")
    put(out, a="2", b="y")
    assert read(out) == {"a": "2", "b": "y"}


def test_what_is_not_wanted_goes_with_its_empty_folders(out: Path) -> None:
    put(out, a__b__c="1", a__d="2", e="3")
    for _ in range(2):
        put(out, a__d="2", e="3")
        put(out, a__d="2", e="4")
    assert sorted(path.name for path in out.resolve().rglob("*")) == ["a", "d", "e"]


def test_a_folder_can_become_a_file_and_a_file_a_folder(out: Path) -> None:
    put(out, a__b="1", c="2")
    put(out, a="3", c__d="4")
    put(out, a__b="5", c="6")
    assert read(out) == {"a/b": "5", "c": "6"}
    put(out, a="7", c__d="8")
    assert read(out) == {"a": "7", "c/d": "8"}


def test_the_second_tree_is_made_ready(out: Path) -> None:
    put(out, a__b="1", c="2")
    Trees(out).settle()
    spare = out.with_name("site-b")
    assert (spare / "a/b").samefile(out / "a/b")
    assert manifest(spare) == manifest(out.resolve())
    made = (spare / "a").stat().st_ino
    put(out, a__b="1", c="3")
    assert (out / "a").stat().st_ino == made


@pytest.mark.parametrize("text", ["", "{", "[]"])
def test_an_unreadable_manifest_only_costs_time(out: Path, text: str) -> None:
    put(out, a="1", b="2")
    Trees(out).settle()
    for path in out.parent.glob(".site-*.json"):
        path.write_text(text)
    put(out, a="3")
    assert read(out) == {"a": "3"}


def test_what_an_earlier_outreach_built_goes(out: Path) -> None:
    old = out.with_name("site-0123456789abcdef")
    old.mkdir()
    (old / "a").write_text("old")
    out.symlink_to(old.name)
    old.with_name(f".{old.name}.json").write_text('{"files": {"a": "old"}, "media": {}}')
    put(out, a="new")
    assert read(out) == {"a": "new"}
    assert sorted(path.name for path in out.parent.iterdir()) == [".site-a.json", "site", "site-a"]


DYING = """
import os, signal, sys
from pathlib import Path
from outreach.site import trees
from outreach.site.files import File
count = 0
real = {real}
def dying(*arguments, **options):
    global count
    count += 1
    if count == {call}:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*arguments, **options)
{real} = dying
out = Path(sys.argv[1])
names = ["a", "new/file", "c"]
both = trees.Trees(out)
both.install({{n: File(path=n, key="k" + n, write=n.encode) for n in names}})
both.settle()
"""


@pytest.mark.parametrize("seed", ["cold", "one tree", "two trees"])
@pytest.mark.parametrize(
    ("real", "call"),
    [
        ("os.unlink", 1),
        ("os.unlink", 2),
        ("Path.write_bytes", 2),
        ("os.fsync", 1),
        ("os.fsync", 4),
        ("Path.symlink_to", 1),
        ("Path.replace", 1),
        ("Path.replace", 2),
    ],
)
def test_a_killed_build_is_never_visible_and_the_next_is_right(
    out: Path, seed: str, real: str, call: int
) -> None:
    if seed != "cold":
        put(out, a="1", b__c="2", c="c")
        put(out, a="2", b__c="2", c="c")
    if seed == "two trees":
        Trees(out).settle()
    before = read(out) if out.exists() else {}
    script = DYING.format(real=real, call=call)
    ended = subprocess.run([sys.executable, "-c", script, str(out)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert (read(out) if out.exists() else {}) == before
    script = DYING.format(real=real, call=1_000_000)
    subprocess.run([sys.executable, "-c", script, str(out)], check=True)
    assert read(out) == {"a": "a", "new/file": "new/file", "c": "c"}
    put(out, a="9")
    assert read(out) == {"a": "9"}


def test_many_files_are_synced_at_once(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: calls.append("one"))
    monkeypatch.setattr(os, "sync", lambda: calls.append("all"))
    put(out, **{f"a{number}": "x" for number in range(trees.FEW + 1)})
    assert calls.count("all") == 1
    assert len(calls) < 10


def test_one_file_is_added_to_what_is_served(out: Path) -> None:
    both = Trees(out)
    both.install({path: file(path, "1") for path in ("a", "b")})
    for text in ("2", "3"):
        both.add({"b": file("b", text), "c": file("c", text)})
        assert read(out) == {"a": "1", "b": text, "c": text}
    both.install({path: file(path, "4") for path in ("a", "b")})
    assert read(out) == {"a": "4", "b": "4"}


def test_what_is_remembered_is_what_is_there(out: Path) -> None:
    both = Trees(out)
    for text in "12345":
        both.install({path: file(path, text) for path in ("a", f"only{text}")})
        assert read(out) == {"a": text, f"only{text}": text}
        assert manifest(out.resolve()) == {"a": f"key of {text}", f"only{text}": f"key of {text}"}


def test_a_file_that_somebody_removed_is_written_again(out: Path) -> None:
    put(out, a="1", b="2")
    (out / "b").unlink()
    put(out, a="3", b="2")
    assert read(out) == {"a": "3", "b": "2"}


def test_a_tree_that_is_far_behind_is_brought_up(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trees, "FEW", 1)
    both = Trees(out)
    for text in ("1", "2"):
        both.install({path: file(path, text) for path in ("a", "b", "c")})
    both.settle()
    assert (out.with_name("site-a") / "c").read_text() == "2"
    assert (out.with_name("site-b") / "c").samefile(out.with_name("site-a") / "c")
    assert out.resolve().name == "site-b"


def test_a_tree_that_is_a_little_behind_is_left(out: Path) -> None:
    both = Trees(out)
    for text in ("1", "2"):
        both.install({path: file(path, text) for path in ("a", "b", "c")})
        both.settle()
    assert (out.with_name("site-a") / "c").read_text() == "1"


def test_nothing_is_added_to_what_is_not_known(out: Path) -> None:
    put(out, a="1", b="2")
    for path in out.parent.glob(".site-*.json"):
        path.unlink()
    Trees(out).add({"c": file("c", "3")})
    assert read(out) == {"a": "1", "b": "2"}
