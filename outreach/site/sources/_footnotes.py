"""Footnotes, however a tool writes them: a number that leads to a note that leads back."""

import re

from bs4 import BeautifulSoup, Tag

_NUMBER = re.compile(r"\[?(\d{1,4}|[*†‡§]|[a-z])\]?")


def mark(soup: BeautifulSoup) -> None:
    """Make `<footnote n>` of each number and `<note n>` of each note, at the end of the text."""
    notes: list[Tag] = []
    by_name = {str(tag["id"]): tag for tag in soup.find_all(id=True)}
    for link in soup.find_all("a", href=re.compile("^#.")):
        note = None if link.decomposed else _note(link, by_name)
        if note is None:
            continue
        number = str(len(notes) + 1)
        notes.append(_written(soup, note, number, _names(link)))
        place = link.parent if link.parent and link.parent.name == "sup" else link
        place.replace_with(soup.new_tag("footnote", attrs={"n": number}))
    for written in notes:
        soup.append(written)


def _note(link: Tag, by_name: dict[str, Tag]) -> Tag | None:
    """The note that a link leads to; None where it is no footnote's number."""
    target = by_name.get(str(link.get("href", ""))[1:])
    if (
        target is None
        or target.decomposed
        or not _NUMBER.fullmatch(link.get_text().strip())
        or link.find_parent("note")
    ):
        return None
    note = target.find_parent(["li", "div"]) if target.name == "a" else target
    if note is None or link in note.descendants:
        return None
    return note if _back(note, _names(link)) else None


def _names(link: Tag) -> set[str]:
    """What a link's place is called."""
    around = (link, link.parent, link.parent.parent if link.parent else None)
    return {str(tag["id"]) for tag in around if tag is not None and tag.get("id")}


def _back(note: Tag, names: set[str]) -> list[Tag]:
    return [tag for tag in note.find_all("a", href=True) if str(tag["href"])[1:] in names]


def _written(soup: BeautifulSoup, note: Tag, number: str, names: set[str]) -> Tag:
    """The note apart from its list, without its way back; a list that is empty then goes too."""
    for back in _back(note, names):
        back.decompose()
    around = note.parent
    written = soup.new_tag("note", attrs={"n": number})
    written.extend(list(note.contents))
    note.decompose()
    while around is not None and around.name in ("ol", "ul", "section", "div"):
        outer = around.parent
        if around.get_text().strip() or around.find("img"):
            break
        rule = around.find_previous_sibling()
        around.decompose()
        if rule is not None and rule.name == "hr" and not rule.find_next_sibling():
            rule.decompose()
        around = outer
    return written
