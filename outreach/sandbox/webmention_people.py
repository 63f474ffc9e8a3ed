"""People with a site of their own: what they write links to a page, and that page hears of it."""

import asyncio
import re
from urllib.parse import urlencode, urljoin

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from outreach.sandbox.browser import ask
from outreach.sandbox.forms import fields
from outreach.sandbox.readers import reader
from outreach.sandbox.world import Note, World

NAME = "webmention"
SECONDS = 10.0

KINDS = {
    "reply": "u-in-reply-to",
    "like": "u-like-of",
    "repost": "u-repost-of",
    "bookmark": "u-bookmark-of",
    "mention": "",
}
"""How a page answers another, and the property that says so."""

ENTRY = Markup(
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title></head><body>'
    '<article class="h-entry"><p class="p-author h-card">'
    '<a class="u-url p-name" href="/{network}/@{handle}">{name}</a></p>'
    '<div class="e-content"><p>{text}</p></div><a class="{kind}" href="{link}">{link}</a>'
    '<a class="u-url" href="{url}"><time class="dt-published" datetime="{at}">{at}</time></a>'
    "</article></body></html>"
)
WRITE = Markup(
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Write</title>'
    '<link rel="stylesheet" href="/square.css"></head><body><main>'
    '<form class="reply" method="post" action="/webmention/write"><h1>Write on your own site</h1>'
    '<label>Your name <input name="name"></label>'
    '<label>Which page <input name="url" type="url" required></label>'
    '<label>How <select name="kind">{kinds}</select></label>'
    '<label>Your words <textarea name="text" rows="4"></textarea></label>'
    "<button>Publish</button></form></main></body></html>"
)


class People:
    """Their pages below /webmention/entry/, and the form that makes one."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._telling: set[asyncio.Task[None]] = set()

    @property
    def routes(self) -> list[Route]:
        entry = "/webmention/entry/{id}"
        return [
            Route("/webmention/write", self._form, methods=["GET"]),
            Route("/webmention/write", self._write, methods=["POST"]),
            Route(entry, self._show, methods=["GET"]),
            Route(entry, self._change, methods=["POST"]),
            Route(entry, self._remove, methods=["DELETE"]),
        ]

    async def _form(self, request: Request) -> Response:
        kinds = Markup("").join(Markup("<option>{}</option>").format(kind) for kind in KINDS)
        return HTMLResponse(WRITE.format(kinds=kinds))

    async def _write(self, request: Request) -> Response:
        sent = await _sent(request)
        if not sent["url"].startswith(("http://", "https://")):
            return HTMLResponse("Which page? Its address begins with http.", 422)
        author = reader(self._world, NAME, sent["name"])
        note = self._world.create(author, sent["text"], kind=sent["kind"], link=sent["url"])
        self._tell(request, note, sent["url"])
        return RedirectResponse(_address(request, note), 303)

    async def _show(self, request: Request) -> Response:
        note = self._entry(request)
        if note is None:
            return HTMLResponse("There is no such page.", 404)
        if note.deleted:
            return HTMLResponse("Deleted.", 410)
        page = ENTRY.format(
            network=NAME,
            handle=note.author.handle,
            name=note.author.name,
            text=note.text,
            kind=KINDS.get(note.extra["kind"], ""),
            link=note.extra["link"],
            url=_address(request, note),
            at=note.at.isoformat(),
        )
        return HTMLResponse(page)

    async def _change(self, request: Request) -> Response:
        """Other words, another kind, another link: both pages hear of it (3.1.4)."""
        note, sent = self._entry(request), await _sent(request)
        if note is None or note.deleted or not sent["url"].startswith(("http://", "https://")):
            return HTMLResponse("There is no such page.", 404)
        before = note.extra["link"]
        self._world.update(note, sent["text"], kind=sent["kind"], link=sent["url"])
        for url in dict.fromkeys((before, sent["url"])):
            self._tell(request, note, url)
        return RedirectResponse(_address(request, note), 303)

    async def _remove(self, request: Request) -> Response:
        """Gone from now on (410), and the page that it linked to hears of it (3.1.5)."""
        note = self._entry(request)
        if note is None:
            return HTMLResponse("There is no such page.", 404)
        self._world.delete(note)
        self._tell(request, note, note.extra["link"])
        return Response(status_code=204)

    def _entry(self, request: Request) -> Note | None:
        note = self._world.notes[NAME].get(request.path_params["id"])
        return note if note and "link" in note.extra else None

    def _tell(self, request: Request, note: Note, target: str) -> None:
        task = asyncio.create_task(tell(_address(request, note), target))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)


async def _sent(request: Request) -> dict[str, str]:
    sent = await fields(request)
    kind = str(sent.get("kind", "reply"))
    text = {name: str(sent.get(name, "")) for name in ("name", "url", "text")}
    return {**text, "kind": kind if kind in KINDS else "mention"}


def _address(request: Request, note: Note) -> str:
    return f"{request.url.scheme}://{request.url.netloc}/webmention/entry/{note.id}"


async def tell(source: str, target: str) -> None:
    """Send a webmention, where the target is on this machine and takes them."""
    try:
        headers, page = await asyncio.wait_for(ask("GET", target), SECONDS)
        endpoint = _endpoint(headers, page)
        if endpoint is not None:
            form = urlencode({"source": source, "target": target})
            await asyncio.wait_for(ask("POST", urljoin(target, endpoint), form), SECONDS)
    except (OSError, TimeoutError, ValueError):
        return  # nobody is there, and nobody on the square waits for an answer


def _endpoint(headers: str, page: str) -> str | None:
    header = re.search(r'(?im)^link:.*?<([^>]*)>\s*;\s*rel="?webmention"?', headers)
    link = re.search(r'<link[^>]*rel="webmention"[^>]*href="([^"]*)"', page)
    found = header or link
    return found[1] if found else None
