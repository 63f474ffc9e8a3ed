"""A small site with webmentions (PyPI) behind it; run by the Python that has that package.

PUT and DELETE /page/NAME make and remove a page, POST /tell/NAME tells whom it links to, and
GET /webmentions?resource=URL&direction=incoming says what is known.
"""
# mypy: ignore-errors

import sys

from flask import Flask, request
from webmentions import WebmentionsHandler, WebmentionsStorage
from webmentions.server.adapters.flask import bind_webmentions


class Memory(WebmentionsStorage):
    """What is known until the server ends."""

    def __init__(self):
        self.known = {}

    def store_webmention(self, mention):
        self.known[mention.source, mention.target, mention.direction] = mention

    def delete_webmention(self, source, target, direction):
        return self.known.pop((source, target, direction), None)

    def retrieve_webmentions(self, resource, direction):
        end = "target" if direction == "incoming" else "source"
        found = [it for it in self.known.values() if it.direction == direction]
        return [it for it in found if getattr(it, end) == resource]


port = int(sys.argv[1])
base = f"http://127.0.0.1:{port}"
site = Flask(__name__)
# Everything here is on this machine, which its guard would refuse.
handler = WebmentionsHandler(Memory(), base_url=base, ssrf_protection=False)
bind_webmentions(site, handler)
pages = {}


@site.get("/page/<name>")
def show(name):
    if name not in pages:
        return "not here", 404
    return (pages[name], 200) if pages[name] else ("gone", 410)


@site.put("/page/<name>")
def put(name):
    pages[name] = request.get_data(as_text=True)
    return "", 204


@site.delete("/page/<name>")
def delete(name):
    pages[name] = ""
    return "", 204


@site.post("/tell/<name>")
def tell(name):
    handler.process_outgoing_webmentions(
        f"{base}/page/{name}", text=pages[name], text_format="html"
    )
    return "", 204


site.run(port=port, threaded=True)
