"""A blog of another tool into a leader's folder: nothing that is there is written over."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from outreach.flows.place import Placed, place
from outreach.model.errors import Mistake, Mistakes, Refused
from outreach.rules.news import NEWS
from outreach.site.exports import Content
from outreach.site.folder import FOLDERS, STATIC
from outreach.site.posts import read_post
from outreach.site.sources import Blog, Document
from outreach.site.written import block, write

ELSEWHERE = "https://site.example"
"""Where pages are taken to be while the blog's own address is not known."""


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What came, and what a person should look at."""

    placed: Placed
    mistakes: tuple[Mistake, ...]


def bring(
    blog: Blog, folder: Path, now: datetime, *, since: datetime | None = None, dry_run: bool = False
) -> Brought:
    """Write the blog's files into the folder, or with `dry_run` only say which.

    `since` is when the folder's first account appeared, None for a folder that never ran: what
    would be news there was announced long ago, and is for no account. Raises Refused for a path
    outside of what a leader's folder has, and OSError.
    """
    until = (since or now) - NEWS
    heads = {it.file: {**it.front, **_quiet(it, until, now)} for it in blog.documents}
    texts = {it.file: write(heads[it.file], it.body) for it in blog.documents}
    files = dict(_files(blog, texts))
    for name in files:
        if name.partition("/")[0] not in (*FOLDERS, STATIC):
            raise Refused(f"{name!r} has no place in {folder}; nothing is written")
    mistakes = (*blog.mistakes, *_clashes(blog), *_faults(blog, texts))
    return Brought(placed=place(files, folder, dry_run=dry_run), mistakes=mistakes)


def _quiet(document: Document, until: datetime, now: datetime) -> dict[str, object]:
    """`channels: []` for a post that is out already and would be taken for new."""
    at = document.published
    is_out = at is not None and until < at <= now and "channels" not in document.front
    return {"channels": ()} if is_out and not document.file.startswith("pages/") else {}


def settings(blog: Blog, known: Mapping[str, object]) -> str:
    """The lines for `site:` in config.yaml that say what is not `known` there yet."""
    news: dict[str, object] = {}
    for key, value in blog.site.items():
        before = known.get(key)
        if isinstance(value, Mapping) and isinstance(before, Mapping):
            value = {name: it for name, it in value.items() if name not in before}
        elif before is not None:
            continue
        if value:
            news[key] = value
    return "\n".join(["site:", *block(news, "  ")]) + "\n" if news else ""


def _files(blog: Blog, texts: Mapping[str, str]) -> Iterator[tuple[str, Content]]:
    """Everything that comes along, by its path from the folder's root."""
    for document in blog.documents:
        yield document.file, texts[document.file].encode("utf-8", "replace")
        yield from document.files.items()
    for name, content in blog.static.items():
        yield f"{STATIC}/{name}", content


def _clashes(blog: Blog) -> Iterator[Mistake]:
    """Two pages at one address: neither would be shown."""
    first: dict[str, Document] = {}
    for document in blog.documents:
        other = first.setdefault(str(document.front.get("path", document.file)), document)
        if other is not document:
            what = f"its address is also that of {other.source}"
            expected = "an address of its own; until then neither is shown"
            yield Mistake(path=document.source, line=0, what=what, expected=expected)


def _faults(blog: Blog, texts: Mapping[str, str]) -> Iterator[Mistake]:
    """What is wrong in the files as they will be read here, said of where they come from."""
    languages = blog.site.get("languages")
    for document in blog.documents:
        try:
            read_post(
                texts[document.file],
                path=document.file,
                site_url=str(blog.site.get("url") or ELSEWHERE),
                author="",
                language=str(blog.site.get("language") or "en"),
                languages=tuple(languages) if isinstance(languages, Mapping) else (),
                voices=None,
                first_seen=None,
            )
        except Mistakes as error:
            for mistake in error.mistakes:
                yield replace(mistake, path=document.source, line=0)
