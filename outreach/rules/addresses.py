"""Mail addresses as we keep them, and what we take for none."""

import re
import unicodedata

LOCAL, WHOLE = 64, 254
"""How many octets may stand before the `@`, and in all (RFC 5321, 4.5.3.1; RFC 3696 errata)."""

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


def normal(text: str) -> str:
    """The address in its one form: no space around it, the domain in lower case and as the DNS has
    it (RFC 3492). What stands before the `@` is its owner's, and stays.

    Raises ValueError, which says why, for what is no address that mail reaches everywhere: quoted
    or non-ASCII names before the `@`, more than one `@`, a domain of one word or of numbers alone.
    """
    address = text.strip()
    local, at, domain = address.partition("@")
    if not at or "@" in domain:
        raise ValueError("an address has one @")
    if len(local) > LOCAL or not _LOCAL.fullmatch(local):
        raise ValueError("this cannot stand before the @")
    labels = [_label(label) for label in domain.split(".")]
    if len(labels) < 2 or labels[-1].isdigit() or not all(map(_LABEL.fullmatch, labels)):
        raise ValueError("this cannot stand behind the @")
    found = f"{local}@{'.'.join(labels)}"
    if len(found) > WHOLE:
        raise ValueError(f"an address has {WHOLE} characters at most")
    return found


def _label(label: str) -> str:
    """One part of a domain; a letter that Unicode has twice is taken for the plain one."""
    plain = unicodedata.normalize("NFKC", label.lower())
    if plain.isascii():
        return plain
    letters = plain.replace("-", "")
    if not all(unicodedata.category(letter)[0] in "LMN" for letter in letters):
        raise ValueError("this cannot stand behind the @")
    return "xn--" + plain.encode("punycode").decode()
