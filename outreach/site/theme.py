"""The clothes of the site: our templates, and a folder of the leader's that changes some of them."""

import hashlib
from datetime import datetime
from email.utils import format_datetime
from functools import cache
from pathlib import Path

import jinja2

from outreach.site import views
from outreach.site.views import Site

TEMPLATES = Path(__file__).parent / "templates"
"""The default theme."""


def page(template: str, site: Site, **context: object) -> str:
    """One page in the clothes of the site; a door shows those that no build can write."""
    return _environment(site.theme).get_template(template).render(site=site, **context)


def asset(name: str, site: Site) -> bytes:
    """A file of the theme that is served as it is."""
    own = Path(site.theme, name)
    return (own if site.theme and own.is_file() else TEMPLATES / name).read_bytes()


@cache
def version(theme: str) -> str:
    """A hash of all templates, so that a change of one writes the pages anew."""
    digest = hashlib.sha256()
    folders = (TEMPLATES, Path(theme)) if theme else (TEMPLATES,)
    for path in sorted(path for folder in folders for path in folder.rglob("*")):
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def _environment(theme: str) -> jinja2.Environment:
    ours = jinja2.FileSystemLoader(TEMPLATES)
    default = jinja2.PrefixLoader({"default": ours})
    own = [jinja2.FileSystemLoader(theme)] if theme else []
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader([*own, ours, default]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["day"] = views.day
    environment.filters["rfc3339"] = datetime.isoformat
    environment.filters["rfc822"] = format_datetime
    return environment
