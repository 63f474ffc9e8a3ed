"""An account's name on the command line."""

from outreach.config import Config
from outreach.model.errors import Refused


def known(config: Config, account: str, what: str = "account") -> None:
    """Raise Refused unless it is "" (all) or a name of config.yaml."""
    if account and account not in config.accounts:
        names = ", ".join(config.accounts)
        raise Refused(f"there is no {what} {account!r}; config.yaml has {names}")
