"""A leader's folder for one run: one account, and what it has to say."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any, get_args
from zlib import crc32

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from outreach import channels
from outreach.channels._settings import ChannelSettings, SecretName
from outreach.config import (
    Config,
    InboxSection,
    NetworkSection,
    PublishSection,
    SandboxSection,
    SiteSection,
)
from outreach.model.channel import Identified, Publisher
from outreach.model.delivery import Activity, Delivery, State
from outreach.model.note import Note
from outreach.model.schedule import Schedule
from outreach.rules.compose import Compose
from outreach.rules.keys import Tids
from outreach.rules.voices import Voices
from outreach.store import accounts, ledger
from outreach.workspace import Mode, Workspace

from ..folder import POST
from ..ports import free_port
from .witness import Witness

READER = "A reader asks"
"""What every answer has in its text that a reader gives."""

MEANWHILE = "In the meantime"
"""What every note has in its text that the account wrote with another tool."""

SECRET = SecretName.__metadata__[0]  # type: ignore[attr-defined]
_numbers: Iterator[int] = count(1)


def now() -> datetime:
    """The clock on the wall."""
    return datetime.now(UTC)


def kinds() -> tuple[str, ...]:
    """Every channel that has a twin in the sandbox: found, not listed."""
    return tuple(kind for kind in channels.kinds() if find_spec(f"outreach.sandbox.{kind}"))


def settings(kind: str, account: str) -> ChannelSettings:
    """An account of any kind, made from what its settings ask for; all its own.

    It is the account that can do most: it has every secret it may have, but for those of a second
    way to sign in, and every number (a page of LinkedIn is one).
    """
    model = channels.module(kind).Settings
    fields = {name: field for name, field in model.model_fields.items() if name != "kind"}
    secrets = [name for name, field in fields.items() if _is_secret(field)]
    values: dict[str, Any] = {
        name: f"{account.replace('_', '-')}.example"
        for name, field in fields.items()
        if field.is_required() and name not in secrets
    }
    numbers = (name for name, field in fields.items() if _is_number(field))
    values |= dict.fromkeys(numbers, crc32(account.encode()) + 1)
    while True:
        named = dict.fromkeys(secrets, "$ANY_NAME")
        try:
            return model.model_validate({"kind": kind, **values, **named})
        except ValidationError:
            if not secrets:
                raise
            secrets.pop()


def _is_secret(field: FieldInfo) -> bool:
    """Whether the field is a SecretName, or may be left out and is one."""
    options = (getattr(option, "__metadata__", ()) for option in get_args(field.annotation))
    return SECRET in field.metadata or any(SECRET in metadata for metadata in options)


def _is_number(field: FieldInfo) -> bool:
    """Whether the field is a whole number, or may be left out and is one."""
    options = (field.annotation, *get_args(field.annotation))
    return any(int in (option, *get_args(option)[:1]) for option in options)


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

    @property
    def channel(self) -> Publisher:
        """The account's channel, for the harness itself."""
        return self.workspace.channel(self.account, now)

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


def queue(stage: Stage, parts: int = 1) -> None:
    """A thread of `parts` notes, ready to go: the first has a link, the others only words.

    The account is signed in, so that the first request that writes is the one that publishes.
    """
    if isinstance(stage.channel, Identified):
        stage.channel.handle()
    new_key = Tids(now, 0)
    url = f"https://lanternworks.example/{stage.account}/"
    before: str | None = None
    with closing(stage.workspace.connect()) as database, database.atomic():
        for part in range(parts):
            text = f"{stage.tag(part)} Here is a thing & its part."
            note = Note(text=text if part else f"{text}\n\n{url}", original="" if part else url)
            delivery = Delivery(
                id=new_key(),
                account=stage.account,
                activity=Activity.CREATE,
                source=stage.account,
                part=part,
                after=before,
                note=note,
                state=State.READY,
                due=now(),
                fresh_from=now(),
            )
            ledger.queue(database, delivery, now())
            before = delivery.id


def chatter(stage: Stage, notes: int) -> None:
    """The account writes newer notes, not by us."""
    channel, new_key = stage.channel, Tids(now, 1)
    for number in range(notes):
        channel.publish(Note(text=f"{MEANWHILE}, {stage.account}, {number}"), new_key())


def write(stage: Stage) -> None:
    """A post that is due."""
    title = f'"{stage.tag(0)} Hello"'
    path = stage.workspace.posts / f"{stage.account.replace('_', '-')}.md"
    path.write_text(POST.format(title=title, summary="A greeting."), "utf-8")
