"""A note as the text that the outbox keeps: what was claimed is sent again as it is."""

import json
from dataclasses import asdict
from typing import Any

from outreach.model.note import Card, Mentioned, Note, NoteKind
from outreach.model.post import Media


def to_json(note: Note) -> str:
    """The note as text of one form, so that equal notes are equal text."""
    return json.dumps(asdict(note), ensure_ascii=False, sort_keys=True)


def from_json(text: str) -> Note:
    """The note that `to_json` wrote, also an earlier version of it."""
    fields = json.loads(text)
    fields["kind"] = NoteKind(fields["kind"])
    fields["media"] = tuple(Media(**item) for item in fields["media"])
    fields["mentions"] = tuple(Mentioned(**item) for item in fields.get("mentions", ()))
    fields["card"] = _card(fields.get("card"))
    fields["tags"] = tuple(fields["tags"])
    return Note(**fields)


def _card(fields: dict[str, Any] | None) -> Card | None:
    if fields is None:
        return None
    image = fields["image"]
    return Card(**{**fields, "image": Media(**image) if image else None})
