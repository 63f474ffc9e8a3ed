"""An incoming webhook: an address that is itself the secret."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, urlsplit

from outreach.model.errors import OutreachError, Unauthorized


def address(secret: str, hosts: tuple[str, ...], path: str, base_url: str | None) -> str:
    """Where to post. Raises Unauthorized for what is no webhook of one of these hosts,
    of which the first is told as the usual one.

    On a server of one's own (`base_url`) only the path counts; there a secret without one is a
    token, as every secret of the sandbox is.
    """
    parts = urlsplit(secret)
    if base_url is not None:
        own = parts.path if parts.path.startswith(path) else f"{path}0/{quote(secret, safe='')}"
        return base_url.rstrip("/") + own
    if parts.scheme != "https" or parts.hostname not in hosts or not parts.path.startswith(path):
        expected = f"https://{hosts[0]}{path}…"
        raise Unauthorized(f"the webhook's secret is not its whole address ({expected}); copy that")
    return f"https://{parts.hostname}{parts.path}"


@contextmanager
def unnamed(url: str) -> Iterator[None]:
    """Around a request to a secret address: no error says its path."""
    path = urlsplit(url).path
    try:
        yield
    except OutreachError as error:
        error.args = tuple(str(argument).replace(path, "/…") for argument in error.args)
        raise
