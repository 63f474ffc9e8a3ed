"""What is settled about a folder's site, without reading config.yaml again while it is the same."""

import json
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

from outreach.site import files
from outreach.site.views import Language, Profile, Site


def site_of(root: Path, cache: Path) -> Site:
    """The site as config.yaml settles it. Raises Mistakes, and Refused as a workspace does.

    To check a configuration takes as long as to build a thousand posts, so what came of it is kept.
    """
    config = root / "config.yaml"
    kept = cache / "site.json"
    of = _key(config)
    try:
        found = json.loads(kept.read_bytes())
    except (OSError, ValueError):
        found = {}
    if of and found.get("of") == of:
        return _site(found["site"])
    site = _settled(root)
    cache.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps({"of": of, "site": asdict(site)}))
    return site


def _key(config: Path) -> str:
    """What the settings depend on; "" where there are none."""
    try:
        text = config.read_bytes()
    except OSError:
        return ""
    return sha256(f"{files.version()} {config}\n".encode() + text).hexdigest()


def _settled(root: Path) -> Site:
    from outreach.workspace import Mode, open_workspace

    return open_workspace(root, {}, mode=Mode.LIVE).layout


def _site(values: dict[str, Any]) -> Site:
    """A site as JSON keeps it."""
    for name, value in values.items():
        if isinstance(value, list):
            values[name] = tuple(tuple(it) if isinstance(it, list) else it for it in value)
    languages = tuple(Language(**it) for it in values["languages"])
    profiles = tuple(Profile(**it | {"links": tuple(it["links"])}) for it in values["profiles"])
    return Site(**values | {"languages": languages, "profiles": profiles})
