"""Pages that say in each way the specification has where they take webmentions."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

HERE = "/webmention/discover"
"""Where the pages are: HERE/1 and so on. HERE/N/endpoint takes the webmentions of page N."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One way to say it. `headers` are values of Link; BASE stands for the sandbox's own URL."""

    says: str
    headers: tuple[str, ...] = ()
    head: str = ""
    body: str = ""


SHAPES: Mapping[int, Shape] = {
    1: Shape(says="a relative Link header", headers=(f"<{HERE}/1/endpoint>; rel=webmention",)),
    2: Shape(says="an absolute Link header", headers=(f"<BASE{HERE}/2/endpoint>; rel=webmention",)),
    3: Shape(says="a relative <link>", head=f'<link rel="webmention" href="{HERE}/3/endpoint">'),
    4: Shape(says="an absolute <link>", head=f'<link rel=webmention href="BASE{HERE}/4/endpoint">'),
    5: Shape(says="a relative <a>", body=f'<a rel="webmention" href="{HERE}/5/endpoint">here</a>'),
    6: Shape(says="an absolute <a>", body=f'<a href="BASE{HERE}/6/endpoint" rel=webmention>x</a>'),
    7: Shape(says="capitals in the header", headers=(f"<{HERE}/7/endpoint>; ReL=WebMention",)),
    8: Shape(says="a quoted relation", headers=(f'<{HERE}/8/endpoint>; rel="webmention"',)),
    9: Shape(
        says="several relations of a <link>",
        head=f'<link rel="somewhere webmention else" href="{HERE}/9/endpoint">',
    ),
    10: Shape(
        says="several relations in a header",
        headers=(f'<{HERE}/10/endpoint>; rel="webmention somethingelse"',),
    ),
    11: Shape(
        says="all three ways; the header counts",
        headers=(f"<{HERE}/11/endpoint>; rel=webmention",),
        head=f'<link rel="webmention" href="{HERE}/11/wrong">',
        body=f'<a rel="webmention" href="{HERE}/11/wrong">no</a>',
    ),
    12: Shape(
        says="a relation that only looks like it",
        head=f'<link rel="not-webmention" href="{HERE}/12/wrong">'
        f'<link rel="webmention" href="{HERE}/12/endpoint">',
    ),
    13: Shape(
        says="a comment before the real one",
        body=f'<!-- <a rel="webmention" href="{HERE}/13/wrong">no</a> -->'
        f'<a rel="webmention" href="{HERE}/13/endpoint">yes</a>',
    ),
    14: Shape(
        says="markup that is only shown",
        body=f'<code>&lt;a rel="webmention" href="{HERE}/14/wrong"&gt;&lt;/a&gt;</code>'
        f'<a rel="webmention" href="{HERE}/14/endpoint">yes</a>',
    ),
    15: Shape(says="an empty address: the page itself", head='<link rel="webmention" href="">'),
    16: Shape(
        says="<a> before <link>",
        body=f'<a rel="webmention" href="{HERE}/16/endpoint">yes</a>'
        f'<link rel="webmention" href="{HERE}/16/wrong">',
    ),
    17: Shape(
        says="<link> before <a>",
        body=f'<link rel="webmention" href="{HERE}/17/endpoint">'
        f'<a rel="webmention" href="{HERE}/17/wrong">no</a>',
    ),
    18: Shape(
        says="several Link headers",
        headers=(f"<{HERE}/18/endpoint>; rel=webmention", f"<{HERE}/18/wrong>; rel=other"),
    ),
    19: Shape(
        says="one header of several links",
        headers=(f'<{HERE}/19/wrong>; rel="other", <{HERE}/19/endpoint>; rel="webmention"',),
    ),
    20: Shape(
        says="a <link> without an address",
        head='<link rel="webmention">',
        body=f'<a rel="webmention" href="{HERE}/20/endpoint">yes</a>',
    ),
    21: Shape(
        says="a query that has to stay",
        head=f'<link rel="webmention" href="{HERE}/21/endpoint?query=yes">',
    ),
    22: Shape(says="relative to the path", head='<link rel="webmention" href="22/endpoint">'),
    23: Shape(says="behind a redirect", head='<link rel="webmention" href="endpoint">'),
}


async def show(request: Request) -> Response:
    """GET /webmention/discover/N; 23 leads to a page below itself."""
    number = request.path_params["number"]
    shape = SHAPES.get(number)
    if shape is None:
        return HTMLResponse("There is no such page.", 404)
    if number == 23 and request.url.path == f"{HERE}/23":
        return RedirectResponse(f"{HERE}/23/there/", 302)
    return written(request, shape.says, shape)


def written(request: Request, title: str, shape: Shape) -> Response:
    """A page of that shape."""
    base = f"{request.url.scheme}://{request.url.netloc}"
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Webmention</title>'
        f"{shape.head}</head><body><p>{title.replace('<', '&lt;')}</p>{shape.body}</body></html>"
    )
    response = HTMLResponse(page.replace("BASE", base))
    for value in shape.headers:
        response.raw_headers.append((b"LinK", value.replace("BASE", base).encode()))
    return response
