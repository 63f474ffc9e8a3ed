"""Hugo: content/ with each page's `url`, and hugo.yaml. It needs a theme to build anything."""

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import replace

from outreach.model.post import Media, is_address
from outreach.site.exports import Content, Leaving, address, dated
from outreach.site.views import Site
from outreach.site.written import block
from outreach.site.written import write as written

_OURS = frozenset(
    ["aliases", "author", "authors", "date", "description", "draft", "image", "lastmod", "menu",
     "path", "redirect_from", "slug", "summary", "tags", "title", "updated"]
)  # fmt: skip


def write(posts: Sequence[Leaving], site: Site) -> dict[str, Content]:
    """Every page at its address, with what lies beside it."""
    files: dict[str, Content] = {"hugo.yaml": "\n".join([*block(_settings(site)), ""]).encode()}
    for leaving in posts:
        name = f"content/{leaving.post.path}"
        files[name] = written(_head(leaving), leaving.post.body).encode("utf-8", "replace")
        folder = posixpath.dirname(name)
        files |= {f"{folder}/{inside}": file for inside, file in leaving.beside.items()}
    return files


def _head(leaving: Leaving) -> dict[str, object]:
    post, front = leaving.post, leaving.front
    return {
        "title": post.title,
        "date": dated(leaving),
        "lastmod": post.updated,
        "draft": post.draft,
        "url": address(post.slug),
        "aliases": [address(it) for it in post.aliases],
        "description": post.summary,
        "tags": list(post.tags),
        "authors": list(post.authors),
        "images": [media.path for media in _beside(leaving)],
        "menu": {"main": {"weight": post.menu}} if post.menu is not None else None,
        **{key: value for key, value in front.items() if key not in _OURS},
    }


def _beside(leaving: Leaving) -> list[Media]:
    folder = posixpath.dirname(leaving.post.path)
    return [
        replace(media, path=posixpath.relpath(media.path, folder))
        if not is_address(media.path)
        else media
        for media in leaving.post.media
    ]


def _settings(site: Site) -> Mapping[str, object]:
    """Settings that keep addresses as they are; the RSS feed has the name that it has here."""
    languages = {site.language: {"weight": 1, "title": site.title}} | {
        it.code: {"weight": number, "title": it.title}
        for number, it in enumerate(site.languages, start=2)
    }
    return {
        "baseURL": f"{site.url}/",
        "title": site.title,
        "defaultContentLanguage": site.language,
        "languages": languages if site.languages else None,
        "disablePathToLower": True,
        "outputFormats": {"rss": {"baseName": "rss"}},
        "markup": {"goldmark": {"renderer": {"unsafe": True}}},
        "params": {"description": site.description} if site.description else None,
    }
