"""What a page that answers takes from a stranger."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request

Posted = Mapping[str, str]
"""The fields of a form that were filled in."""

LARGEST = 16 * 1024
"""Bytes of a form."""
FIELDS = 20


async def body(request: Request, largest: int = LARGEST) -> bytes:
    """The whole body; a larger one is 413, and is not read on."""
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > largest:
            raise HTTPException(413, f"At most {largest} bytes.")
    return bytes(found)


async def posted(request: Request, largest: int = LARGEST) -> Posted:
    """The fields of a form of our own pages."""
    text = (await body(request, largest)).decode(errors="replace")
    try:
        return dict(parse_qsl(text, max_num_fields=FIELDS))
    except ValueError as error:
        raise HTTPException(400, f"At most {FIELDS} fields.") from error


def is_ours(request: Request, site_url: str) -> bool:
    """Whether a form was on a page of ours, as the browser says: there is no cookie to steal, and
    no reason to let other sites fill in our forms with their visitors' hands."""
    said = request.headers.get("origin") or request.headers.get("referer", "")
    try:
        where = urlsplit(said).netloc
    except ValueError:
        return False
    return where in (request.headers.get("host"), urlsplit(site_url).netloc) and where != ""
