"""A leader's folder as another tool's site, its pages at the same addresses."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from outreach.model.errors import Mistake, Mistakes
from outreach.model.post import Post
from outreach.site import exports, frontmatter
from outreach.site.exports import Content, Leaving
from outreach.site.folder import scan_all, static_of
from outreach.site.posts import read_post
from outreach.site.views import Site


@dataclass(frozen=True, kw_only=True)
class Exported:
    """The other tool's files by their path, and what stays here and why."""

    files: dict[str, Content]
    mistakes: tuple[Mistake, ...]


def export(root: Path, site: Site, kind: str, now: datetime) -> Exported:
    """Every page of the folder for that tool. Raises Refused for a kind that there is not.

    What may not be seen yet stays here, and so does what has no page.
    """
    names, mistakes = scan_all(root)
    static, wrong = static_of(root)
    mistakes += wrong
    leaving: list[Leaving] = []
    files: dict[str, Content] = {}
    for name in names:
        found = _read(root, name, site, mistakes)
        if found is None:
            continue
        if what := _stays(found.post, now):
            mistakes.append(Mistake(path=name, line=0, what=what))
            continue
        body, used = exports.body(found, root, site)
        files |= used
        leaving.append(replace(found, post=replace(found.post, body=body)))
    inside = "static/" if kind == "hugo" else ""
    files = {f"{inside}{name}": file for name, file in {**files, **static}.items()}
    return Exported(files={**exports.write(kind, leaving, site), **files}, mistakes=tuple(mistakes))


def _read(root: Path, name: str, site: Site, mistakes: list[Mistake]) -> Leaving | None:
    try:
        text = (root / name).read_text("utf-8-sig")
        post = read_post(
            text,
            path=name,
            site_url=site.url,
            author=site.author,
            language=site.language,
            languages=[it.code for it in site.languages],
            voices=None,
            first_seen=None,
        )
        front = frontmatter.parse(text, path=name).values
    except Mistakes as error:
        mistakes += error.mistakes
        return None
    except (UnicodeDecodeError, OSError) as error:
        mistakes.append(Mistake(path=name, line=0, what=f"cannot be read: {error}"))
        return None
    found = Leaving(post=post, front=front)
    return replace(found, beside=dict(_beside(root / name))) if found.is_bundle else found


def _beside(file: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(file.parent.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.suffix.lower() != ".md":
            yield path.relative_to(file.parent).as_posix(), path


def _stays(post: Post, now: datetime) -> str:
    if not post.url:
        return "it has no page, and stays here"
    if post.embargo is not None and post.embargo > now:
        return f"its embargo lasts until {post.embargo:%Y-%m-%d %H:%M} UTC; it stays here"
    return "it is withdrawn, and stays here" if post.withdrawn else ""
