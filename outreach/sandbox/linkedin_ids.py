"""What things are called on LinkedIn: URNs. Numbers carry their time, as LinkedIn's do."""

import re
import secrets
from datetime import datetime
from typing import Any

from outreach.sandbox.network import snowflake
from outreach.sandbox.world import Account, Note, World

NAME = "linkedin"
BITS = 22
_NUMBER = re.compile(r"(\d+)\)?$")
_ACTIVITY = re.compile(r"urn:li:activity:\d+")
_COMPANY = "company_"


def new_id(at: datetime, last: str) -> str:
    """A number that carries its time and always grows."""
    return snowflake(at, number(last), epoch=0, bits=BITS)


def number(urn: str) -> str:
    """The number at the end of a URN; a comment's is behind its activity."""
    found = _NUMBER.search(urn)
    return found[1] if found else ""


def named(parent: Note | None, new: str, extra: dict[str, Any]) -> str:
    """The URN of a post, or of a comment: several images make a ugcPost, all else a share."""
    if parent is not None:
        return f"urn:li:comment:({activity(parent)},{new})"
    kind = "ugcPost" if "multiImage" in extra.get("content", {}) else "share"
    return f"urn:li:{kind}:{new}"


def activity(note: Note) -> str:
    """The activity that a post or a comment belongs to: another number than the post's own."""
    found = _ACTIVITY.search(note.id)
    return found[0] if found else f"urn:li:activity:{int(number(note.id)) + 1}"


def target(world: World, urn: str) -> Note | None:
    """The post or the comment that a URN means; a post is also known by its activity."""
    if _ACTIVITY.fullmatch(urn):
        own = int(number(urn)) - 1
        return world.note(NAME, f"urn:li:share:{own}") or world.note(NAME, f"urn:li:ugcPost:{own}")
    return world.note(NAME, urn)


def image(at: datetime) -> str:
    """The URN of an image that is going to be uploaded."""
    return f"urn:li:image:{int(at.timestamp() * 1000) << BITS | secrets.randbits(BITS)}"


def actor(who: Account) -> str:
    """A member's or an organisation's URN."""
    company = company_of(who)
    return f"urn:li:organization:{company}" if company else f"urn:li:person:{who.id}"


def company_of(who: Account) -> str:
    """The number of an organisation; "" for a member."""
    return who.handle.removeprefix(_COMPANY) if who.handle.startswith(_COMPANY) else ""


def company(world: World, wanted: str, caller: Account) -> Account:
    """The organisation of a number. Whoever asks for it first is its administrator, and it has
    their name."""
    return world.join(NAME, f"{_COMPANY}{wanted}", name=caller.handle)


def administers(caller: Account, organization: Account) -> bool:
    """Whether a member has a role in an organisation."""
    return organization.name == caller.handle
