"""Where a file's page goes, where it was before, and which language its name says."""

import re
from collections.abc import Collection
from typing import NamedTuple
from urllib.parse import unquote

from outreach.model.post import is_address
from outreach.site import fields, slugs

_DATED_NAME = re.compile(r"(\d{4}-)?(0[1-9]|1[0-2])-?([0-2]\d|3[01])-")


class Place(NamedTuple):
    """Where a file lies: its folder of the leader's, its path below that without suffix and
    language, and the language that it translates into ("" for an original)."""

    folder: str
    name: str
    language: str

    @property
    def below(self) -> str:
        """Below which folder of the site its page is; "" for the root."""
        language = f"{self.language}/" if self.language else ""
        return language + ("" if self.folder in ("posts", "pages") else f"{self.folder}/")

    @property
    def original(self) -> str:
        """What a post and its translations have in common."""
        return f"{self.folder}/{self.name}"


def place(path: str, language: str, languages: Collection[str]) -> Place:
    """Where the file at `path` lies: `posts/hello.de.md` is `hello` in German.

    Only a language of the site counts: its own `language`, or one of the other `languages`.
    """
    if is_address(path):
        return Place("posts", path, "")
    folder, _, file = path.partition("/")
    name = file.removesuffix(".md")
    stem, _, code = name.rpartition(".")
    codes = {it.casefold(): it for it in languages} | {language.casefold(): ""}
    if stem and not stem.endswith("/") and code.casefold() in codes:
        return Place(folder, _without_index(stem), codes[code.casefold()])
    return Place(folder, _without_index(name), "")


def _without_index(name: str) -> str:
    return f"/{name}".removesuffix("/index")[1:]


def slug(head: fields.Fields, place: Place, languages: Collection[str]) -> str:
    """Where the page goes: as the file lies, unless `path` or `slug` says otherwise.

    `slug` leaves the date before a file's name: `0906-roundup.md` is not `1015-roundup.md`.
    """
    key = "path" if "path" in head else "slug"
    found = head.raw("path").removesuffix("/")
    if not found:
        folder, _, name = f"/{place.name}".rpartition("/")
        if own := head.raw("slug"):
            dated = _DATED_NAME.match(name)
            name = (dated[0] if dated and "/" not in own else "") + own
        found = place.below + f"{folder}/{name}"[1:]
    if what := slugs.fault(found) or _language_fault(found, languages):
        head.fault(key, f"`{found}` cannot be a page: {what}", "`slug: a-short-name`")
    return found


def _language_fault(slug: str, languages: Collection[str]) -> str | None:
    """What makes a slug unfit as a page below a language's own home."""
    first, _, rest = slug.partition("/")
    if first not in languages:
        return None
    return slugs.fault(rest) if rest else f"`{first}` is the home of a language"


def aliases(head: fields.Fields, site_url: str, slug: str) -> tuple[str, ...]:
    """Old addresses from the site's root, without slashes around them.

    Hugo's and Zola's `aliases`, and Jekyll's `redirect_from`.
    """
    found = []
    for key in ("aliases", "redirect_from"):
        for written in head.texts(key):
            path = unquote(written).removeprefix(f"{site_url}/")
            path = path.removesuffix("/index.html").strip("/")
            what = "it is on another site" if is_address(path) else slugs.fault(path)
            if "?" in written or "#" in written:
                what = "only a path can lead on, without `?` and `#`"
            if what:
                head.fault(key, f"`{written}` cannot lead here: {what}", "a path, as `/old/path/`")
            elif path != slug:
                found.append(path)
    return tuple(dict.fromkeys(found))
