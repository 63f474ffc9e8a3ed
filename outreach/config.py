"""config.yaml and schedules/*.yaml become one validated configuration; all mistakes at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from outreach import channels
from outreach.channels._settings import ChannelSettings
from outreach.config_deploy import DeployHook, deploy_settings
from outreach.config_site import AuthorSection, Listen, Section, SiteSection, SourceSection
from outreach.deploy import TargetSettings
from outreach.model.errors import Mistake, Mistakes
from outreach.model.note import Audience
from outreach.model.schedule import Schedule
from outreach.rules import durations
from outreach.rules.compose import Compose
from outreach.rules.people import Known
from outreach.rules.voices import Voices
from outreach.yamlfile import YamlFile

Span = Annotated[
    timedelta, BeforeValidator(lambda v: durations.parse(v) if isinstance(v, str) else v)
]


class PublishSection(Section):
    """`quiet_period`: nothing leaves within this time of a file's last change.

    `utm` marks links with the network they stand on. `hashtags` is how many of a post's tags go
    into a note at most.
    """

    quiet_period: Span = timedelta(minutes=5)
    utm: bool = False
    hashtags: int = Field(default=3, ge=0, le=30)


class PersonSection(Section):
    """Somebody whom posts mention: their name, and their handle by kind of network."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, str]

    name: str

    def known(self) -> Known:
        """Handles without the `@` that people write before them."""
        handles = {kind: handle.removeprefix("@") for kind, handle in self._handles()}
        return Known(name=self.name, handles=handles)

    def _handles(self) -> Iterable[tuple[str, str]]:
        return (self.__pydantic_extra__ or {}).items()


class InboxSection(Section):
    """The team's door."""

    listen: Listen = "127.0.0.1:8001"


class SandboxSection(Section):
    """The small social world on this machine; `residents` answer posts by themselves."""

    listen: Listen = "127.0.0.1:8100"
    residents: bool = True


class NetworkSection(Section):
    """`allow`: addresses (ip:port) that are not public and may be connected to all the same."""

    allow: tuple[Listen, ...] = ()


class ConfigFile(Section):
    """config.yaml as it is written."""

    site: SiteSection
    accounts: dict[str, Any] = Field(default_factory=dict)
    authors: dict[str, AuthorSection] = Field(default_factory=dict)
    people: dict[str, PersonSection] = Field(default_factory=dict)
    publish: PublishSection = PublishSection()
    inbox: InboxSection = InboxSection()
    sandbox: SandboxSection = SandboxSection()
    network: NetworkSection = NetworkSection()
    source: SourceSection | None = None
    deploy: dict[str, Any] = Field(default_factory=dict)
    deploy_hook: DeployHook = ()


class _Rhythm(Section):
    every: Span | None = None
    cron: str | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "_Rhythm":
        if (self.every is None) == (self.cron is None):
            raise ValueError("either every (as 5m) or cron (as 0 8 * * *)")
        if self.every is not None and self.every < timedelta(seconds=1):
            raise ValueError("every: at least 1s")
        if self.cron is not None:
            _check_cron(self.cron)
        return self


class _Digest(_Rhythm):
    """`to`: the accounts that get each digest as a note."""

    to: tuple[str, ...] = ()


def _check_cron(expression: str) -> None:
    try:
        CronSim(expression, datetime(2000, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        raise ValueError(f"a cron line of five fields, as 0 8 * * 1-5 ({error})") from error


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("an IANA time zone, as Europe/Berlin") from error
    return name


class ScheduleFile(Section):
    """One file of schedules/ as it is written."""

    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    accounts: tuple[str, ...] | None = None
    collect: _Rhythm | None = None
    digest: _Digest | None = None
    roundup: _Rhythm | None = None


@dataclass(frozen=True, kw_only=True)
class Config:
    """Everything that a folder's owner settled. `accounts` are in the order of the file.

    `lists` are the newsletters among them, `linked` those that tell the pages we link to,
    `comments` those that our own pages' form writes to.
    `digest_to` are the accounts that get each digest. `roundup` is when the week's posts become the
    draft of a letter, None for never. `deploy` is where the site is served if not by us, and
    `deploy_hook` who is told then: a URL, the name of a secret, or the words of a command.
    """

    site: SiteSection
    publish: PublishSection
    inbox: InboxSection
    sandbox: SandboxSection
    network: NetworkSection
    source: SourceSection | None = None
    authors: Mapping[str, AuthorSection] = field(default_factory=dict)
    accounts: Mapping[str, ChannelSettings]
    voices: Voices
    compose: Compose
    lists: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    collect: Mapping[str, Schedule]
    digest: Schedule
    digest_to: tuple[str, ...] = ()
    roundup: Schedule | None = None
    deploy: TargetSettings | None = None
    deploy_hook: tuple[str, ...] = ()


COLLECT = Schedule(every=timedelta(minutes=5))
DIGEST = Schedule(cron="0 8 * * *")


def load(root: Path) -> Config:
    """Read a folder's config.yaml and schedules. Raises Mistakes with file and line of each."""
    mistakes: list[Mistake] = []
    path = root / "config.yaml"
    if not path.is_file():
        raise Mistakes(
            (Mistake(path=str(path), line=0, what="there is no config.yaml here",
                     expected="a folder with config.yaml and posts/"),)
        )  # fmt: skip
    source = YamlFile(path, root)
    file = source.validate(ConfigFile, mistakes)
    accounts = _accounts(source, mistakes)
    collect, digest, digest_to, roundup = _schedules(root, accounts, mistakes)
    target = deploy_settings(source, mistakes)
    _check_linked(source, accounts, mistakes)
    if file is not None:
        _check_names(source, file, mistakes)
        _check_source(source, file, mistakes)
    if mistakes or file is None:
        raise Mistakes(tuple(sorted(mistakes)))
    audiences = {name: channels.audience(settings.kind) for name, settings in accounts.items()}
    announcing = tuple(name for name in accounts if audiences[name] is Audience.EVERYONE)
    return Config(
        site=file.site,
        publish=file.publish,
        inbox=file.inbox,
        sandbox=file.sandbox,
        network=file.network,
        source=file.source,
        authors=file.authors,
        accounts=accounts,
        voices=Voices(
            accounts=announcing,
            quiet=frozenset(name for name in accounts if not accounts[name].announce),
            others=tuple(name for name in accounts if name not in announcing),
            authors={name: author.accounts for name, author in file.authors.items()},
            languages={name: it.languages for name, it in accounts.items() if it.languages},
        ),
        compose=Compose(
            kinds={name: settings.kind for name, settings in accounts.items()},
            people={name.casefold(): person.known() for name, person in file.people.items()},
            utm=file.publish.utm,
            hashtags=file.publish.hashtags,
        ),
        lists=tuple(name for name in accounts if audiences[name] is Audience.SUBSCRIBERS),
        linked=tuple(name for name in accounts if audiences[name] is Audience.LINKED),
        comments=tuple(name for name in accounts if audiences[name] is Audience.HERE),
        collect=collect,
        digest=digest,
        digest_to=digest_to,
        roundup=roundup,
        deploy=target,
        deploy_hook=file.deploy_hook,
    )


def _accounts(source: YamlFile, mistakes: list[Mistake]) -> dict[str, ChannelSettings]:
    found: dict[str, ChannelSettings] = {}
    for name, settings in source.section("accounts").items():
        kind = settings.get("kind") if isinstance(settings, dict) else None
        if kind not in channels.kinds():
            what = f"account {name} has the kind {kind!r}"
            expected = ", ".join(channels.kinds())
            mistakes.append(source.mistake(("accounts", name, "kind"), what, expected))
            continue
        model = channels.module(kind).Settings
        valid = source.validate(model, mistakes, ("accounts", name))
        if valid is not None:
            found[name] = valid
    return found


def _check_linked(
    source: YamlFile, accounts: Mapping[str, ChannelSettings], mistakes: list[Mistake]
) -> None:
    """A page that we link to is told once, and what we are told comes in by one door; so do
    comments."""
    first: dict[str, str] = {}
    for name, settings in accounts.items():
        if channels.audience(settings.kind) in (Audience.LINKED, Audience.HERE):
            other = first.setdefault(settings.kind, name)
            if other != name:
                what = f"{name} does what the account {other} does already"
                expected = f"one account of the kind {settings.kind}"
                mistakes.append(source.mistake(("accounts", name), what, expected))


def _check_source(source: YamlFile, file: ConfigFile, mistakes: list[Mistake]) -> None:
    """One blog elsewhere at most, and where its pages are."""
    if file.source is None:
        return
    if file.site.feed:
        what, expected = "there is `site.feed` too", "one of both"
        mistakes.append(source.mistake(("source",), what, expected))
    if file.source.path and "url" not in file.site.model_fields_set:
        what, expected = "it is not said where its pages are", "`site.url`, its public address"
        mistakes.append(source.mistake(("source",), what, expected))


def _check_names(source: YamlFile, file: ConfigFile, mistakes: list[Mistake]) -> None:
    """Authors speak through accounts that are there and theirs alone; handles are on networks."""
    owners: dict[str, str] = {}
    for author, section in file.authors.items():
        for name in section.accounts:
            other = owners.setdefault(name, author)
            where = ("authors", author, "accounts")
            if name not in file.accounts:
                known = ", ".join(file.accounts) or "a name under accounts:"
                mistakes.append(source.mistake(where, f"there is no account {name}", known))
            elif other != author:
                what = f"the account {name} is {other}'s already"
                mistakes.append(source.mistake(where, what, "one author, or none: the company's"))
    for name in file.site.conversation.accounts if file.site.conversation else ():
        if name not in file.accounts:
            key = ("site", "conversation", "accounts", name)
            known = ", ".join(file.accounts) or "a name under accounts:"
            mistakes.append(source.mistake(key, f"there is no account {name}", known))
    for name, person in file.people.items():
        for kind in person.known().handles:
            if kind not in channels.kinds():
                where = ("people", name, kind)
                known = ", ".join(channels.kinds())
                mistakes.append(source.mistake(where, f"there is no network {kind}", known))


def _schedules(
    root: Path, accounts: Mapping[str, ChannelSettings], mistakes: list[Mistake]
) -> tuple[dict[str, Schedule], Schedule, tuple[str, ...], Schedule | None]:
    """The collecting rhythm per account (a file that names it wins), the digest's, and to whom, and
    the round-up's."""
    general, digest = COLLECT, DIGEST
    roundup: Schedule | None = None
    digest_to: tuple[str, ...] = ()
    named: dict[str, Schedule] = {}
    for path in sorted((root / "schedules").glob("*.yaml")):
        source = YamlFile(path, root)
        file = source.validate(ScheduleFile, mistakes)
        if file is None:
            continue
        _check_accounts(source, ("accounts",), file.accounts or (), accounts, mistakes)
        if file.collect and file.accounts:
            named |= dict.fromkeys(file.accounts, _schedule(file.collect, file.timezone))
        elif file.collect:
            general = _schedule(file.collect, file.timezone)
        if file.roundup:
            roundup = _schedule(file.roundup, file.timezone)
        if file.digest:
            digest = _schedule(file.digest, file.timezone)
            digest_to = file.digest.to
            speaking = {
                name: settings
                for name, settings in accounts.items()
                if channels.audience(settings.kind) is Audience.EVERYONE
            }
            _check_accounts(source, ("digest", "to"), digest_to, speaking, mistakes)
    return {name: named.get(name, general) for name in accounts}, digest, digest_to, roundup


def _check_accounts(
    source: YamlFile,
    where: tuple[str, ...],
    names: Iterable[str],
    accounts: Mapping[str, ChannelSettings],
    mistakes: list[Mistake],
) -> None:
    known = ", ".join(accounts) or "a name under accounts: in config.yaml"
    mistakes += (
        source.mistake(where, f"there is no account {name}", known)
        for name in names
        if name not in accounts
    )


def _schedule(rhythm: _Rhythm, timezone: str) -> Schedule:
    return Schedule(every=rhythm.every, cron=rhythm.cron or "", timezone=timezone)
