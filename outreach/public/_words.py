"""What a visitor wrote into the form for comments."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from outreach.channels.comments import LIMITS, NAMELESS
from outreach.public._form import Posted
from outreach.site.characters import clean

LONGEST_NAME, LONGEST_SITE = 60, 200
"""Characters of a name, and of the address of somebody's own site."""


def words(form: Posted) -> Mapping[str, str]:
    """Name, site and text in the form in which they are kept."""
    text = clean(form.get("text", "").replace("\r\n", "\n").replace("\r", "\n")).strip()
    site = "".join(form.get("site", "").split())
    return {
        "name": " ".join(clean(form.get("name", "")).split()) or NAMELESS,
        "site": site if not site or "://" in site else f"https://{site}",
        "text": text,
    }


def fault(said: Mapping[str, str]) -> str:
    """What is wrong with it, in words for who wrote it; "" where nothing is."""
    if not said["text"]:
        return "Write something first."
    if len(said["text"]) > LIMITS.length:
        over = len(said["text"]) - LIMITS.length
        return f"That is too long by {over} characters; {LIMITS.length} is the most."
    if len(said["name"]) > LONGEST_NAME:
        return f"A name has at most {LONGEST_NAME} characters."
    if said["site"] and not _is_site(said["site"]):
        return "This is no address of a site; leave it empty if you have none."
    return ""


def _is_site(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_web = parts.scheme in ("http", "https") and "." in (parts.hostname or "")
    return is_web and "@" not in parts.netloc and len(url) <= LONGEST_SITE and url.isprintable()
