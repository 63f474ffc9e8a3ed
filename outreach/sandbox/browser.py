"""What somebody's browser does: asks a server of this machine, and fills in a form of a page."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

from outreach.sandbox.door import LOOPBACK

LARGEST = 1 << 20


async def ask(
    method: str, url: str, form: str = "", headers: Mapping[str, str] | None = None
) -> tuple[str, str]:
    """The head and the body of an answer. HTTP/1.0: the server closes, and nothing is chunked.

    Raises ValueError for a server that is not on this machine, OSError where none answers.
    """
    parts = urlsplit(url)
    if parts.hostname not in LOOPBACK:
        raise ValueError(f"{url} is not on this machine")
    inward, outward = await asyncio.open_connection(parts.hostname, parts.port or 80)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    more = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    outward.write(
        f"{method} {path} HTTP/1.0\r\nHost: {parts.netloc}\r\nContent-Length: {len(form)}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\n{more}\r\n{form}".encode()
    )
    answer = await inward.read(LARGEST)
    while (rest := await inward.read(LARGEST)) and len(answer) < LARGEST:
        answer += rest
    outward.close()
    head, _, body = answer.decode(errors="replace").partition("\r\n\r\n")
    return head, body


@dataclass
class Form:
    """A form as it stands in a page: where it goes, and what is in its fields."""

    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)

    async def submit(self, page: str, **typed: str) -> tuple[str, str]:
        """Send it from `page` with these fields filled in, as a browser does."""
        where = urlsplit(page)
        sender = {"Origin": f"{where.scheme}://{where.netloc}", "Referer": page}
        return await ask("POST", urljoin(page, self.action), urlencode(self.fields | typed), sender)


def forms(html: str) -> list[Form]:
    """The forms of a page that are sent by POST."""
    reader = _Forms()
    reader.feed(html)
    reader.close()
    return reader.found


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Form] = []
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form" and values.get("method", "").lower() == "post":
            self.found.append(Form(action=values.get("action", "")))
        elif self.found and tag in ("input", "textarea") and values.get("name"):
            self._text = values["name"] if tag == "textarea" else ""
            self.found[-1].fields[values["name"]] = values.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._text = ""

    def handle_data(self, data: str) -> None:
        if self._text:
            self.found[-1].fields[self._text] += data
