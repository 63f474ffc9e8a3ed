"""The steps from nothing to the newest schema: SQL that every database of ours takes.

`0002_more.sql` and the like are applied in the order of their names, each once and as a whole.
`../schema.sql` is what they lead to, for reading; a test keeps the two the same.
"""

from collections.abc import Iterable
from functools import cache
from importlib import resources

from outreach.model.errors import Refused


@cache
def scripts() -> dict[str, str]:
    """The migrations by name, in their order."""
    found = {entry.name: entry for entry in resources.files(__name__).iterdir()}
    names = sorted(name for name in found if name.endswith(".sql"))
    return {name.removesuffix(".sql"): found[name].read_text("utf-8") for name in names}


def statements(script: str) -> list[str]:
    """The statements of a script; each ends with `;` at the end of its line."""
    return [part for part in script.split(";\n") if part.strip()]


def refuse_older(applied: Iterable[str], where: str, folder: str) -> None:
    """Raise Refused if a database has not gone through all migrations: a start applies them."""
    missing = scripts().keys() - set(applied)
    if missing:
        raise Refused(
            f"{where} is of an earlier outreach (it has no {', '.join(sorted(missing))}); "
            f"start the daemon once: outreach run {folder}"
        )


def refuse_newer(applied: Iterable[str], where: str, help_: str) -> None:
    """Raise Refused if a database went through migrations that this outreach does not know."""
    newer = [name for name in applied if name not in scripts()]
    if newer:
        raise Refused(
            f"{where} was written by a newer outreach (it has {', '.join(newer)}). {help_}"
        )
