"""What a Mastodon server says about itself."""

from typing import Any

from starlette.requests import Request

from outreach.sandbox.addresses import base
from outreach.sandbox.mastodon_entities import NAME, configuration
from outreach.sandbox.world import World

VERSION = "4.5.0"
TITLE = "The sandbox"
DESCRIPTION = "A social network on this machine. Nothing here leaves it."
EMAIL = "sandbox@localhost.localdomain"


def instance(request: Request, world: World) -> dict[str, Any]:
    """The Instance of /api/v2."""
    root = base(request)
    return {
        "domain": request.url.netloc,
        "title": TITLE,
        "version": VERSION,
        "source_url": f"{root}/",
        "description": DESCRIPTION,
        "usage": {"users": {"active_month": len(world.accounts[NAME])}},
        "thumbnail": {"url": f"{root}/square.svg"},
        "icon": [],
        "languages": ["en"],
        "configuration": {
            **configuration(world.networks[NAME].length),
            "urls": {"streaming": _streaming(request)},
            "translation": {"enabled": False},
            "vapid": {"public_key": ""},
        },
        "registrations": {"enabled": False, "approval_required": False, "message": None},
        "api_versions": {"mastodon": 7},
        "contact": {"email": EMAIL, "account": None},
        "rules": [],
    }


def v1_instance(request: Request, world: World) -> dict[str, Any]:
    """The older Instance of /api/v1."""
    return {
        "uri": request.url.netloc,
        "title": TITLE,
        "short_description": DESCRIPTION,
        "description": DESCRIPTION,
        "email": EMAIL,
        "version": VERSION,
        "urls": {"streaming_api": _streaming(request)},
        "stats": {
            "user_count": len(world.accounts[NAME]),
            "status_count": len(world.notes[NAME]),
            "domain_count": 1,
        },
        "thumbnail": f"{base(request)}/square.svg",
        "languages": ["en"],
        "registrations": False,
        "approval_required": False,
        "invites_enabled": False,
        "configuration": _v1_configuration(world),
        "contact_account": None,
        "rules": [],
    }


def _v1_configuration(world: World) -> dict[str, Any]:
    """What the older Instance knows of it."""
    shared = configuration(world.networks[NAME].length)
    files = {k: v for k, v in shared["media_attachments"].items() if k != "description_limit"}
    return {**shared, "media_attachments": files}


def _streaming(request: Request) -> str:
    return f"ws://{request.url.netloc}"
