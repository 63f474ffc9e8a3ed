"""The clothes of the site: our templates, and a folder of the leader's that changes some."""

import hashlib
import os
import re
import traceback
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from outreach.model.errors import Mistake, Mistakes
from outreach.site.files import File, file
from outreach.site.views import Site

if TYPE_CHECKING:
    import jinja2

TEMPLATES = Path(__file__).parent / "templates"
"""The default theme."""

STARTER = Path(__file__).parent / "starter"
"""What a theme of the leader's begins with."""

ASSETS = ("style.css", "search.js", "icon.svg")
"""What is served beside the pages; a theme may have its own under these names."""

_NOWHERE = "site.theme: there is no folder {}; to start one: outreach theme copy"


def page(template: str, site: Site, **context: object) -> str:
    """One page in the clothes of the site.

    Raises Mistakes, with file and line, where a template of the leader's cannot be shown.
    """
    from outreach.site import locales

    try:
        seen = version(site.theme)
        found = _environment(site.theme, seen).get_template(template)
        context = {"home": f"{site.base}/", "alternates": (), "editions": (), **context}
        context["say"] = locales.locale(site.language, site.theme).say
        return found.render(site=site, version=seen[:8], **context)
    except Exception as error:
        mistake = _mistake(error, site.theme)
        if mistake is None:
            raise
        raise Mistakes((mistake,)) from error


def answer(template: str, site: Site, **context: object) -> str:
    """A page for a reader who waits: in our own clothes where the leader's have a fault, which the
    next build reports."""
    try:
        return page(template, site, **context)
    except Mistakes:
        return page(template, replace(site, theme=""), **context)


def blocks(text: str) -> list[str]:
    """The blocks of a template, which one that extends it can fill anew."""
    return re.findall(r"{% block (\w+) %}", text)


def assets(site: Site) -> Iterator[File]:
    """The files of the theme that are served as they are: those of ASSETS and its `assets/`."""
    skin = version(site.theme)
    for name in ASSETS:
        own = Path(site.theme, name)
        source = own if site.theme and own.is_file() else TEMPLATES / name
        yield file(name, skin, source.read_bytes)
    for path in _files(Path(site.theme, "assets")) if site.theme else ():
        yield file(path.relative_to(site.theme).as_posix(), skin, path.read_bytes)


def version(theme: str) -> str:
    """A hash of all that is in our theme and in the leader's, as `look` last saw them."""
    return _versions[theme][1] if theme in _versions else look(theme)


def look(theme: str) -> str:
    """The version, seen anew: a file is read again only where its size or time has changed.

    Raises Mistakes where there is no such folder.
    """
    folders = (TEMPLATES, Path(theme)) if theme else (TEMPLATES,)
    if not folders[-1].is_dir():
        raise Mistakes((Mistake(path="config.yaml", line=0, what=_NOWHERE.format(theme)),))
    stamps = tuple(
        (path, path.relative_to(folder).as_posix(), found.st_size, found.st_mtime_ns)
        for folder in folders
        for path in _files(folder)
        for found in (path.stat(),)
    )
    known = _versions.get(theme)
    if known is None or known[0] != stamps:
        digest = hashlib.sha256()
        for path, name, size, _ in stamps:
            digest.update(f"{name} {size}\n".encode("utf-8", "replace") + path.read_bytes())
        known = _versions[theme] = (stamps, digest.hexdigest()[:16])
    return known[1]


Stamp = tuple[Path, str, int, int]
_versions: dict[str, tuple[tuple[Stamp, ...], str]] = {}


def _files(folder: Path) -> list[Path]:
    """The files below a folder, but none that is hidden or leads out of it."""
    root = folder.resolve()
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and path.resolve().is_relative_to(root)
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def ready(theme: str) -> None:
    """Load what pages are made with; another thread may do that while something is waited for."""
    with suppress(Mistakes):  # who builds says so
        _environment(theme, look(theme))


@lru_cache(maxsize=4)
def _environment(theme: str, version: str) -> "jinja2.Environment":
    """Compiles each template once for a version.

    A theme may come from others, so its templates reach no further than what they are given.
    """
    from email.utils import format_datetime

    import jinja2
    from jinja2.sandbox import SandboxedEnvironment

    from outreach.site import bodies, locales, reading, structured, views

    ours = jinja2.FileSystemLoader(TEMPLATES)
    default = jinja2.PrefixLoader({"default": ours})
    own = [jinja2.FileSystemLoader(theme)] if theme else []
    make = SandboxedEnvironment if theme else jinja2.Environment
    environment = make(
        loader=jinja2.ChoiceLoader([*own, ours, default]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        bytecode_cache=_compiled(theme),
    )
    environment.filters |= {
        "author_href": lambda name, site: views.author_href(site, name),
        "blog_posting": structured.blog_posting,
        "accessible": reading.accessible,
        "contents": reading.contents,
        "day": locales.day,
        "minutes": reading.minutes,
        "photo": bodies.photo,
        "place": place,
        "rfc3339": datetime.isoformat,
        "rfc822": format_datetime,
    }
    return environment


def _compiled(theme: str) -> "jinja2.BytecodeCache | None":
    """Compiled templates beside our own compiled code. A theme's are others, for the sandbox."""
    from jinja2 import FileSystemBytecodeCache

    folder = Path(__file__).with_name("__pycache__")
    if not os.access(folder, os.W_OK):
        return None
    return FileSystemBytecodeCache(str(folder), f"{'theme' if theme else 'ours'}-%s.jinja")


def place(url: str) -> str:
    """An address as a person says it: without scheme, `www.` and the slash at its end."""
    parts = urlsplit(url)
    return f"{parts.netloc.removeprefix('www.')}{parts.path}".rstrip("/")


def _mistake(error: Exception, theme: str) -> Mistake | None:
    """What is wrong in a file of the theme; None where the fault is not there."""
    if not theme:
        return None
    what = f"the template cannot be shown: {type(error).__name__}: {error}"
    for path, line in reversed(_places(error)):
        if path.is_relative_to(theme):
            shown = Path(theme).name / path.relative_to(theme)
            return Mistake(path=shown.as_posix(), line=line, what=what)
    return None


def _places(error: Exception) -> list[tuple[Path, int]]:
    """Where an error went through, innermost last. Jinja puts its templates into the traceback."""
    import jinja2

    frames = traceback.extract_tb(error.__traceback__)
    found = [(Path(frame.filename), frame.lineno or 0) for frame in frames]
    if isinstance(error, jinja2.TemplateSyntaxError) and error.filename:
        found.append((Path(error.filename), error.lineno))
    return found
