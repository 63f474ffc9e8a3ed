"""Jekyll: _posts/, _drafts/ and pages with each page's `permalink`, and _config.yml."""

import posixpath
import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from outreach.model.post import Media, is_address
from outreach.site.exports import Content, Leaving, address, dated
from outreach.site.shortcodes import expand
from outreach.site.views import Site
from outreach.site.written import block
from outreach.site.written import write as written

_FENCE = re.compile(r"^[ \t>]*(`{3,}|~{3,})")
_OURS = frozenset(
    ["aliases", "author", "authors", "date", "description", "draft", "image", "language", "lastmod",
     "path", "permalink", "published", "redirect_from", "slug", "summary", "tags", "title",
     "updated"]
)  # fmt: skip


def write(posts: Sequence[Leaving], site: Site) -> dict[str, Content]:
    """Every page at its address; what lies beside it goes to that address too."""
    files: dict[str, Content] = {"_config.yml": "\n".join([*block(_settings(site)), ""]).encode()}
    for leaving in posts:
        text = written(_head(leaving), _body(leaving.post.body))
        files[_file(leaving)] = text.encode("utf-8", "replace")
        folder = leaving.post.slug.removesuffix(".html")
        place = posixpath.dirname(folder) if leaving.post.slug.endswith(".html") else folder
        files |= {f"{place}/{name}".lstrip("/"): file for name, file in leaving.beside.items()}
    return files


def _file(leaving: Leaving) -> str:
    """`_posts/2026-05-01-hello.md`: a name that no other post has."""
    post = leaving.post
    name = post.slug.removesuffix(".html").replace("/", "-")
    if post.is_page:
        return f"{name}.md"
    if post.published is None:
        return f"_drafts/{name}.md"
    return f"_posts/{post.published:%Y-%m-%d}-{name}.md"


def _head(leaving: Leaving) -> dict[str, object]:
    post, front = leaving.post, leaving.front
    return {
        "layout": "page" if post.is_page else "post",
        "title": post.title,
        "date": dated(leaving),
        "last_modified_at": post.updated,
        "permalink": address(post.slug),
        "redirect_from": [address(it) for it in post.aliases],
        "description": post.summary,
        "tags": list(post.tags),
        "author": list(post.authors),
        "image": next((_address(leaving, media) for media in post.media), ""),
        "lang": post.language if post.is_translation else "",
        **{key: value for key, value in front.items() if key not in _OURS},
    }


def _address(leaving: Leaving, media: Media) -> str:
    """An image where the site has it."""
    if is_address(media.path):
        return media.path
    inside = posixpath.relpath(media.path, posixpath.dirname(leaving.post.path))
    return f"/{leaving.post.slug}/{inside}" if inside in leaving.beside else f"/{media.path}"


def _body(text: str) -> str:
    """Our shortcodes written out, and what Liquid would read kept from it."""
    fence, lines = "", []
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence):
            fence = ""
        elif not fence:
            line = expand(line)
        lines.append(line)
    body = "\n".join(lines)
    return f"{{% raw %}}{body}{{% endraw %}}" if "{{" in body or "{%" in body else body


def _settings(site: Site) -> Mapping[str, object]:
    """Settings under which the Atom feed has the name that it has here."""
    parts = urlsplit(site.url)
    return {
        "title": site.title,
        "url": f"{parts.scheme}://{parts.netloc}",
        "baseurl": parts.path.rstrip("/"),
        "description": site.description,
        "author": site.author,
        "lang": site.language,
        "permalink": "pretty",
        "plugins": ["jekyll-feed", "jekyll-redirect-from"],
        "feed": {"path": "atom.xml"},
    }
