"""The texts of a Jekyll site, with Liquid written out."""

import posixpath

from outreach.model.errors import Mistake
from outreach.site.sources import _liquid
from outreach.site.sources._files import MARKDOWN
from outreach.site.sources._front import line, table
from outreach.site.sources._jekyll_settings import Settings
from outreach.site.sources._moved import Moved, Pages


class Bodies:
    """Writes out the Liquid of one page after the other; it knows all pages by their files."""

    def __init__(self, pages: Pages, settings: Settings) -> None:
        self._pages = pages
        self._keys = pages.by_key()
        self._base = pages.base or settings.base
        self._host = pages.url.removesuffix(self._base)
        self._title = line(settings.said.get("title"))
        self._posts: dict[str, Moved] = {}
        for moved in pages.moved:
            folder, posts, name = moved.key.rpartition("_posts/")
            if posts:
                stem = name.rpartition(".")[0]
                self._posts |= {stem: moved, posixpath.basename(stem): moved, folder + stem: moved}

    def __call__(self, moved: Moved, mistakes: list[Mistake]) -> str:
        """The page's text; what cannot be written out is told, and stays."""
        page = moved.page

        def report(what: str, at: int) -> None:
            told = f"the Liquid `{what}` is not known here; it stays as it is written"
            mistakes.append(page.mistake(told, "Markdown in its place", line=at))

        around = _liquid.Around(
            post=self._post,
            link=self._link,
            report=report,
            values={
                "site.url": self._host,
                "site.baseurl": self._base,
                "site.title": self._title,
                "page.title": line(table(page.values).get("title")),
                "page.url": f"/{moved.path}",
            },
        )
        body = _liquid.convert(page.body, around)
        if page.path.suffix.lower() in MARKDOWN:
            return body
        return self._markdown(moved, body, mistakes)

    def _markdown(self, moved: Moved, html: str, mistakes: list[Mistake]) -> str:
        from outreach.site.sources._markdown import markdown

        try:
            return markdown(html).body
        except ValueError as error:
            mistakes.append(moved.page.mistake(f"its HTML cannot be read: {error}"))
            return html

    def _post(self, asked: str) -> str:
        moved = self._posts.get(asked.strip("\"'").strip("/"))
        return self._pages.address(moved) if moved else ""

    def _link(self, asked: str) -> str:
        name = asked.strip("\"'").strip("/")
        if name in self._keys:
            return self._pages.address(self._keys[name])
        return f"{self._base}/{name}" if name in self._pages.static else ""
