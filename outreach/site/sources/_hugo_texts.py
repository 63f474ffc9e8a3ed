"""Which files of a Hugo site are pages, which lie beside them, and which are copied as they are."""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from outreach.site.sources._files import MARKDOWN, walk
from outreach.site.sources._hugo_settings import Settings

_OTHER_TEXTS = frozenset([".adoc", ".htm", ".html", ".org", ".pdc", ".rst"])


@dataclass(frozen=True, kw_only=True)
class Text:
    """One page's file. `inside` is its path in its language's content, without the language."""

    path: Path
    language: str
    inside: str
    name: str
    is_bundle: bool

    @property
    def sections(self) -> tuple[str, ...]:
        """The folders that it lies in; not its bundle's own."""
        folder = posixpath.dirname(self.inside)
        own = posixpath.dirname(folder) if self.is_bundle else folder
        return tuple(filter(None, own.split("/")))


def texts(settings: Settings) -> Iterator[Text]:
    """Every page's file by its language. What lies in a bundle is no page, nor is a section."""
    bundles = _bundles(settings)
    for language, file, inside in _found(settings):
        stem, dot, code = file.stem.rpartition(".")
        is_named = bool(dot) and code.lower() in settings.languages
        name = stem if is_named else file.stem
        is_bundle = name == "index" and inside.parent != Path()
        above = file.parent.parents if is_bundle else (file.parent, *file.parent.parents)
        if name != "_index" and not bundles.intersection(above):
            yield Text(
                path=file,
                language=code.lower() if is_named else language,
                inside=inside.with_name(f"{name}.md").as_posix(),
                name=inside.parent.name if is_bundle else name,
                is_bundle=is_bundle,
            )


def _found(settings: Settings) -> Iterator[tuple[str, Path, Path]]:
    """Every Markdown file, the language of its folder, and its path in that."""
    for language, root, file in _content(settings):
        if file.suffix.lower() in MARKDOWN:
            yield language, file, file.relative_to(root)


def _content(settings: Settings) -> Iterator[tuple[str, Path, Path]]:
    """Every file of the content that was asked for, with its language's root."""
    default, *_ = settings.languages
    own = {root: code for code, root in settings.languages.items() if root}
    for root in dict.fromkeys([settings.place, *own]):
        if root != settings.place and root.is_relative_to(settings.place):
            continue
        for file in walk(root):
            home = next((it for it in own if file.is_relative_to(it)), None)
            inside = home or (settings.content if root == settings.place else root)
            yield own[home] if home else default, inside, file


def _bundles(settings: Settings) -> set[Path]:
    """The folders that are a page of their own."""
    return {
        file.parent
        for _, file, inside in _found(settings)
        if file.stem.partition(".")[0] == "index" and inside.parent != Path()
    }


def beside(text: Text) -> Iterator[tuple[str, Path]]:
    """A bundle's files, by their path from it."""
    folder = text.path.parent
    for file in walk(folder):
        if file.suffix.lower() not in MARKDOWN:
            yield file.relative_to(folder).as_posix(), file


def static(settings: Settings) -> Iterator[tuple[str, Path]]:
    """static/, and what lies in sections beside their pages, by its path on the site."""
    for folder in settings.statics:
        for file in walk(folder):
            yield file.relative_to(folder).as_posix(), file
    bundles = _bundles(settings)
    for _, root, file in _content(settings):
        is_text = file.suffix.lower() in MARKDOWN | _OTHER_TEXTS
        if not is_text and not bundles.intersection(file.parents) and not settings.is_bare:
            yield file.relative_to(root).as_posix(), file


def lists(settings: Settings) -> Iterator[Path]:
    """The files of lists: of the home page, and of each section."""
    for _, file, _ in _found(settings):
        if file.stem.partition(".")[0] == "_index":
            yield file


def left(settings: Settings) -> Iterator[Path]:
    """Texts in a language of which we know nothing."""
    for _, _, file in _content(settings):
        if file.suffix.lower() in _OTHER_TEXTS:
            yield file
