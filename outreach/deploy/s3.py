"""A bucket of S3, or of any store that speaks its protocol."""

import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from mimetypes import MimeTypes
from pathlib import Path, PurePosixPath
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, StringConstraints

from outreach.deploy import _sigv4
from outreach.deploy._sigv4 import Signer
from outreach.deploy._target import Change, Means, SecretName, TargetSettings
from outreach.fetch import Answer, Fetch
from outreach.model.errors import Rejected, Unauthorized, Unavailable, Uncertain

AT_ONCE = 8
"""How many requests are under way together."""

SLOWEST = 50_000
"""Bytes a second that a line carries at least."""

ATTEMPTS = 3
"""How often one file is tried; what a store does not take then is tried with the next deploy."""

TYPES = {
    ".atom": "application/atom+xml",
    ".avif": "image/avif",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".md": "text/markdown; charset=utf-8",
    ".rss": "application/rss+xml",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
}
"""What this machine's own table may say otherwise."""

FEEDS = {
    "atom.xml": "application/atom+xml",
    "feed.json": "application/feed+json",
    "rss.xml": "application/rss+xml",
}

FOR_EVER = "public, max-age=31536000, immutable"
ASK = "public, max-age=0, must-revalidate"


def _endpoint(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError("the address of the store, as https://s3.eu-central-1.amazonaws.com")
    return value.rstrip("/")


def _prefix(value: str) -> str:
    found = value.strip("/")
    if any(part in (".", "..") for part in found.split("/")):
        raise ValueError("a folder of the bucket, as blog")
    return f"{found}/" if found else ""


class Settings(TargetSettings):
    """`bucket` at `endpoint` (Amazon's own in `region`, if not said), below `prefix`.

    `key` and `secret` name the two parts of an access key.
    """

    bucket: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    endpoint: Annotated[str, AfterValidator(_endpoint)] | None = None
    region: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+$")] = "us-east-1"
    prefix: Annotated[str, AfterValidator(_prefix)] = ""
    key: SecretName = "$S3_KEY"
    secret: SecretName = "$S3_SECRET"  # noqa: S105 - its name


@dataclass(frozen=True, kw_only=True)
class S3:
    """Puts each file under its path; `place` is where the bucket's names begin."""

    place: str
    prefix: str
    signer: Callable[[], Signer]
    fetch: Fetch
    now: Callable[[], datetime]

    @property
    def name(self) -> str:
        return f"s3 {self.place}{self.prefix}"

    def carry(self, tree: Path, change: Change) -> Iterator[str]:
        """Puts, several at a time, then deletes."""
        signer = self.signer()

        def put(path: str) -> str:
            headers = {"content-type": content_type(path), "cache-control": _caching(path)}
            self._ask(signer, "PUT", path, headers, (tree / path).read_bytes())
            return path

        def delete(path: str) -> str:
            self._ask(signer, "DELETE", path, {}, b"")
            return path

        with ThreadPoolExecutor(AT_ONCE) as threads:
            for work, paths in ((put, change.first), (put, change.then), (delete, change.gone)):
                yield from threads.map(work, paths)

    def _ask(
        self, signer: Signer, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> None:
        """One request, again where its answer is lost: it may be repeated."""
        url = f"{self.place}{_sigv4.path(self.prefix + path)}"
        patient = replace(self.fetch, deadline=self.fetch.deadline + len(body) / SLOWEST)
        for left in reversed(range(ATTEMPTS)):
            try:
                signed = signer.sign(method, url, headers, body, self.now())
                answer = patient(method, url, headers=signed, content=body)
                if answer.status < 500 or not left:
                    return _check(method, path, answer)
            except (Unavailable, Uncertain):
                if not left:
                    raise
        raise AssertionError("the last attempt returns or raises")


def open(settings: Settings, means: Means) -> S3:
    """The bucket; nothing is asked yet."""

    def signer() -> Signer:
        return Signer(
            key=means.secret(settings.key),
            secret=means.secret(settings.secret),
            region=settings.region,
        )

    endpoint = settings.endpoint or f"https://s3.{settings.region}.amazonaws.com"
    return S3(
        place=f"{endpoint}/{settings.bucket}/",
        prefix=settings.prefix,
        signer=signer,
        fetch=means.fetch,
        now=means.now,
    )


def content_type(path: str) -> str:
    """What a browser takes a file for."""
    file = PurePosixPath(path)
    known = FEEDS.get(file.name) or TYPES.get(file.suffix.lower())
    return known or _STANDARD.guess_type(file.name)[0] or "application/octet-stream"


_STANDARD = MimeTypes()
_SAID = re.compile(r"<(?:Code|Message)>([^<]*)</")


def _caching(path: str) -> str:
    """Only what has its hash in its name stays as it is."""
    return FOR_EVER if path.startswith("media/") else ASK


def _check(method: str, path: str, answer: Answer) -> None:
    """Raise where the store did not do it; 404 on a delete is done.

    Of what it says only the code and the message are shown: beside them it repeats the key.
    """
    if answer.status < 300 or (method == "DELETE" and answer.status == 404):
        return
    said = ": ".join(_SAID.findall(answer.text))[:200]
    what = f"{method} {path}: the store answers {answer.status} {said}".rstrip()
    if answer.status in (401, 403):
        raise Unauthorized(what)
    raise (Unavailable if answer.status >= 500 or answer.status == 429 else Rejected)(what)
