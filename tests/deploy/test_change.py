"""What has to be carried, in which order, and what is known after a kill."""

from collections.abc import Mapping
from pathlib import Path

from outreach.deploy import Change
from outreach.deploy._record import Record
from outreach.deploy._target import difference

from .trees import built


def test_only_what_differs_is_carried() -> None:
    before = {"index.html": "1", "a/index.html": "1", "b/index.html": "1"}
    wanted = {"index.html": "2", "a/index.html": "1", "c/index.html": "1"}
    assert difference(before, wanted) == Change(
        first=("c/index.html",), then=("index.html",), gone=("b/index.html",)
    )
    assert not difference(wanted, wanted)


def test_nothing_links_to_what_is_not_there_yet() -> None:
    wanted = dict.fromkeys(
        ["atom.xml", "feed.json", "index.html", "2026/new/index.html", "media/a.png", "style.css"],
        "2",
    )
    change = difference({"index.html": "1", "atom.xml": "1"}, wanted)
    assert change.first == ("media/a.png", "style.css", "2026/new/index.html")
    assert change.then == ("index.html", "atom.xml", "feed.json")


def test_what_only_our_server_understands_stays_here() -> None:
    assert not difference({}, {".gone": "1"})


def test_after_a_kill_all_that_was_begun_is_carried_again(tmp_path: Path) -> None:
    first = built(tmp_path / "one", {"a": b"1", "b": b"1"})
    record = carried(tmp_path, *first)
    Record(record, "there").begin(*built(tmp_path / "two", {"a": b"2", "c": b"2"}))
    back = Record(record, "there").begin(*first)
    assert (back.first, back.then, back.gone) == ((), ("a", "b"), ("c",))


def carried(folder: Path, tree: Path, keys: Mapping[str, str]) -> Path:
    """A record of a place that has this tree."""
    known = Record(folder / "r", "there")
    known.begin(tree, keys)
    known.end(keys, tree, keys)
    return folder / "r"


def test_what_was_carried_before_a_failure_is_not_carried_again(tmp_path: Path) -> None:
    tree, keys = built(tmp_path / "one", {"a": b"1", "b": b"1"})
    record = Record(tmp_path / "r", "there")
    record.begin(tree, keys)
    record.end(["a"], tree, keys)
    assert Record(tmp_path / "r", "there").begin(tree, keys).then == ("b",)


def test_a_page_that_was_made_anew_with_the_same_bytes_stays(tmp_path: Path) -> None:
    tree, keys = built(tmp_path / "one", {"a": b"1", "b": b"1"})
    record = carried(tmp_path, tree, keys)
    release = {path: f"{key} by new code" for path, key in keys.items()}
    assert not Record(record, "there").begin(tree, release)
    (tree / "b").write_bytes(b"2")
    assert Record(record, "there").begin(tree, {**release, "b": "2"}) == Change(then=("b",))


def test_another_place_has_nothing_yet(tmp_path: Path) -> None:
    tree, keys = built(tmp_path / "one", {"a": b"1"})
    record = carried(tmp_path, tree, keys)
    assert not Record(record, "there").begin(tree, keys)
    assert Record(record, "elsewhere").begin(tree, keys) == Change(first=("a",))


def test_a_record_that_cannot_be_read_knows_nothing(tmp_path: Path) -> None:
    (tmp_path / "r").write_text("{")
    tree, keys = built(tmp_path / "one", {"a": b"1"})
    assert Record(tmp_path / "r", "there").begin(tree, keys) == Change(first=("a",))
