"""Signing in to Bluesky: the person makes an app password and copies it here."""

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass

from outreach.channels._session import Session
from outreach.channels._signin import Field

KEPT_AS = "app_password"


@dataclass(frozen=True, kw_only=True)
class AppPassword:
    """A Form; what it wins is the app password and a session."""

    tokens: MutableMapping[str, str]
    session: Callable[[str], Session]
    fields: tuple[Field, ...] = (
        Field(
            name=KEPT_AS,
            label="App password",
            hint="Bluesky: Settings → Privacy and security → App passwords → Add app password",
        ),
    )

    def submit(self, values: Mapping[str, str]) -> str:
        """Sign in, and keep the password only where that went well."""
        password = values[KEPT_AS].strip()
        session = self.session(password)
        session.sign_in()
        self.tokens[KEPT_AS] = password
        return f"@{session.handle}"
