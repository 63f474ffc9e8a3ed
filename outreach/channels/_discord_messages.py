"""What a message of ours is on Discord, and which of its messages is ours."""

from collections.abc import Mapping
from typing import Any

from outreach.channels._discord_api import filename
from outreach.channels._discord_text import written
from outreach.channels._text import same
from outreach.model.note import Note
from outreach.rules import measure as links


def body(note: Note) -> dict[str, Any]:
    """The message. It calls nobody but those whom the note names and whom it answers."""
    return {
        "content": written(note.text),
        "allowed_mentions": {
            "parse": [],
            "users": [one.handle for one in note.mentions],
            "replied_user": True,
        },
        "attachments": [
            {"id": number, "filename": filename(number, image), "description": image.alt or ""}
            for number, image in enumerate(note.media)
        ],
    }


def is_it(message: Mapping[str, Any], note: Note, key: str, parent: str) -> bool:
    """Whether a message of ours is this note: by its nonce where Discord shows it, or else the
    same parent, and its link or its words."""
    if message.get("nonce") is not None:
        return str(message["nonce"]) == key
    answered = (message.get("message_reference") or {}).get("message_id") or ""
    if answered != parent:
        return False
    content = message["content"]
    if note.original and note.original in note.text:
        return note.original in [link[0] for link in links.URL.finditer(content)]
    return same(content, written(note.text))
