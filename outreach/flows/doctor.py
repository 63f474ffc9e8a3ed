"""What outside of us has to be right for what we send to arrive."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from outreach.channels._email_address import sender
from outreach.channels._email_servers import place
from outreach.channels._settings import ChannelSettings
from outreach.channels.email import SUBMISSION, Settings
from outreach.model.errors import Unavailable
from outreach.rules import sending_domain
from outreach.rules.sending_domain import Finding, Texts


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """One finding about one account."""

    account: str
    finding: Finding


def examine(accounts: Mapping[str, ChannelSettings], texts: Texts) -> list[Diagnosis]:
    """Every check of every account that has some; `texts` asks the DNS."""
    return [
        Diagnosis(account=name, finding=finding)
        for name, settings in accounts.items()
        if isinstance(settings, Settings)
        for finding in mail(settings, texts)
    ]


def mail(settings: Settings, texts: Texts) -> Iterator[Finding]:
    """Whether receivers can believe the letters of an account."""
    address = sender(settings.sender).address
    domain = address.partition("@")[2]
    server = place(settings.smtp, SUBMISSION).host
    checks: dict[str, Callable[[], Finding]] = {
        "SPF": lambda: sending_domain.spf(domain, server, texts),
        "DKIM": lambda: sending_domain.dkim(domain, settings.dkim_selector, texts),
        "DMARC": lambda: sending_domain.dmarc(domain, address, texts),
    }
    for check, look in checks.items():
        try:
            yield look()
        except Unavailable as error:
            yield Finding(check=check, ok=False, what=str(error))
