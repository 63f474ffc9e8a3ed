"""What people said to us on Reddit, as mentions."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from outreach.channels._reddit_api import Api, Thing, children
from outreach.channels._reddit_text import plain
from outreach.model.mention import Author, Kind, Mention

MORE = 100
"""How many comments one request for more may name."""

_GONE = ("[deleted]", "[removed]")
_INBOX = {"username mention": Kind.MENTION}


def told(item: Thing, site: str) -> Mention:
    """An item of the inbox: a comment that answers or names us, or a private message."""
    if not item.get("was_comment"):
        where = f"/message/messages/{item['id']}"
        text = "\n\n".join(filter(None, (item.get("subject"), plain(item["body"]))))
        return said(item, Kind.MESSAGE, site, text=text, where=where)
    kind = _INBOX.get(str(item.get("subject")), Kind.REPLY)
    return said(item, kind, site, where=str(item["context"]).partition("?")[0])


def said(
    thing: Thing, kind: Kind, site: str, *, text: str = "", where: str = "", original: str = ""
) -> Mention:
    """A comment, a submission or a message. `where` is its page, else its own permalink.

    A comment is withdrawn that is only a mark where one was, since others stand below it.
    """
    author = str(thing.get("author") or "")
    gone = author == "[deleted]" and thing.get("body") in _GONE
    return Mention(
        account="",
        id=str(thing["name"]),
        kind=kind,
        author=Author(
            id=str(thing.get("author_fullname") or author),
            handle=f"u/{author}",
            url=f"{site}/user/{author}",
        ),
        text="" if gone else text or plain(thing.get("body") or ""),
        url=site + (where or str(thing["permalink"])),
        published=written(thing),
        in_reply_to=thing.get("parent_id") or None,
        raw=json.dumps(thing, ensure_ascii=False),
        original=original,
        withdrawn=gone,
    )


def submission_text(thing: Thing) -> str:
    """A submission as one text: title, words, link."""
    link = "" if thing.get("is_self") else str(thing.get("url") or "")
    pieces = (str(thing["title"]), plain(thing.get("selftext") or ""), link)
    return "\n\n".join(filter(None, pieces))


def written(thing: Thing) -> datetime:
    """When; UTC."""
    return datetime.fromtimestamp(float(thing["created_utc"]), UTC)


def comments(api: Api, submission: str) -> Iterator[Thing]:
    """All comments below a submission (its fullname), each once, as deep as there are any.

    What was asked for is not asked for again, so that it ends whatever Reddit answers.
    """
    read, roots, asked = set[str](), [""], {""}
    while roots:
        left = [_tree(api, submission, roots.pop())]
        while left:
            hidden: list[str] = []
            for kind, data in children(left.pop()):
                if kind != "more":
                    if data["name"] not in read:
                        read.add(data["name"])
                        yield data
                    left += [data["replies"]] if data.get("replies") else []
                elif data["children"]:
                    hidden += _new(data["children"], asked)
                else:  # "continue this thread"
                    roots += _new([data["parent_id"]], asked)
            left += [_more(api, submission, some) for some in _some(hidden)]


def _tree(api: Api, submission: str, root: str) -> Any:
    """The comments below a submission, or below the comment `root`."""
    path = f"/comments/{submission.removeprefix('t3_')}"
    comment = root.removeprefix("t1_") or None
    return api.get(path, comment=comment, limit=MORE, sort="new")[1]


def _new(identifiers: list[str], asked: set[str]) -> list[str]:
    """Those that were not asked for yet; now they are."""
    new = [identifier for identifier in identifiers if identifier not in asked]
    asked.update(new)
    return new


def _more(api: Api, submission: str, identifiers: list[str]) -> Mapping[str, Any]:
    data = api.get(
        "/api/morechildren",
        link_id=submission,
        children=",".join(identifiers),
        api_type="json",
        sort="new",
    )["json"]["data"]
    return {"data": {"children": data["things"]}}


def _some(identifiers: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(identifiers), MORE):
        yield identifiers[start : start + MORE]
