"""What the pages of a build have in common, and lists of posts on them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from outreach.site import theme, views
from outreach.site.feeds import Feed
from outreach.site.files import File, file
from outreach.site.neighbours import Link, link
from outreach.site.views import Entry, Site

Context = Mapping[str, object]
Menu = tuple[tuple[int, str, str], ...]
"""The plain pages of the navigation: place, title, address."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What every page has around it. `folder` is where the home of its language lies from the
    site's root, "" or with a slash at its end; `site` says what the site is called there.
    `editions` are the site's languages: code, what it calls itself, and the address of its home."""

    site: Site
    menu: Menu
    folder: str = ""
    editions: tuple[tuple[str, str, str], ...] = ()

    @cached_property
    def skin(self) -> str:
        """What every page depends on."""
        return views.digest((self.site.digest, theme.version(self.site.theme), self.menu))

    @property
    def feed(self) -> Feed:
        """The feed of all posts."""
        return Feed(
            folder=self.folder,
            title=self.site.title,
            description=self.site.description,
            home=f"{self.site.url}/{self.folder}",
            language=self.site.language,
        )

    def page(self, path: str, template: str, by: object, show: Callable[[], Context]) -> File:
        """A page that depends on `by`, and shows what `show` gives when it is written."""

        def write() -> bytes:
            home = f"{self.site.base}/{self.folder}"
            around = {"menu": self.menu, "home": home, "editions": self.editions}
            return theme.page(template, self.site, **around, **show()).encode("utf-8", "replace")

        return file(path, (template, self.skin, self.folder, by), write)


def lines(entries: Sequence[Entry]) -> str:
    """What a list of these titles depends on."""
    return " ".join(entry.line for entry in entries)


def years(entries: Sequence[Entry]) -> tuple[tuple[int, tuple[Link, ...]], ...]:
    """Posts, ordered newest first, as links by their year."""
    groups = groupby(entries, key=lambda entry: entry.published.year)
    return tuple((year, tuple(map(link, group))) for year, group in groups)


def menu(plain: Sequence[Entry]) -> Menu:
    """The navigation, of the plain pages that have a place in it."""
    return tuple(sorted((it.menu, it.title, it.href) for it in plain if it.menu is not None))
