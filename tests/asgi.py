"""One request to an application, without a server."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

Answer = tuple[int, Mapping[str, str], str]


def get(app: Any, path: str, host: str = "127.0.0.1") -> Answer:
    """Status, headers and body of a GET."""
    return ask(app, "GET", path, {"host": host})


def post(app: Any, path: str, form: Mapping[str, str], **headers: str) -> Answer:
    """The same of a form that a page of 127.0.0.1 sends."""
    near = {"host": "127.0.0.1", "origin": "http://127.0.0.1", **headers}
    return ask(app, "POST", path, near, urlencode(form).encode())


def ask(app: Any, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
    """One request, with these headers only."""
    sent: list[dict[str, Any]] = []
    asked: list[dict[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]
    parts = urlsplit(path)
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(parts.path),
        "raw_path": parts.path.encode(),
        "root_path": "",
        "query_string": parts.query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }

    async def receive() -> dict[str, Any]:
        if not asked:
            await asyncio.Event().wait()  # nobody hangs up
        return asked.pop()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    got = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    said = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], got, said.decode()
