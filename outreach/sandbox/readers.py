"""People who come to the square and answer with nothing but a name."""

import hashlib
import re
import unicodedata

from outreach.sandbox.world import Account, Note, World

LONGEST_NAME = 40
NAMELESS = "A reader"


class TooLong(ValueError):
    """The network does not take that much."""


def answer(world: World, note: Note, name: str, text: str) -> Note:
    """Put a reader's answer under a note, as somebody on that network would have."""
    network = world.networks[note.network]
    text = network.address(note.author.handle, text.strip())
    if network.measure(text) > network.length:
        raise TooLong(f"{network.title} takes {network.length} characters at most.")
    return world.create(reader(world, note.network, name), text, in_reply_to=note.id)


def begin(world: World, network: str, name: str, text: str, *, title: str, url: str) -> Note:
    """Put a thread of a reader's own there, on a network where people begin some."""
    beside = world.networks[network].begin
    if beside is None:
        raise TooLong(f"{world.networks[network].title} is no place to begin a thread.")
    if world.networks[network].measure(text) > world.networks[network].length:
        raise TooLong(f"{world.networks[network].title} does not take that much.")
    return world.create(reader(world, network, name), text.strip(), **beside(title, url))


def reader(world: World, network: str, name: str) -> Account:
    """The reader of that name. Nobody becomes an account or a resident by taking its name."""
    name = " ".join(name.split())[:LONGEST_NAME] or NAMELESS
    handle = _handle(name)
    known = world.account_by_handle(network, handle)
    if known and known.kind != "reader":
        handle += "_reader"
    return world.join(network, handle, name=name, kind="reader")


def _handle(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    handle = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:24]
    return handle or "reader_" + hashlib.sha256(name.encode()).hexdigest()[:6]
