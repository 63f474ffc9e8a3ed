import subprocess
from pathlib import Path
from typing import Any

import pytest

from outreach.site import batch
from outreach.site.batch import body_key, render_many


def html_of(bodies: dict[str, str], **options: Any) -> dict[str, str | None]:
    """The HTML of each body."""
    found = render_many(bodies, **options)
    return {name: text.html if text else None for name, text in found.items()}


SLOW = "[" * 60_000
DEEP = "".join(f"{'  ' * level}- a\n" for level in range(400))


def test_bodies_are_rendered_by_their_names() -> None:
    assert html_of({"a": "*x*", "b": ""}) == {"a": "<p><em>x</em></p>", "b": ""}


def test_a_slow_body_is_cut_and_the_others_are_rendered() -> None:
    bodies = {"a": "a", "slow": SLOW, **{f"n{n}": f"{n}\n\n" * 4000 for n in range(4)}}
    html = render_many(bodies, deadline=0.5)
    assert html["slow"] is None
    assert [name for name in bodies if html[name] is None] == ["slow"]


def test_one_child_after_another_serves_a_small_batch(starts: list[object]) -> None:
    html = html_of({"slow": "[" * 39_000, "b": "b", "c": "c"}, deadline=0.2)
    assert html == {"slow": None, "b": "<p>b</p>", "c": "<p>c</p>"}
    assert len(starts) == 2


def test_a_body_that_breaks_the_renderer_does_not_break_the_others(tmp_path: Path) -> None:
    html = html_of({"deep": DEEP, "b": "b"}, cache=tmp_path, deadline=20)
    assert html == {"deep": None, "b": "<p>b</p>"}
    assert not list(tmp_path.glob("*.slow"))


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every process that was started."""
    started: list[object] = []
    start = subprocess.Popen

    def popen(*arguments: Any, **options: Any) -> Any:
        started.append(arguments)
        return start(*arguments, **options)

    monkeypatch.setattr(subprocess, "Popen", popen)
    return started


def test_a_body_is_rendered_once(tmp_path: Path, starts: list[object]) -> None:
    first = html_of({"a": "x", "b": "x"}, cache=tmp_path)
    assert first == {"a": "<p>x</p>", "b": "<p>x</p>"}
    assert html_of({"c": "x"}, cache=tmp_path) == {"c": "<p>x</p>"}
    assert len(starts) == 1


def test_a_slow_body_is_not_tried_again(tmp_path: Path, starts: list[object]) -> None:
    assert html_of({"a": SLOW}, deadline=0.3, cache=tmp_path) == {"a": None}
    before = len(starts)
    assert html_of({"a": SLOW}, deadline=0.3, cache=tmp_path) == {"a": None}
    assert len(starts) == before


def test_what_was_kept_depends_on_the_renderer(monkeypatch: pytest.MonkeyPatch) -> None:
    before = body_key("x")
    monkeypatch.setattr(batch, "renderer_version", lambda: "another")
    assert body_key("x") != before


def test_lone_surrogates_are_replaced() -> None:
    assert html_of({"a": "a\ud800b"}) == {"a": "<p>a?b</p>"}


def test_a_text_tells_about_itself(tmp_path: Path) -> None:
    links = "[x](other.md) [y](/z) [w](https://e.org) [x](other.md)"
    body = f"# Head\n\nTwo words. ![i](a%20b.png) {links}"
    text = render_many({"a": body}, cache=tmp_path)["a"]
    assert text is not None
    assert (text.opening, text.words) == ("Two words. x y w x", 7)
    assert (text.images, text.links) == (("a%20b.png",), ("other.md",))
    assert text.key == body_key(body)
    assert batch.html_of(tmp_path, text.key) == text.html
    assert render_many({"b": body}, cache=tmp_path)["b"] == text
