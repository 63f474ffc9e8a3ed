"""A newsletter's readers as a CSV, in and out."""

import csv
import io
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from outreach.model.errors import Refused
from outreach.rules.addresses import normal
from outreach.rules.cells import bare, guarded
from outreach.store import subscribers
from outreach.store.database import Database
from outreach.store.subscribers import Standing, Subscriber

COLUMNS = ("address", "language", "state", "asked", "confirmed", "ended", "why")
ALSO = {"email": "address", "e-mail": "address", "mail": "address", "email address": "address",
        "email_address": "address", "lang": "language"}  # fmt: skip
"""What others call our columns."""


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What became of a file: how many `readers` it made or found, how many stay `out` since they
    left or bounced here or there, and what is `wrong`, by line."""

    readers: int
    out: int
    wrong: tuple[str, ...]


def written(readers: Sequence[Subscriber]) -> str:
    """All of them as a CSV with a head line; no cell is a formula to a spreadsheet."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    for reader in readers:
        times = (reader.asked, reader.confirmed, reader.ended)
        asked, confirmed, ended = (at.isoformat() if at else "" for at in times)
        cells = (
            *(reader.address, reader.language, reader.standing.value),
            *(asked, confirmed, ended, reader.why),
        )
        rows.writerow(map(guarded, cells))
    return text.getvalue()


def take(database: Database, account: str, text: str, now: datetime) -> Imported:
    """Take over the readers of a CSV, who said yes elsewhere; what is right in it, at once.

    Raises Refused where no column has addresses.
    """
    counted = {True: 0, False: 0}
    wrong: list[str] = []
    with database.atomic():
        for line, row in _rows(text):
            try:
                address, confirmed = normal(row["address"]), _time(row.get("confirmed", ""), now)
            except ValueError as error:
                wrong.append(f"line {line}: {row['address']!r}: {error}")
                continue
            counted[_add(database, account, address, row, confirmed, now)] += 1
    return Imported(readers=counted[True], out=counted[False], wrong=tuple(wrong))


def _add(
    database: Database,
    account: str,
    address: str,
    row: Mapping[str, str],
    confirmed: datetime,
    now: datetime,
) -> bool:
    """Whether they are a reader now; who left where the file comes from does not become one."""
    if row.get("state", "").lower() not in ("", Standing.CONFIRMED):
        return False
    token = secrets.token_urlsafe(24)
    language = row.get("language", "")
    standing = subscribers.add_confirmed(
        database, account, address, language, token, confirmed, now
    )
    return standing is Standing.CONFIRMED


def _rows(text: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Each filled line by our names of its columns. Without a head line the first has addresses."""
    text = text.removeprefix("\ufeff")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    names: list[str] = []
    for row in reader:
        cells = [bare(cell).strip() for cell in row]
        if not any(cells):
            continue
        if not names:
            names = _names(cells)
            if "@" not in "".join(cells):
                continue
        found = dict(zip(names, cells, strict=False))
        yield reader.line_num, {"address": "", **found}


def _names(cells: Sequence[str]) -> list[str]:
    if "@" in "".join(cells):
        return ["address"]
    names = [ALSO.get(cell.casefold(), cell.casefold()) for cell in cells]
    if "address" not in names:
        raise Refused("no column is called address (or email); give the file a head line")
    return names


def _time(text: str, now: datetime) -> datetime:
    """When they said yes, now if the file does not say; a time without a zone is UTC."""
    if not text:
        return now
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"confirmed is {text!r}; a date is 2026-05-01") from error
    return min(at if at.tzinfo else at.replace(tzinfo=UTC), now)
