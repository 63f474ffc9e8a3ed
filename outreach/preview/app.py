"""The pages of a preview: the site, what is under way, and what stands beside a text."""

import ipaddress
import mimetypes
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from outreach.preview import notes
from outreach.preview.beside import Besides
from outreach.preview.changes import Changes
from outreach.preview.folder import Folder, Seen
from outreach.preview.pages import Pages
from outreach.preview.settled import Settled
from outreach.preview.written import Standing, Written
from outreach.public.app import SafeHeaders
from outreach.rules.summary import count
from outreach.site import slugs

RECENT = 10
"""So many published texts are on the list."""

LOOPBACK = ["127.0.0.1", "localhost", "[::1]"]

HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'self'; img-src 'self' https: data:; frame-src 'self'; "
        b"frame-ancestors 'self'; form-action 'self'; base-uri 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)

_KEPT = re.compile(r"([0-9a-f]{64})(\.[a-z0-9]+)?")


def app(
    folder: Folder, changes: Changes, now: Callable[[], datetime], *, is_shared: bool = False
) -> Starlette:
    """The preview of a folder. `is_shared`: it may be asked for by any name, not this machine's."""
    desk = Desk(folder, changes, now)
    return Starlette(
        routes=[
            Route("/_preview/", desk.listing),
            Route("/_preview/changes", desk.changes),
            Route("/_preview/media/{name}", desk.media),
            Mount("/_preview/static", StaticFiles(directory=Path(__file__).parent / "static")),
            Route("/_preview/{path:path}", desk.text),
            Mount("/", Pages(folder, HEADERS, desk.bar, desk.nothing)),
        ],
        middleware=[
            Middleware(SafeHeaders, headers=HEADERS),
            Middleware(TrustedHostMiddleware, allowed_hosts=["*"] if is_shared else LOOPBACK),
        ],
    )


def is_loopback(listen: str) -> bool:
    """Whether nobody but this machine reaches an address, as 127.0.0.1:8090."""
    host = listen.rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Desk:
    """What is shown beside the site itself."""

    def __init__(self, folder: Folder, changes: Changes, now: Callable[[], datetime]) -> None:
        self._folder = folder
        self._changes = changes
        self._now = now
        self._besides = Besides(folder)
        self._templates = Environment(
            loader=PackageLoader("outreach.preview"), autoescape=True, undefined=StrictUndefined
        )
        self._templates.filters |= {"moment": moment, "desk": desk_of}
        self._templates.globals |= {"count": count}

    def listing(self, request: Request) -> Response:
        """Where a leader begins: what is wrong, and what is under way."""
        return HTMLResponse(self._listing())

    def nothing(self) -> str:
        """The same where there is no site to show."""
        return self._listing()

    def text(self, request: Request) -> Response:
        """A text's page and its renditions."""
        seen, path = self._folder.seen, request.path_params["path"]
        text = seen.texts.get(path)
        if text is None or seen.settled is None:
            status = 200 if seen.version == 0 or seen.settled is None else 404
            return HTMLResponse(self._listing(missing=path), status)
        beside = self._besides.of(text, seen.settled)
        accounts = [notes.account(it, seen.settled) for it in beside.rendered]
        silent = [name for name in seen.settled.limits if name not in {it.name for it in accounts}]
        shown = {"text": text, "problems": beside.problems, "accounts": accounts, "silent": silent}
        page = self._page_of(text, seen.settled)
        return HTMLResponse(self._render("text.html", seen, page=page, **shown))

    def media(self, request: Request) -> Response:
        """An image as a network would get it."""
        found = _KEPT.fullmatch(request.path_params["name"])
        if not found or not (self._folder.media / found[1]).is_file():
            raise HTTPException(404)
        content_type = mimetypes.guess_type(found[0])[0] or "application/octet-stream"
        return FileResponse(self._folder.media / found[1], media_type=content_type)

    def changes(self, request: Request) -> Response:
        """Says when there is something new."""
        return StreamingResponse(self._changes.stream(), media_type="text/event-stream")

    def bar(self, file: str, is_inside: bool) -> str:
        """What is added to a page of the site; one inside a page of ours has no bar of its own."""
        seen = self._folder.seen
        text = _text_of(seen, file)
        mistakes = text.mistakes if text else ()
        others = sum(len(it.mistakes) for it in seen.texts.values()) + len(seen.mistakes)
        return self._render(
            "bar.html", seen, text=text, mistakes=(*seen.mistakes, *mistakes),
            others=others - len(mistakes) - len(seen.mistakes), is_inside=is_inside,
        )  # fmt: skip

    def _listing(self, missing: str = "") -> str:
        seen, now = self._folder.seen, self._now()
        texts = sorted(seen.texts.values(), key=_newest, reverse=True)
        coming = [it for it in texts if it.until(now) is not None]
        published = [it for it in texts if it.standing(now) is Standing.PUBLISHED]
        broken = [it for it in texts if it.standing(now) is Standing.UNREADABLE]
        drafts = [it for it in texts if it.standing(now) is Standing.DRAFT]
        recent = [it for it in published if it.post and not it.post.is_page][:RECENT]
        listed = {*map(id, recent)}
        wrong = [it for it in published if it.mistakes and id(it) not in listed]
        groups = [
            ("Cannot be read", self._rows(broken, seen)),
            ("Drafts", self._rows(drafts, seen)),
            ("Scheduled", self._rows(coming[::-1], seen)),
            ("Published, with mistakes", self._rows(wrong, seen)),
            ("Published last", self._rows(recent, seen)),
        ]
        return self._render("list.html", seen, groups=groups, missing=missing)

    def _rows(self, texts: Iterable[Written], seen: Seen) -> list[tuple[Written, object]]:
        """Texts, and what stands beside each."""
        settled = seen.settled
        return [(it, self._besides.of(it, settled)) for it in texts] if settled else []

    def _page_of(self, text: Written, settled: Settled) -> str:
        """The address of a text's page here; "" where it has none."""
        post = text.post
        if post is None or not post.url:
            return ""
        return f"{settled.site.base}/{slugs.page_path(post.slug)}"

    def _render(self, template: str, seen: Seen, **values: object) -> str:
        shown = {
            "seen": seen,
            "site": seen.settled.site if seen.settled else None,
            "version": self._changes.name(seen.version),
            "now": self._now(),
            "root": self._folder.root.name,
        }
        return self._templates.get_template(template).render(**shown, **values)


def moment(time: datetime) -> str:
    """A time as a person says it; UTC."""
    return f"{time:%-d %B %Y, %H:%M} UTC"


def desk_of(text: Written) -> str:
    """The address of a text's own page here."""
    return f"/_preview/{quote(text.path)}"


def _text_of(seen: Seen, file: str) -> Written | None:
    """The text whose page is asked for."""
    for name in (file, f"{file}/index.html"):
        if name in seen.pages:
            return seen.texts.get(seen.pages[name])
    return None


def _newest(text: Written) -> tuple[str, str]:
    """Texts in the order of their dates, those without any first."""
    when = text.post.published if text.post else None
    return (when.isoformat() if when else "", text.path)
