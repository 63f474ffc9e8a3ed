"""The preview of a link, as the pages of networks show it that make none themselves."""

import re
from urllib.parse import urlsplit

from markupsafe import Markup

_CARD = Markup(
    '<a class="card" href="{}" rel="nofollow noopener noreferrer">'
    "{}<small>{}</small><b>{}</b>{}</a>"
)
_IMAGE = Markup('<img src="{}" alt="" loading="lazy">')


def card(url: str, title: str, description: str, image: str = "") -> Markup:
    """A card; nothing for what is no link to the web. `image` is a path of the square."""
    if not re.match(r"https?://", url, re.IGNORECASE):
        return Markup()
    picture = _IMAGE.format(image) if image else Markup()
    return _CARD.format(url, picture, urlsplit(url).netloc, title, description)
