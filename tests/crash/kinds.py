"""Which networks a run may be on, what they can do, and an account on each."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.util import find_spec
from itertools import product
from typing import cast, get_args
from zlib import crc32

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from outreach import channels
from outreach.channels._settings import ChannelSettings, SecretName
from outreach.fetch import Fetch, loopback_only
from outreach.model.channel import Publisher
from outreach.model.note import Audience, Limits

SECRET = SecretName.__metadata__[0]  # type: ignore[attr-defined]


def now() -> datetime:
    """The clock on the wall."""
    return datetime.now(UTC)


def kinds() -> tuple[str, ...]:
    """Every channel whose notes leave us and that has a twin in the sandbox: found, not listed."""
    return tuple(
        kind
        for kind in channels.kinds()
        if channels.audience(kind) not in (None, Audience.HERE)
        and find_spec(f"outreach.sandbox.{kind}")
    )


def limits(kind: str) -> Limits:
    """What a kind's notes may be, wherever its account is."""
    found = channels.module(kind).LIMITS
    assert found is not None, f"nothing can be put to {kind}"
    return found


def speaks_to_all(kind: str) -> bool:
    """Whether a post goes there by itself, and not to somebody it is addressed to."""
    return limits(kind).audience is Audience.EVERYONE


@cache
def anybody(kind: str) -> Publisher:
    """An account of the kind that nobody asks anything: to see what it can do."""
    nowhere = settings(kind, "anybody").model_copy(update={"base_url": "http://127.0.0.1:9"})
    secrets, fetch = channels.Secrets(named=str), Fetch(guard=loopback_only)
    return cast(Publisher, channels.module(kind).open(nowhere, secrets, fetch, now))


def settings(kind: str, account: str) -> ChannelSettings:
    """An account of any kind, made from what its settings ask for; all its own.

    It is the account that can do most: it has what its settings give examples of, every secret it
    may have, but for those of a second way to sign in, and every number (LinkedIn's page is one).
    """
    fields = channels.module(kind).Settings.model_fields
    secrets = [name for name, field in fields.items() if _is_secret(field)]
    plain = {name: field for name, field in fields.items() if name not in ("kind", *secrets)}
    words = [name for name, field in plain.items() if field.is_required()]
    more = [name for name, field in plain.items() if field.is_required() or field.examples]
    for named, many in product((more, words), range(len(secrets), -1, -1)):
        if found := _filled(kind, account, named, secrets[:many]):
            return found
    raise AssertionError(f"no settings of {kind} are known that are valid")


FORMS: tuple[Callable[[str], str], ...] = (
    lambda name: f"{name.replace('_', '-')}.example",
    lambda name: name,
    lambda name: f"ada@{name.replace('_', '-')}.example",
    lambda name: f"https://{name.replace('_', '-')}.example/",
    lambda name: f"acme/{name}",
    lambda name: str(_number(name)),
    lambda name: f"C{_number(name)}",
)
"""What a setting may be: the first that it takes is the account's own."""


def _filled(
    kind: str, account: str, words: Sequence[str], secrets: Sequence[str]
) -> ChannelSettings | None:
    """The settings with these fields; None where no form of them goes together."""
    model = channels.module(kind).Settings
    numbers = {name for name, it in model.model_fields.items() if _is_number(it)}
    forms = {name: iter(FORMS) for name in words}
    values = {name: next(form)(account) for name, form in forms.items()}
    while True:
        named = {**dict.fromkeys(secrets, "$ANY_NAME"), **values}
        counted = dict.fromkeys(numbers, _number(account))
        try:
            return model.model_validate({"kind": kind, **named, **counted})
        except ValidationError as error:
            wrong = {str(one["loc"][0]) for one in error.errors() if one["loc"]}
        numbers -= wrong
        better = {name: next(forms[name], None) for name in wrong & forms.keys()}
        if None in better.values() or not wrong & {*forms, *counted}:
            return None
        values |= {name: form(account) for name, form in better.items() if form}


def _number(account: str) -> int:
    return crc32(account.encode()) + 1


def _is_secret(field: FieldInfo) -> bool:
    """Whether the field is a SecretName, or may be left out and is one."""
    options = (getattr(option, "__metadata__", ()) for option in get_args(field.annotation))
    return SECRET in field.metadata or any(SECRET in metadata for metadata in options)


def _is_number(field: FieldInfo) -> bool:
    """Whether the field is a whole number, or may be left out and is one."""
    options = (field.annotation, *get_args(field.annotation))
    return any(int in (option, *get_args(option)[:1]) for option in options)
