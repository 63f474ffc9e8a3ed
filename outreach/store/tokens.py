"""Tokens that a sign-in won, encrypted at rest (Fernet)."""

from collections.abc import Callable, Iterator, MutableMapping
from contextlib import closing
from typing import TYPE_CHECKING

from outreach.model.errors import Refused
from outreach.store.database import Database

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

Key = Callable[[], str]


class Tokens(MutableMapping[str, str]):
    """One account's tokens by name. An assignment is on the disk before it returns.

    `connect` opens a writing connection, `key` gives the Fernet key when it is first needed. An
    empty token is refused: it would overwrite one that works.
    """

    def __init__(self, connect: Callable[[], Database], account: str, key: Key) -> None:
        self._connect = connect
        self._account = account
        self._key = key

    def __getitem__(self, name: str) -> str:
        from cryptography.fernet import InvalidToken

        with closing(self._connect()) as database:
            rows = database.query(
                "SELECT value FROM token WHERE account = :account AND name = :name",
                account=self._account,
                name=name,
            )
        if not rows:
            raise KeyError(name)
        try:
            return self._fernet().decrypt(rows[0]["value"].encode()).decode()
        except InvalidToken as error:
            raise Refused(
                f"the sign-in of {self._account} was encrypted under another OUTREACH_KEY; "
                "set that key again, or sign in anew"
            ) from error

    def __setitem__(self, name: str, value: str) -> None:
        if not value:
            raise ValueError(f"an empty {name} may not replace a stored one")
        encrypted = self._fernet().encrypt(value.encode()).decode()
        with closing(self._connect()) as database:
            database.execute(
                "INSERT INTO token (account, name, value) VALUES (:account, :name, :value)"
                " ON CONFLICT (account, name) DO UPDATE SET value = excluded.value",
                account=self._account,
                name=name,
                value=encrypted,
            )

    def __delitem__(self, name: str) -> None:
        with closing(self._connect()) as database:
            gone = database.execute(
                "DELETE FROM token WHERE account = :account AND name = :name",
                account=self._account,
                name=name,
            )
        if not gone:
            raise KeyError(name)

    def _fernet(self) -> "Fernet":
        from cryptography.fernet import Fernet

        try:
            return Fernet(self._key())
        except ValueError as error:
            raise Refused(
                "OUTREACH_KEY is no key of ours (32 bytes, as URL-safe base64); set the one that "
                "the sign-ins were made under, or remove it and sign in anew"
            ) from error

    def __iter__(self) -> Iterator[str]:
        with closing(self._connect()) as database:
            rows = database.query(
                "SELECT name FROM token WHERE account = :account ORDER BY name",
                account=self._account,
            )
        return iter([str(row["name"]) for row in rows])

    def __len__(self) -> int:
        return len(list(iter(self)))


def new_key() -> str:
    """A fresh Fernet key."""
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()
