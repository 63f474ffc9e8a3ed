"""What things are called on Bluesky: handles, DIDs, record keys, URIs and content ids."""

import base64
import hashlib
import re
from datetime import datetime
from typing import Any

from outreach.sandbox.world import Account, Note, World

NAME = "bluesky"
POST = "app.bsky.feed.post"
TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
DID = re.compile(r"did:[a-z]+:[a-zA-Z0-9._:%-]*[a-zA-Z0-9._-]")
HANDLE = re.compile(
    r"([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?\.)+[a-zA-Z]([a-zA-Z0-9-]*[a-zA-Z0-9])?"
)
CID = re.compile(r"b[a-z2-7]{58}")
_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_URI = re.compile(r"at://([^/]+)/([a-zA-Z.-]+)/([a-zA-Z0-9._:~-]{1,512})")
_CLOCK = 0x2A5
"""The ten bits at a TID's end that tell this server's keys from those that clients choose."""


def handle(name: str) -> str:
    """The handle of an account; one that is no domain yet lives below .test."""
    plain = name.replace("_", "-").lower()
    return plain if "." in plain else f"{plain}.test"


def account_name(identifier: str) -> str:
    """The name that somebody signs in with, as the ledger calls the account."""
    plain = re.sub(r"[^a-z0-9._-]+", "-", identifier.strip().lower().removeprefix("@"))
    return plain.removesuffix(".test").strip("-._")


def did(name: str) -> str:
    """The DID of an account; it follows from the handle alone."""
    digest = hashlib.sha256(handle(name).encode()).digest()
    return "did:plc:" + base64.b32encode(digest).decode().lower()[:24]


def actor(world: World, identifier: str) -> Account | None:
    """The account with this handle or DID."""
    wanted = identifier.lower()
    accounts = world.accounts[NAME].values()
    return next((a for a in accounts if wanted in (handle(a.handle), did(a.handle))), None)


def post_uri(author: Account, key: str) -> str:
    """The URI of a post."""
    return f"at://{did(author.handle)}/{POST}/{key}"


def parts(uri: object) -> tuple[str, str, str] | None:
    """Repository, collection and key of a record's URI."""
    match = _URI.fullmatch(uri) if isinstance(uri, str) else None
    return match and (match[1], match[2], match[3])


def post(world: World, uri: str) -> Note | None:
    """The post with this URI, which may also name its author by handle."""
    repo, collection, key = parts(uri) or ("", "", "")
    author = actor(world, repo)
    return world.note(NAME, post_uri(author, key)) if author and collection == POST else None


def tid(at: datetime, last: str = "") -> str:
    """A record key that carries its time, after `last` if that is one of ours."""
    number = int(at.timestamp() * 1_000_000) << 10 | _CLOCK
    before = _number(last.rpartition("/")[2])
    if before & 0x3FF == _CLOCK:
        number = max(number, before + 0x400)
    return "".join(_DIGITS[number >> place & 31] for place in range(60, -1, -5))


def cid(value: Any) -> str:
    """The content id of a record: CIDv1 of its DAG-CBOR."""
    return _cid(0x71, _cbor(value))


def blob_cid(data: bytes) -> str:
    """The content id of a file: CIDv1 of its bytes."""
    return _cid(0x55, data)


def _number(key: str) -> int:
    if not TID.fullmatch(key):
        return 0
    return sum(_DIGITS.index(digit) << 5 * place for place, digit in enumerate(reversed(key)))


def _cid(codec: int, data: bytes) -> str:
    whole = bytes((1, codec, 0x12, 32)) + hashlib.sha256(data).digest()
    return "b" + base64.b32encode(whole).decode().lower().rstrip("=")


def _cbor(value: Any) -> bytes:
    match value:
        case None | bool():
            return {None: b"\xf6", False: b"\xf4", True: b"\xf5"}[value]
        case int():
            return _head(0, value) if value >= 0 else _head(1, -1 - value)
        case str():
            return _head(3, len(value.encode())) + value.encode()
        case list():
            return _head(4, len(value)) + b"".join(map(_cbor, value))
        case {"$link": str(link), **rest} if not rest and CID.fullmatch(link):
            raw = base64.b32decode(link[1:].upper() + "=" * (-len(link[1:]) % 8))
            return b"\xd8\x2a" + _head(2, len(raw) + 1) + b"\0" + raw
        case dict():
            pairs = sorted((_cbor(name), _cbor(inner)) for name, inner in value.items())
            return _head(5, len(pairs)) + b"".join(name + inner for name, inner in pairs)
    raise ValueError(f"a record has no {type(value).__name__}")


def _head(major: int, size: int) -> bytes:
    if size < 24:
        return bytes((major << 5 | size,))
    for code, length in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if size < 1 << 8 * length:
            return bytes((major << 5 | code,)) + size.to_bytes(length, "big")
    raise ValueError("a record has no number that big")
