"""Builds the whole site beside the one that is served, and swaps it in by one rename."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from outreach.model.errors import Mistake
from outreach.model.post import Post
from outreach.site import batch, pages, slugs, views
from outreach.site.media import served
from outreach.site.pages import File
from outreach.site.views import Site

__all__ = ["Build", "Site", "build"]


@dataclass(frozen=True, kw_only=True)
class Build:
    """What is served now. `failed` are the posts without a new page, and why."""

    pages: int
    failed: tuple[Mistake, ...]
    path: Path


@dataclass(frozen=True, kw_only=True)
class _Manifest:
    """What a build was made of: the key of each file, and the hash of each medium by its stat."""

    files: Mapping[str, str] = field(default_factory=dict)
    media: Mapping[str, Sequence[object]] = field(default_factory=dict)


def build(
    posts: Sequence[Post],
    *,
    site: Site,
    out: Path,
    cache: Path,
    syndication: Mapping[str, Sequence[tuple[str, str]]],
    media: Mapping[str, Path],
    deadline: float = 2.0,
) -> Build:
    """Make the symlink `out` show these posts. Raises OSError; `out` is then as it was.

    Of a post without a URL (a letter) only its images are there.

    `cache` keeps rendered bodies. `media` maps a path in posts/ to the file. `deadline` is
    seconds of processor time for one body; a post that needs more keeps the page it had.
    """
    site = views.clean_site(site)
    old = out.resolve() if out.is_symlink() else None
    before = _read_manifest(old)
    shown, failed = _sound(post for post in posts if post.published)
    bodies = batch.render_many(
        {post.slug: post.body for post in shown}, deadline=deadline, cache=cache
    )
    rendered = [(post, html) for post in shown if (html := bodies[post.slug]) is not None]
    hashes = _hashes(rendered, media, before)
    found = list(_files(rendered, site, syndication, media, hashes))
    for post in shown:
        if bodies[post.slug] is None and post.url:
            failed.append(_unrendered(post, deadline))
            found.extend(_kept(f"{post.slug}/index.html", old, before))
    files = {file.path: file for file in found}
    keys = {path: files[path].key for path in sorted(files)}
    path = _install(files.values(), _Manifest(files=keys, media=hashes), out, old, before)
    pages_made = sum(bool(post.url) for post, _ in rendered)
    return Build(pages=pages_made, failed=tuple(failed), path=path)


def _sound(posts: Iterable[Post]) -> tuple[list[Post], list[Mistake]]:
    """The posts newest first, and those whose slug would leave the site."""
    sound: list[Post] = []
    failed: list[Mistake] = []
    for post in sorted(posts, key=lambda post: (post.published, post.slug), reverse=True):
        if what := slugs.fault(post.slug):
            failed.append(Mistake(path=post.path, line=0, what=f"no page: {what}"))
        else:
            sound.append(post)
    return sound, failed


def _unrendered(post: Post, deadline: float) -> Mistake:
    what = f"the body cannot be rendered within {deadline:g} seconds"
    return Mistake(path=post.path, line=0, what=what, expected="simpler Markdown")


def _hashes(
    rendered: Iterable[tuple[Post, str]], media: Mapping[str, Path], before: _Manifest
) -> dict[str, Sequence[object]]:
    """Size, time and hash of each medium in use; read again only where size or time changed."""
    hashes: dict[str, Sequence[object]] = {}
    for post, html in rendered:
        used = [path for _, path in views.image_paths(html, post)]
        for path in [*used, *(image.path for image in post.media)]:
            if path not in media or path in hashes:
                continue
            with suppress(FileNotFoundError):
                hashes[path] = _hash(media[path], before.media.get(path, ()))
    return hashes


def _hash(file: Path, known: Sequence[object]) -> Sequence[object]:
    now = file.stat()
    if list(known[:2]) == [now.st_size, now.st_mtime_ns]:
        return known
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return [now.st_size, now.st_mtime_ns, digest]


def _files(
    rendered: Iterable[tuple[Post, str]],
    site: Site,
    syndication: Mapping[str, Sequence[tuple[str, str]]],
    media: Mapping[str, Path],
    hashes: Mapping[str, Sequence[object]],
) -> Iterator[File]:
    images = {}
    for path, (_, _, digest) in hashes.items():
        images[path] = served(str(digest), media[path])
        yield File(path=images[path], key=str(digest), write=media[path].read_bytes)
    entries = [
        views.entry(
            post, html, site=site, syndication=syndication.get(post.slug, ()), images=images
        )
        for post, html in rendered
        if post.url
    ]
    yield from pages.files(entries, site)


def _kept(path: str, old: Path | None, before: _Manifest) -> Iterator[File]:
    """The file as it is served now, if it is."""
    if old is not None and path in before.files:
        yield File(path=path, key=before.files[path], write=(old / path).read_bytes)


def _install(
    files: Iterable[File], manifest: _Manifest, out: Path, old: Path | None, before: _Manifest
) -> Path:
    """Make `out` point to a folder of these files, which is complete before it has its name."""
    keys = json.dumps(manifest.files).encode()
    target = out.parent.resolve() / f"{out.name}-{hashlib.sha256(keys).hexdigest()[:16]}"
    if target == old:
        return target
    if not target.exists():
        unfinished = out.parent / f".{out.name}-unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        _write(files, unfinished, old, before)
        _write_manifest(target, manifest)
        unfinished.rename(target)
    _swap(out, target)
    _remove_others(out, keep={target, old})
    return target


def _write(files: Iterable[File], folder: Path, old: Path | None, before: _Manifest) -> None:
    """Fill a new folder; what did not change is a hard link to what is served now."""
    written = []
    folder.mkdir(parents=True)
    for file in files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        if old is None or before.files.get(file.path) != file.key or not _link(old, path, file):
            path.write_bytes(file.write())
            written.append(path)
    for path in written:
        _sync(path)
    # Every folder is new: one call for all of them takes milliseconds, one each takes seconds.
    os.sync()


def _link(old: Path, path: Path, file: File) -> bool:
    try:
        os.link(old / file.path, path)
    except OSError:
        return False
    return True


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _swap(out: Path, target: Path) -> None:
    link = out.parent / f".{out.name}-link"
    link.unlink(missing_ok=True)
    link.symlink_to(target.name)
    link.replace(out)
    _sync(out.parent)


def _remove_others(out: Path, keep: set[Path | None]) -> None:
    names = {path.name for path in keep if path}
    for path in out.parent.glob(f"{out.name}-*"):
        if path.name not in names and path.is_dir():
            shutil.rmtree(path)
            _manifest_path(path).unlink(missing_ok=True)


def _manifest_path(build: Path) -> Path:
    return build.with_name(f".{build.name}.json")


def _write_manifest(build: Path, manifest: _Manifest) -> None:
    path = _manifest_path(build)
    path.write_text(json.dumps({"files": manifest.files, "media": manifest.media}))
    _sync(path)


def _read_manifest(build: Path | None) -> _Manifest:
    if build is None:
        return _Manifest()
    try:
        return _Manifest(**json.loads(_manifest_path(build).read_bytes()))
    except (OSError, ValueError):
        return _Manifest()
