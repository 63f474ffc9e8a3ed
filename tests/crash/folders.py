"""A leader's folder for one run: one account, and what it has to say."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from html import escape
from itertools import count
from pathlib import Path
from typing import Any

from outreach.config import (
    Config,
    InboxSection,
    NetworkSection,
    PublishSection,
    SandboxSection,
)
from outreach.config_site import SiteSection
from outreach.model.channel import Identified, Publisher
from outreach.model.delivery import Activity, Delivery, State
from outreach.model.note import Audience, Note, NoteKind
from outreach.model.schedule import Schedule
from outreach.rules.compose import Compose
from outreach.rules.keys import Tids
from outreach.rules.voices import Voices
from outreach.store import accounts, content, ledger
from outreach.workspace import Mode, Workspace

from ..folder import POST
from ..ports import free_port
from .kinds import limits, now, settings, speaks_to_all
from .witness import Witness

READER = "A reader asks"
"""What every answer has in its text that a reader gives."""

MEANWHILE = "In the meantime"
"""What every note has in its text that the account wrote with another tool."""

_numbers: Iterator[int] = count(1)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Where one run happens. `begin` is how long the witness's book was before it."""

    witness: Witness
    workspace: Workspace
    kind: str
    account: str
    begin: int

    def tag(self, part: int) -> str:
        """What a note of this run has in its text, and no other note has."""
        return f"[{self.account}.{part}]"

    def target(self, part: int) -> str:
        """The page that a note is addressed to, on a network that tells pages."""
        return f"{self.witness.url}/{self.kind}/page/{self.account}.{part}"

    def is_part(self, entry: dict[str, Any], part: int) -> bool:
        """Whether what came to be on the network is this part."""
        said = f"{entry['text']} {entry['extra'].get('title', '')}"
        return self.tag(part) in said or entry["extra"].get("target") == self.target(part)

    @property
    def channel(self) -> Publisher:
        """The account's channel, for the harness itself."""
        return self.workspace.publisher(self.account, now)

    def created(self) -> list[dict[str, Any]]:
        """What came to be on the network since the run began."""
        return self.effects("create")

    def effects(self, effect: str) -> list[dict[str, Any]]:
        """What else happened there since: "update", "delete"."""
        return self.witness.effects(self.kind, self.begin, effect)


def make(witness: Witness, kind: str, where: Path) -> Stage:
    """A folder of its own with one account, and an empty outbox."""
    account = f"{kind}_{next(_numbers)}"
    root = where / account
    (root / "posts").mkdir(parents=True)
    site, inbox = free_port(), free_port()
    config = Config(
        site=SiteSection(
            title="Lanternworks",
            url=f"http://127.0.0.1:{site}",
            author="Ada Moreau",
            listen=f"127.0.0.1:{site}",
        ),
        publish=PublishSection(quiet_period=timedelta(0)),
        inbox=InboxSection(listen=f"127.0.0.1:{inbox}"),
        sandbox=SandboxSection(residents=False),
        network=NetworkSection(),
        accounts={account: settings(kind, account)},
        voices=Voices(accounts=(account,)),
        compose=Compose(kinds={account: kind}),
        collect={},
        digest=Schedule(every=timedelta(hours=1)),
    )
    workspace = Workspace(
        root=root, mode=Mode.SANDBOX, config=config, environ={}, sandbox_url=witness.url
    )
    template = where / "template.db"
    if template.exists():
        shutil.copy(template, workspace.database_path)
    else:
        workspace.create().close()
        shutil.copy(workspace.database_path, template)
    with closing(workspace.connect()) as database:
        accounts.meet(database, account, kind, now())
    return Stage(
        witness=witness, workspace=workspace, kind=kind, account=account, begin=witness.size()
    )


def queue(stage: Stage, parts: int = 1, *, linked: bool = True) -> None:
    """A thread of `parts` notes, ready to go: the first has a link, the others only words.

    Without `linked` none has one where a note can be without: what is but a link is never edited.

    The account is signed in, so that the first request that writes is the one that publishes.
    """
    if isinstance(stage.channel, Identified):
        stage.channel.handle()
    new_key = Tids(now, 0)
    before: str | None = None
    with closing(stage.workspace.connect()) as database, database.atomic():
        for part in range(parts):
            made = note(stage, part, linked=linked)
            delivery = Delivery(
                id=new_key(),
                account=stage.account,
                activity=Activity.CREATE,
                source=stage.account,
                part=part,
                after=before,
                recipient=made.to or "",
                note=content.keep(database, made) if made.unsubscribe else made,
                state=State.READY,
                due=now(),
                fresh_from=now(),
            )
            ledger.queue(database, delivery, now())
            before = delivery.id


def note(stage: Stage, part: int = 0, text: str = "", *, linked: bool = True) -> Note:
    """A note as the network wants one. What is addressed goes to somebody of its own."""
    at_will = limits(stage.kind).kind is NoteKind.NOTE and speaks_to_all(stage.kind)
    plain = part or text or (at_will and not linked)
    url = "" if plain else f"https://lanternworks.example/{stage.account}/"
    text = text or f"{stage.tag(part)} Here is a thing & its part."
    words = Note(text=f"{text}\n\n{url}" if url else text, original=url)
    if limits(stage.kind).kind is NoteKind.ARTICLE:
        html = f"<p>{escape(words.text)}</p>"
        words = replace(words, kind=NoteKind.ARTICLE, title=text[:60], html=html)
    match limits(stage.kind).audience:
        case Audience.EVERYONE | Audience.HERE:
            return words
        case Audience.SUBSCRIBERS:
            to = f"grace.{part}@{stage.account.replace('_', '-')}.example"
            return replace(words, to=to, unsubscribe=f"https://lanternworks.example/?{to}")
        case Audience.LINKED:
            return replace(words, to=stage.target(part))


def chatter(stage: Stage, notes: int) -> None:
    """The account writes newer notes, not by us."""
    channel, new_key = stage.channel, Tids(now, 1)
    for number in range(notes):
        channel.publish(note(stage, text=f"{MEANWHILE}, {stage.account}, {number}"), new_key())


def write(stage: Stage) -> None:
    """A post that is due."""
    title = f'"{stage.tag(0)} Hello"'
    path = stage.workspace.posts / f"{stage.account.replace('_', '-')}.md"
    path.write_text(POST.format(title=title, summary="A greeting."), "utf-8")
