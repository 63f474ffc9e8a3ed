"""Comments, plain text below a post or another comment (comments-api)."""

import re

from outreach.channels._linkedin_rest import Json, Rest, encoded, legible, moment, read
from outreach.model.delivery import Receipt
from outreach.model.errors import Rejected, Unavailable, Uncertain

_COMMENT = re.compile(r"urn:li:comment:\((urn:li:\w+:\d+),(\d+)\)")
PARTNERS, EVERYBODY = "/rest/socialActions", "/v2/socialActions"
"""The versioned path takes partners only; a self-serve application comments on the other."""


class Comments:
    """The comments of one author; the URN of a comment holds the activity that it belongs to."""

    def __init__(self, rest: Rest, path: str) -> None:
        self._rest = rest
        self._path = path

    def create(self, author: str, parent: str, text: str) -> Receipt:
        """No escapes, and no links to whom it mentions."""
        above = _COMMENT.fullmatch(parent)
        body: Json = {
            "actor": author,
            "object": above[1] if above else parent,
            "message": {"text": text},
            **({"parentComment": parent} if above else {}),
        }
        try:
            answer = self._rest.call("POST", f"{self._path}/{encoded(parent)}/comments", body)
        except Rejected as error:
            if "Unable to obtain activity" in error.body:  # a post needs moments to be answerable
                raise Unavailable(str(error)) from error
            raise
        with legible(Uncertain):
            return self.receipt(read(answer, Uncertain))

    def edit(self, author: str, urn: str, text: str) -> None:
        patch = {"patch": {"message": {"$set": {"text": text}}}}
        self._rest.call("POST", self._place(author, urn), patch, "PARTIAL_UPDATE")

    def delete(self, author: str, urn: str) -> None:
        self._rest.call("DELETE", self._place(author, urn), method="DELETE")

    def receipt(self, made: Json) -> Receipt:
        """What LinkedIn calls a comment. Raises KeyError or ValueError for what is none."""
        urn = str(made["commentUrn"])
        url = f"{self._rest.site}/feed/update/{_parts(urn)[0]}?commentUrn={encoded(urn)}"
        return Receipt(id=urn, url=url, at=moment(made["created"]["time"]))

    def _place(self, author: str, urn: str) -> str:
        activity, number = _parts(urn)
        return f"{self._path}/{encoded(activity)}/comments/{number}?actor={encoded(author)}"


def is_comment(urn: str) -> bool:
    """Whether it is a comment's URN, and not a post's."""
    return _COMMENT.fullmatch(urn) is not None


def _parts(urn: str) -> tuple[str, str]:
    found = _COMMENT.fullmatch(urn)
    if found is None:
        raise ValueError(f"{urn[:80]!r} names no comment")
    return found[1], found[2]
