"""Images that go out with a note, kept by their hash: what was announced cannot change under it."""

import hashlib
import mimetypes
from dataclasses import replace
from pathlib import Path

from outreach.model.post import Media, Post
from outreach.site.folder import IMAGES


def keep(post: Post, root: Path, kept: Path) -> tuple[Post, list[Media]]:
    """The post with the hash of each image of its folder, and the images that are not there.

    A copy of each is put into `kept`, named by its SHA-256.
    """
    found, missing = [], []
    for media in post.media:
        path = (root / media.path).resolve()
        if media.path.startswith(("http://", "https://")):
            found.append(media)
        elif path.is_file() and _is_image_of(path, root / media.path.partition("/")[0]):
            found.append(_keep(media, path.read_bytes(), kept))
        else:
            missing.append(media)
    return replace(post, media=tuple(found)), missing


def served(digest: str, file: Path) -> str:
    """Where our site shows an image of this hash, from the site's root."""
    return f"media/{digest[:16]}{file.suffix.lower()}"


def _is_image_of(path: Path, folder: Path) -> bool:
    """Whether it is an image of this folder: a link that leaves it is none."""
    return path.is_relative_to(folder.resolve()) and path.suffix.lower() in IMAGES


def _keep(media: Media, data: bytes, kept: Path) -> Media:
    digest = hashlib.sha256(data).hexdigest()
    copy = kept / digest
    if not copy.exists():
        kept.mkdir(parents=True, exist_ok=True)
        new = kept / f"{digest}.new"
        new.write_bytes(data)
        new.replace(copy)
    content_type = mimetypes.guess_type(media.path)[0] or "application/octet-stream"
    return replace(media, sha256=digest, content_type=content_type)
