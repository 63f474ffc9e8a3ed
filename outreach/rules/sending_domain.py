"""Whether a domain lets receivers believe the mail that is sent in its name."""

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Texts = Callable[[str], list[str]]
"""The TXT records of a name, [] where there is none."""

LOOKUPS = 10
"""How many further questions an SPF record may cost (RFC 7208, 4.6.4)."""

SHORT = 160
"""Bytes that a DKIM key of 1024 bits has at least, the shortest that is taken (RFC 8301, 3.2)."""

_TERM = re.compile(r"(?P<qualifier>[-+?~]?)(?P<name>[a-z][a-z0-9_.-]*)(?:[:=/](?P<value>\S*))?")
_COSTS = frozenset({"include", "redirect", "a", "mx", "ptr", "exists"})


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at. `record` is what to put into the DNS where it is not `ok`."""

    check: str
    ok: bool
    what: str
    record: str = ""


def spf(domain: str, server: str, texts: Texts) -> Finding:
    """Who may send for the domain (RFC 7208). `server` is the host that takes our mail."""
    ours = "a mx" if server in ("localhost", "127.0.0.1", "::1") else f"a:{server}"
    add = f'{domain}. TXT "v=spf1 {ours} ~all"'
    found = _spf_records(texts(domain))
    if not found:
        return _wrong(
            "SPF", f"{domain} has no record; your mail provider names what goes before ~all", add
        )
    if len(found) > 1:
        what = f"{domain} has {len(found)} records, and none counts: make one of them"
        return _wrong("SPF", what, add)
    if why := _spf_fault(found[0], texts):
        return _wrong("SPF", f"{why}, in: {found[0]}", add)
    return Finding(check="SPF", ok=True, what=found[0])


def dkim(domain: str, selector: str, texts: Texts) -> Finding:
    """Whether the key is there that signatures are checked with (RFC 6376, 3.6.1)."""
    if not selector:
        what = (
            "nobody has said which key signs: set `dkim_selector` to the selector that your mail "
            "server signs with, the s= in the DKIM-Signature of a letter"
        )
        return _wrong("DKIM", what, f'SELECTOR._domainkey.{domain}. TXT "v=DKIM1; k=rsa; p=KEY"')
    name = f"{selector}._domainkey.{domain}"
    add = f'{name}. TXT "v=DKIM1; k=rsa; p=THE-PUBLIC-KEY-OF-YOUR-MAIL-SERVER"'
    found = [text for text in texts(name) if "p" in _tags(text)]
    if len(found) != 1:
        what = f"{name} has {len(found)} keys, not one" if found else f"{name} has no key"
        return _wrong("DKIM", what, add)
    tags = _tags(found[0])
    if why := _key_fault(tags):
        return _wrong("DKIM", f"{name}: {why}", add)
    return Finding(check="DKIM", ok=True, what=f"{name} has a {tags.get('k', 'rsa')} key")


def dmarc(domain: str, address: str, texts: Texts) -> Finding:
    """What receivers do with mail that fails both (RFC 7489). `address` gets their reports."""
    add = f'_dmarc.{domain}. TXT "v=DMARC1; p=none; rua=mailto:{address}"'
    for parent in _and_parents(domain):
        name = f"_dmarc.{parent}"
        found = [text for text in texts(name) if _tags(text).get("v") == "DMARC1"]
        if len(found) > 1:
            what = f"{name} has {len(found)} records, and none counts: leave one"
            return _wrong("DMARC", what, found[0])
        if found:
            policy = _tags(found[0]).get("p", "")
            if policy in ("none", "quarantine", "reject"):
                return Finding(check="DMARC", ok=True, what=f"{name}: {found[0]}")
            what = f"{name} has the policy {policy!r}; it is none, quarantine or reject"
            return _wrong("DMARC", what, add)
    return _wrong("DMARC", f"_dmarc.{domain} has no record", add)


def _wrong(check: str, what: str, record: str) -> Finding:
    return Finding(check=check, ok=False, what=what, record=record)


def _spf_records(records: list[str]) -> list[str]:
    return [text for text in records if text.lower().split(" ")[0] == "v=spf1"]


def _spf_fault(record: str, texts: Texts) -> str:
    """Why nobody can rely on the record; "" where they can."""
    ends = [term for term in _terms(record) if term["name"] in ("all", "redirect")]
    if not ends:
        return "it does not end: put ~all or -all behind it"
    if ends[0]["name"] == "all" and ends[0]["qualifier"] in ("", "+", "?"):
        return "it lets the whole internet send: end it with ~all or -all"
    cost = 0
    waiting = [record]
    while waiting:
        for term in _terms(waiting.pop()):
            cost += term["name"] in _COSTS
            target = term["value"] or ""
            if term["name"] not in ("include", "redirect") or "%" in target or cost > LOOKUPS:
                continue
            found = _spf_records(texts(target))
            if len(found) != 1:
                return f"{term['name']} names {target}, which has {len(found) or 'no'} record"
            waiting.append(found[0])
    return f"it costs more than {LOOKUPS} lookups, and does not count" if cost > LOOKUPS else ""


def _terms(record: str) -> Iterator[re.Match[str]]:
    for word in record.lower().split()[1:]:
        if term := _TERM.fullmatch(word):
            yield term


def _tags(record: str) -> dict[str, str]:
    """`v=DKIM1; p=…` as a mapping (RFC 6376, 3.2)."""
    pairs = (part.partition("=") for part in record.split(";") if "=" in part)
    return {name.strip(): value.strip() for name, _, value in pairs}


def _key_fault(tags: dict[str, str]) -> str:
    if tags.get("v", "DKIM1") != "DKIM1":
        return f"its version is {tags['v']!r}, and receivers know DKIM1"
    text = "".join(tags["p"].split())
    if not text:
        return "the key is revoked: its p= is empty"
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        return "its p= is no key in base64"
    if tags.get("k", "rsa") == "rsa" and len(key) < SHORT:
        return "the key is shorter than 1024 bits, and receivers refuse it"
    if "y" in tags.get("t", "").split(":"):
        return "t=y says that it is only tried out, and receivers ignore it"
    return ""


def _and_parents(domain: str) -> Iterator[str]:
    """The domain and what it is a part of, down to two labels."""
    labels = domain.split(".")
    yield from (".".join(labels[start:]) for start in range(max(len(labels) - 1, 1)))
