"""People who live on the sandbox's networks and answer new notes by themselves."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from outreach.sandbox.world import Account, Note, World

SOONEST, LATEST = 2.0, 6.0


@dataclass(frozen=True, kw_only=True)
class Resident:
    """Somebody with a name and a way to talk."""

    handle: str
    name: str
    voice: tuple[str, ...]


RESIDENTS = (
    Resident(
        handle="juniper_builds",
        name="Juniper Vale",
        voice=(
            "Nice! Is there a minimal example somewhere? I want to try this over the weekend.",
            "What happens when the network drops half-way? I always end up writing that part.",
            "Read this over lunch and already have an editor open. What does it need to run?",
            "Could you say a word about what you tried first and threw away?",
        ),
    ),
    Resident(
        handle="corvin_notes",
        name="Corvin Ash",
        voice=(
            "Honest question: what does this do better than the three tools we already have?",
            "I like the idea, but the docs lost me at the second step. A picture would help.",
            "Please do not forget small machines. The last version was slow on mine.",
            "Good direction. I still miss a way to undo things when I get them wrong.",
        ),
    ),
    Resident(
        handle="mara_ops",
        name="Mara Lindqvist",
        voice=(
            "We run this for forty people at work. Is there somebody we can pay for support?",
            "Could our team get an invoice for this? Procurement will not let me use a card.",
            "We need single sign-on before we roll this out. Is it planned? Can we sponsor it?",
            "Is there a date for the next stable release? I have to plan our upgrade window.",
        ),
    ),
    Resident(
        handle="pip_sunday",
        name="Pip Okafor",
        voice=(
            "This made my day, thank you! Sharing it with our meetup.",
            "I have been hoping for exactly this. Wonderful work, all of you.",
            "Thank you for writing these up. I wish every project told its story like this.",
            "Love it! It would be even better with a dark theme, but I am not complaining.",
        ),
    ),
)


@dataclass(frozen=True, order=True)
class Answer:
    """Something a resident is going to say."""

    due: datetime
    note_id: str
    resident: str
    text: str


class Residents:
    """Knows who will answer what and when; all of it follows from the notes alone."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._seen = dict.fromkeys(world.networks, 0)
        self._coming: dict[str, list[Answer]] = {network: [] for network in world.networks}

    def speak(self) -> None:
        """Say everything that is due by now, once."""
        for network, coming in self._coming.items():
            notes = self._world.notes[network]
            if self._seen[network] < len(notes):
                fresh = list(notes.values())[self._seen[network] :]
                self._seen[network] = len(notes)
                coming.extend(a for note in fresh for a in answers(note, self._world.time_scale))
            due = sorted(answer for answer in coming if answer.due <= self._world.now())
            for answer in due:
                coming.remove(answer)
                _say(self._world, network, answer)


def answers(note: Note, time_scale: float) -> Iterator[Answer]:
    """Who answers a note; always the same ones for the same note."""
    if note.author.kind != "account" or note.in_reply_to is not None:
        return
    # Not for secrets: a seeded choice that is the same after a restart.
    dice = random.Random(f"{note.network} {note.id}")  # noqa: S311
    for resident in dice.sample(RESIDENTS, dice.choice((1, 2, 2))):
        delay = timedelta(seconds=dice.uniform(SOONEST, LATEST) / time_scale)
        yield Answer(note.at + delay, note.id, resident.handle, dice.choice(resident.voice))


def _say(world: World, network: str, answer: Answer) -> None:
    note = world.note(network, answer.note_id)
    if note is None or any(a.author.handle == answer.resident for a in world.answers(note)):
        return
    address = world.networks[network].address
    text = address(note.author.handle, answer.text)
    world.create(_joined(world, network, answer.resident), text, in_reply_to=note.id)


def _joined(world: World, network: str, handle: str) -> Account:
    name = next(resident.name for resident in RESIDENTS if resident.handle == handle)
    return world.join(network, handle, name=name, kind="resident")
