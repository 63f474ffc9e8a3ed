"""Single calls of Discord's HTTP API (discord.com/developers/docs/reference)."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from outreach.channels import _multipart
from outreach.channels._http import refusal
from outreach.channels._json import legible, parsed
from outreach.fetch import Answer, Fetch
from outreach.model.errors import Rejected, Unauthorized, Unavailable
from outreach.model.post import Media

Json = Mapping[str, Any]

SITE = "https://discord.com"
USER_AGENT = "DiscordBot (outreach, 1)"
"""Discord may turn away who does not call themselves so (reference, User Agent)."""

UNKNOWN_WEBHOOK, MISSING_ACCESS = 10015, 50001
_ADVICE = {
    10003: "there is no such channel; right-click it in Discord → Copy Channel ID",
    40005: "the images are too large together",
    50013: "the bot's role lacks a permission in that channel: View Channel, Send Messages, Send "
    "Messages in Threads, Attach Files, Read Message History",
}
_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)


class Api:
    """`get` and `send` are calls as a bot, or as nobody where there is no `token`.

    Raises what `refusal` says, with what to do about it.
    """

    def __init__(
        self,
        base: str | None,
        fetch: Fetch,
        now: Callable[[], datetime],
        token: Callable[[], str] | None = None,
    ) -> None:
        self.site = (base or SITE).rstrip("/")
        self._fetch = fetch
        self._now = now
        self._token = token

    def get(self, path: str, **query: object) -> Any:
        """What a path shows."""
        given = {name: value for name, value in query.items() if value is not None}
        return self._call("GET", f"{path}?{urlencode(given)}" if given else path, {}, b"")

    def send(
        self, method: str, path: str, body: Json | None = None, files: Sequence[Media] = ()
    ) -> Any:
        """A call that writes, with images where there are some."""
        if files:
            content_type, content = _form(body or {}, files)
        else:
            content_type, content = "application/json", json.dumps(body or {}).encode()
        return self._call(method, path, {"content-type": content_type}, content)

    def _call(self, method: str, path: str, headers: Mapping[str, str], content: bytes) -> Any:
        sent = {**headers, "user-agent": USER_AGENT}
        if self._token is not None:
            sent["authorization"] = f"Bot {self._token()}"
        url = path if "://" in path else f"{self.site}/api/v10{path}"
        answer = self._fetch(method, url, headers=sent, content=content)
        error = refusal(method, answer, self._now())
        if error is None:
            return parsed(method, f"{method} request", answer)
        raise _meant(error, answer) if isinstance(error, Rejected) else error


def code_of(body: str) -> int:
    """The number that Discord gives an error, 0 where there is none."""
    try:
        return int(json.loads(body)["code"])
    except (KeyError, TypeError, ValueError):
        return 0


def snowflake(at: datetime) -> int:
    """The smallest id that something made at this time has."""
    return max((at - _EPOCH) // timedelta(milliseconds=1), 0) << 22


def time_of(message: Json) -> datetime:
    """When a message was made. Raises Unavailable where it does not say."""
    with legible(Unavailable):
        return datetime.fromisoformat(message["timestamp"]).astimezone(UTC)


def _meant(error: Rejected, answer: Answer) -> Exception:
    """What a refusal is about: the account, or what was asked."""
    code = code_of(answer.text)
    if code == UNKNOWN_WEBHOOK:
        return Unauthorized(f"{error}: the webhook was deleted; make a new one and copy its URL")
    advice = f": {_ADVICE[code]}" if code in _ADVICE else _details(answer)
    return Rejected(f"{error} (code {code}){advice}", error.status, error.body)


def _details(answer: Answer) -> str:
    """Which field Discord does not like, and why, on one line."""
    try:
        details = json.loads(answer.body)["errors"]
    except (KeyError, TypeError, ValueError):
        return ""
    return f": {json.dumps(details, ensure_ascii=False)[:300]}"


def _form(body: Json, files: Sequence[Media]) -> tuple[str, bytes]:
    """The message beside its files (Discord's reference, Uploading Files)."""
    said = _multipart.Part(
        name="payload_json", data=json.dumps(body).encode(), content_type="application/json"
    )
    images = (
        _multipart.Part(
            name=f"files[{number}]",
            data=Path(image.path).read_bytes(),
            content_type=image.content_type,
            filename=filename(number, image),
        )
        for number, image in enumerate(files)
    )
    return _multipart.encode([said, *images])


def filename(number: int, image: Media) -> str:
    """A name that says what is in the file, whatever it is called here."""
    return f"image{number + 1}.{image.content_type.rpartition('/')[2] or 'png'}"
