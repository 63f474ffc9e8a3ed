"""What one Mastodon server takes, as it says itself (/api/v2/instance)."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from math import isqrt
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from outreach.channels._mastodon_api import Api
from outreach.model.errors import OutreachError, Rejected, Unavailable
from outreach.model.note import Limits
from outreach.rules import measure

AGAIN = timedelta(minutes=1)
"""How long a server that did not say is left alone."""

_log = logging.getLogger(__name__)


class _Statuses(BaseModel):
    max_characters: int = Field(default=500, gt=0)
    max_media_attachments: int = Field(default=4, ge=0)
    characters_reserved_per_url: int = Field(default=23, gt=0)


class _Attachments(BaseModel):
    description_limit: int | None = Field(default=None, gt=0)
    image_size_limit: int | None = Field(default=None, gt=0)
    image_matrix_limit: int | None = Field(default=None, gt=0)
    supported_mime_types: list[str] | None = None


class _Configuration(BaseModel):
    statuses: _Statuses = _Statuses()
    media_attachments: _Attachments = _Attachments()


class _Instance(BaseModel):
    configuration: _Configuration = _Configuration()


class InstanceLimits:
    """Calling it gives the limits: the server's own once it has said them, until then `usual`."""

    def __init__(self, api: Api, usual: Limits, now: Callable[[], datetime]) -> None:
        self._api = api
        self._usual = usual
        self._now = now
        self._said: Limits | None = None
        self._ask_from = datetime.min.replace(tzinfo=UTC)
        self._warned = False

    def __call__(self) -> Limits:
        if self._said is None and self._now() >= self._ask_from:
            self._ask()
        return self._said or self._usual

    def _ask(self) -> None:
        try:
            self._said = limits(self._instance(), self._usual)
        except OutreachError as error:
            self._ask_from = self._now() + AGAIN
            if not self._warned:
                self._warned = True
                _log.warning(
                    "%s does not say what it takes, so Mastodon's usual limits hold: %s",
                    self._api.base,
                    error,
                )

    def _instance(self) -> Any:
        """The v2 instance; servers that have none (before Mastodon 4, snac) say it in v1."""
        try:
            return self._api("GET", "/api/v2/instance")
        except Rejected as error:
            if error.status != 404:
                raise
            return self._api("GET", "/api/v1/instance")


def limits(instance: Any, usual: Limits) -> Limits:
    """The limits out of an Instance; `usual` where it leaves something out.

    A picture may have any shape within `image_matrix_limit` (pixels in all), so `image_side` is
    the side of the square: what is no larger is taken for certain. Raises Unavailable where that
    is no Instance.
    """
    try:
        said = _Instance.model_validate(instance).configuration
    except ValidationError as error:
        wrong = error.errors()[0]
        where = ".".join(map(str, wrong["loc"]))
        raise Unavailable(f"its instance cannot be read: {where}: {wrong['msg']}") from error
    files = said.media_attachments
    types = tuple(name for name in files.supported_mime_types or () if name.startswith("image/"))
    return replace(
        usual,
        length=said.statuses.max_characters,
        measure=partial(measure.mastodon, url_length=said.statuses.characters_reserved_per_url),
        images=said.statuses.max_media_attachments,
        image_bytes=files.image_size_limit or usual.image_bytes,
        image_side=isqrt(files.image_matrix_limit or 0) or usual.image_side,
        image_types=types or usual.image_types,
        alt_length=files.description_limit or usual.alt_length,
    )
