"""Images for X: sent ahead of their post, seen by nobody before it (POST /2/media/upload)."""

import base64
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from outreach.channels._http import not_public_yet
from outreach.model.errors import Rejected, Unavailable, Uncertain
from outreach.model.post import Media

UPLOAD, METADATA = "/2/media/upload", "/2/media/metadata"
GIF = "image/gif"


class Uploads:
    """Sends images with `ask`, tweepy's client.

    X works on an animation after it has it. What it is not done with is remembered, so that the
    next attempt asks about that one and sends no other.
    """

    def __init__(self, ask: Callable[..., Any]) -> None:
        self._ask = ask
        self._waiting: dict[Media, str] = {}

    def ids(self, images: Iterable[Media]) -> list[str]:
        """What X calls the images. Nothing is public yet, so nothing is in doubt."""
        from outreach.channels._requests import translated

        with not_public_yet(), translated(Uncertain):
            return [self._id(image) for image in images]

    def _id(self, image: Media) -> str:
        waiting = self._waiting.pop(image, None)
        told = self._uploaded(image) if waiting is None else self._progress(waiting)
        identifier, state = str(told["id"]), told.get("processing_info", {}).get("state")
        if state in ("pending", "in_progress"):
            self._waiting[image] = identifier
            raise Unavailable(f"X is still working on {Path(image.path).name}")
        if state == "failed":
            raise Rejected(f"X cannot read {Path(image.path).name}")
        if image.alt:
            self._describe(identifier, image.alt)
        return identifier

    def _uploaded(self, image: Media) -> Mapping[str, Any]:
        category = "tweet_gif" if image.content_type == GIF else "tweet_image"
        data = base64.b64encode(Path(image.path).read_bytes()).decode()
        return self._called("POST", UPLOAD, json={"media": data, "media_category": category})

    def _progress(self, identifier: str) -> Mapping[str, Any]:
        query = {"command": "STATUS", "media_id": identifier}
        return self._called("GET", UPLOAD, params=query)

    def _describe(self, identifier: str, alt: str) -> None:
        body = {"id": identifier, "metadata": {"alt_text": {"text": alt}}}
        self._called("POST", METADATA, json=body)

    def _called(self, method: str, path: str, **options: object) -> Mapping[str, Any]:
        told: Mapping[str, Any] = self._ask("request", method, path, **options).json()["data"]
        return told
