"""SDKs built on `requests` go out through our one door."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.exceptions import InvalidHeader
from requests.structures import CaseInsensitiveDict

from outreach.channels._http import refusal
from outreach.fetch import Fetch
from outreach.model.errors import OutreachError, Rejected

BAD_HEADER = "a header has a character that no header may have; look at the secret"


class Door(BaseAdapter):
    """A `requests` adapter that sends by `fetch`, so that deadline, guard and size hold for SDKs.

    `moved` replaces the start of a URL: (from, to). An answer that is not a 2xx is raised as one
    of our errors, before the SDK sees it.
    """

    def __init__(
        self, fetch: Fetch, now: Callable[[], datetime], moved: tuple[str, str] = ("", "")
    ) -> None:
        super().__init__()
        self._fetch = fetch
        self._now = now
        self._moved = moved

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: object = None,
        verify: bool | str = True,
        cert: object = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        method, url = str(request.method), str(request.url)
        old, new = self._moved
        if old and url.startswith(old):
            url = new + url[len(old) :]
        body = request.body or b""
        content = body.encode() if isinstance(body, str) else bytes(body)
        headers = {
            name: _text(value)
            for name, value in request.headers.items()
            if name.lower() != "user-agent"  # we say who we are, no SDK does
        }
        answer = self._fetch(method, url, headers=headers, content=content)
        error = refusal(method, answer, self._now())
        if error is not None:
            raise error
        response = requests.Response()
        response.status_code = answer.status
        response.headers = CaseInsensitiveDict(answer.headers)
        response.url = answer.url
        response.request = request
        response._content = answer.body
        response.encoding = "utf-8"
        return response

    def close(self) -> None:
        """Nothing is kept open."""


def session(door: Door) -> requests.Session:
    """A session whose every request goes through the door, whatever the environment says."""
    made = requests.Session()
    made.trust_env = False
    made.mount("https://", door)
    made.mount("http://", door)
    return made


def quiet(sdk: str) -> None:
    """Keep an SDK and what signs for it from logging tokens (Authorization, at DEBUG)."""
    for name in (sdk, "requests_oauthlib", "oauthlib"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.WARNING)
        logger.propagate = False


@contextmanager
def translated(broken: type[OutreachError]) -> Iterator[None]:
    """Our own error out of whatever an SDK wrapped it in; an answer it cannot read is `broken`.

    A header that `requests` refuses is Rejected: nothing was sent. It quotes the header, which may
    hold a secret, so its words go no further.
    """
    try:
        yield
    except OutreachError:
        raise
    except Exception as error:
        cause = _cause(error)
        if isinstance(cause, OutreachError):
            raise cause from error
        if cause is not None:
            raise Rejected(BAD_HEADER) from None
        what = f"the answer cannot be read: {type(error).__name__}: {error}"
        raise broken(what) from error


@contextmanager
def gone_is_done() -> Iterator[None]:
    """A note that is not there any more needs no deleting."""
    try:
        yield
    except Rejected as error:
        if error.status not in (404, 410):
            raise


def _cause(error: BaseException | None) -> BaseException | None:
    """What says more than the SDK does: our own error, or a header that was refused."""
    while error is not None and not isinstance(error, OutreachError | InvalidHeader):
        error = error.__cause__ or error.__context__
    return error


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
