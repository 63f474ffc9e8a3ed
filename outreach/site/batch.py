"""Renders many bodies, each once per content, and keeps what was rendered."""

import hashlib
import json
from collections import deque
from collections.abc import Mapping
from functools import cache as once
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from outreach.site.children import Children

DEADLINE = 2.0

_HERE = Path(__file__).parent
_WORTH_A_CHILD = 40_000


class Text(NamedTuple):
    """A rendered body and what it tells about itself.

    `key` is the name that it is kept under. `opening` is the text of its first paragraph, `words`
    how many it has. `images` and `links` are the relative addresses that it names, as written.
    """

    key: str
    html: str
    opening: str
    words: int
    images: tuple[str, ...]
    links: tuple[str, ...]


@once
def renderer_version() -> str:
    """A hash of everything but the body that rendered HTML depends on."""
    from importlib.metadata import version

    digest = hashlib.sha256()
    for name in ("Markdown", "Pygments", "nh3", "pymdown-extensions"):
        digest.update(f"{name} {version(name)}\n".encode())
    for name in ("children.py", "commonmark.py", "fences.py", "render.py", "shortcodes.py"):
        digest.update((_HERE / name).read_bytes())
    return digest.hexdigest()[:16]


def body_key(body: str) -> str:
    """The name that a rendered body is kept under."""
    text = f"{renderer_version()}\n{body}".encode("utf-8", "replace")
    return hashlib.sha256(text).hexdigest()


def render_many(
    bodies: Mapping[str, str],
    *,
    deadline: float = DEADLINE,
    cache: Path | None = None,
    children: "Children | None" = None,
) -> dict[str, Text | None]:
    """The text of each body by the same name; None for what cannot be rendered.

    `deadline` is seconds of processor time for one body. `cache` is a folder of our own that
    keeps what was rendered, and which bodies were too slow. `children` are those that stay when
    this is done.
    """
    keys = {name: body_key(body) for name, body in bodies.items()}
    wanted = {keys[name]: body for name, body in bodies.items()}
    done = {key: text for key in wanted if (text := _kept(cache, key)) is not _MISSING}
    todo = {key: body for key, body in wanted.items() if key not in done}
    if todo:
        from outreach.site.children import Children

        done |= _render(todo, cache, children or Children(deadline))
    return {name: _text(done[key]) for name, key in keys.items()}


def html_of(cache: Path, key: str) -> str:
    """The HTML that is kept under this name. Raises OSError where there is none."""
    return _parsed(key, (cache / f"{key}.json").read_bytes()).html


_MISSING = object()


def _text(found: object) -> Text | None:
    return found if isinstance(found, Text) else None


def _parsed(key: str, data: bytes) -> Text:
    html, opening, words, images, links = json.loads(data)
    return Text(key, html, opening, words, tuple(images), tuple(links))


def _kept(cache: Path | None, key: str) -> object:
    if cache is None:
        return _MISSING
    try:
        return _parsed(key, (cache / f"{key}.json").read_bytes())
    except (OSError, ValueError):
        return None if (cache / f"{key}.slow").exists() else _MISSING


def _keep(cache: Path | None, key: str, found: bytes | None, *, slow: bool) -> None:
    if cache is None or (found is None and not slow):
        return
    path = cache / (f"{key}.slow" if found is None else f"{key}.json")
    partial = cache / f".{key}"
    partial.write_bytes(found or b"")
    partial.replace(path)


def _render(todo: Mapping[str, str], cache: Path | None, children: "Children") -> dict[str, object]:
    """Two children where the work is worth the start of a second one."""
    if cache is not None:
        cache.mkdir(parents=True, exist_ok=True)
    waiting = deque(todo.items())
    done: dict[str, object] = {}
    is_much = len(todo) > 1 and sum(map(len, todo.values())) > _WORTH_A_CHILD
    if not is_much:
        _drain(waiting, children, cache, done)
        return done
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as threads:
        second = threads.submit(_drain, waiting, children, cache, done)
        _drain(waiting, children, cache, done)
    second.result()
    return done


def _drain(
    waiting: "deque[tuple[str, str]]",
    children: "Children",
    cache: Path | None,
    done: dict[str, object],
) -> None:
    """Render what waits, with one child after another until one lasts."""
    while True:
        with children.one() as child:
            while not child.gone:
                try:
                    key, body = waiting.popleft()
                except IndexError:
                    return
                found = child.render(body)
                done[key] = None if found is None else _parsed(key, found)
                _keep(cache, key, found, slow=child.slow)
