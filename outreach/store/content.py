"""Texts that many notes share: a letter to thousands stands here once, by its hash."""

from dataclasses import replace
from hashlib import sha256

from outreach.model.note import Note
from outreach.store.database import Database


def keep(database: Database, note: Note) -> Note:
    """Put a note's text and html aside; gives back the note that only names them."""
    name = sha256(f"{note.text}\0{note.html}".encode("utf-8", "surrogatepass")).hexdigest()
    database.execute(
        "INSERT INTO content (hash, text, html) VALUES (:name, :text, :html)"
        " ON CONFLICT DO NOTHING",
        name=name,
        text=note.text,
        html=note.html,
    )
    return replace(note, text="", html="", content=name)


def whole(database: Database, note: Note) -> Note:
    """The note with the text and html that it names, if it names any."""
    if not note.content:
        return note
    row = database.query("SELECT text, html FROM content WHERE hash = :name", name=note.content)[0]
    return replace(note, text=row["text"], html=row["html"])
