"""Exports of hosted blogs for the tests: written by hand, as each tool documents its own."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from outreach.site.sources import Blog, Document


def written(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Files below a folder."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def zipped(path: Path, files: Mapping[str, str | bytes]) -> Path:
    """The same in a zip."""
    with ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def one(blog: Blog) -> Document:
    """The only document of a blog."""
    (document,) = blog.documents
    return document


def said(blog: Blog) -> str:
    """Everything that a person is told about it."""
    return "\n".join(map(str, blog.mistakes))


def ghost(root: Path, *posts: dict[str, Any], **tables: Any) -> Path:
    """Ghost's JSON in a folder of its own."""
    data = {"posts": posts, **tables}
    export = {"db": [{"meta": {"version": "6.0.0"}, "data": data}]}
    return written(root, {"blog.ghost.2026-01-01.json": json.dumps(export)})


def post(slug: str = "hello", **changes: Any) -> dict[str, Any]:
    """A post of Ghost's, as its database has it."""
    return {
        "id": "65a1f0c2",
        "title": "Hello",
        "slug": slug,
        "html": "<p>Text</p>",
        "status": "published",
        "visibility": "public",
        "type": "post",
        "published_at": "2024-05-01 08:00:00",
    } | changes


def wordpress(root: Path, *items: str, channel: str = "") -> Path:
    """A WXR file in a folder of its own."""
    return written(root, {"blog.WordPress.xml": wxr(*items, channel=channel)})


def wxr(*items: str, channel: str = "") -> str:
    """WordPress eXtended RSS 1.2."""
    return (
        '<?xml version="1.0" encoding="UTF-8" ?>\n'
        '<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:wp="http://wordpress.org/export/1.2/">\n<channel>\n'
        "<title>Lantern &#38; Co</title>\n<link>https://blog.example</link>\n"
        "<description>What we do</description>\n<language>en-US</language>\n"
        "<wp:wxr_version>1.2</wp:wxr_version>\n"
        "<wp:base_blog_url>https://blog.example</wp:base_blog_url>\n"
        "<wp:author><wp:author_login><![CDATA[ada]]></wp:author_login>"
        "<wp:author_display_name><![CDATA[Ada Moreau]]></wp:author_display_name></wp:author>\n"
        + channel
        + "".join(items)
        + "</channel>\n</rss>\n"
    )


def item(content: str = "<p>Text</p>", more: str = "", **values: str) -> str:
    """A post of WordPress's; `more` are further elements."""
    fields = {
        "title": "Hello",
        "link": "https://blog.example/2024/05/hello/",
        "dc:creator": "ada",
        "guid": "https://blog.example/?p=5",
        "excerpt:encoded": "",
        "wp:post_id": "5",
        "wp:post_date": "2024-05-01 10:00:00",
        "wp:post_date_gmt": "2024-05-01 08:00:00",
        "wp:comment_status": "open",
        "wp:post_name": "hello",
        "wp:status": "publish",
        "wp:post_type": "post",
    } | {key.replace("__", ":"): value for key, value in values.items()}
    inner = "".join(f"<{key}><![CDATA[{value}]]></{key}>\n" for key, value in fields.items())
    body = f"<content:encoded><![CDATA[{content}]]></content:encoded>\n"
    return f"<item>\n{inner}{body}{more}</item>\n"


def meta(key: str, value: str) -> str:
    """What WordPress keeps beside a post."""
    return (
        f"<wp:postmeta><wp:meta_key><![CDATA[{key}]]></wp:meta_key>"
        f"<wp:meta_value><![CDATA[{value}]]></wp:meta_value></wp:postmeta>\n"
    )
