"""The URLs that the sandbox hands out; they follow the host that was asked."""

from starlette.requests import Request

from outreach.sandbox.world import Account, Attachment, Note


def base(request: Request) -> str:
    """The root of the sandbox, with no slash at its end."""
    return f"{request.url.scheme}://{request.url.netloc}"


def profile_url(request: Request, account: Account) -> str:
    """An account's own page."""
    return f"{base(request)}/{account.network}/@{account.handle}"


def page_url(request: Request, note: Note) -> str:
    """A note's own page."""
    return f"{profile_url(request, note.author)}/{note.page}"


def picture_url(request: Request, account: Account) -> str:
    """An account's picture."""
    return f"{profile_url(request, account)}/picture.svg"


def media_url(request: Request, network: str, attachment: Attachment) -> str:
    """An uploaded file."""
    return f"{base(request)}/{network}/media/{attachment.id}"
