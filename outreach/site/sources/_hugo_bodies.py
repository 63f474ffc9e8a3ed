"""The texts of a Hugo site's pages, with what only Hugo knows written out."""

import posixpath

from outreach.model.errors import Mistake
from outreach.site.sources import _shortcodes
from outreach.site.sources._front import table
from outreach.site.sources._moved import Moved, Pages


class Bodies:
    """Writes out the shortcodes of one page after the other; it knows all pages by their names."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._names: dict[str, list[Moved]] = {}
        for moved in pages.moved:
            for name in {_bare(moved.key), posixpath.basename(_bare(moved.key))}:
                self._names.setdefault(name, []).append(moved)

    def __call__(self, moved: Moved, mistakes: list[Mistake]) -> str:
        """The page's text; what is not known is told."""

        def report(name: str, at: int) -> None:
            what = f"the shortcode {name} is not known here; it stays, and shows nothing"
            mistakes.append(moved.page.mistake(what, "Markdown in its place", line=at))

        values = table(moved.page.values)
        around = _shortcodes.Around(
            address=lambda asked: self._address(moved, asked),
            report=report,
            params={**values, **table(values.get("params"))},
        )
        return _shortcodes.convert(moved.page.body, around)

    def _address(self, moved: Moved, asked: str) -> str:
        """As Hugo finds a page: from here, from the root, else by a name that only one has."""
        path, mark, fragment = asked.partition("#")
        if not path:
            return asked
        here = posixpath.normpath(posixpath.join("/", moved.folder, path)).lstrip("/")
        for name in (here, path.strip("/")):
            found = self._names.get(_bare(name), [])
            language = moved.front.get("language")
            same = [it for it in found if it.front.get("language") == language]
            if same or len(found) == 1:
                return self._pages.address((same or found)[0]) + mark + fragment
        return ""


def _bare(key: str) -> str:
    return key.removesuffix(".md").removesuffix("/index").strip("/").lower()
