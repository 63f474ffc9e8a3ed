"""What another site shows inside a page: a shortcode where we have one, else a link to it."""

import re
from html import escape
from urllib.parse import urlsplit

_SCRIPT = re.compile(
    r"<script\b[^>]*\ssrc=[\"'](?P<gist>https://gist\.github\.com/[\w-]+/\w+)(?:\.js)?[^>]*>"
    r"\s*</script>",
    re.IGNORECASE,
)
_KNOWN = re.compile(r"gist\.github\.com/|platform\.(twitter|x)\.com/|embed\.bsky\.app/static/")

_SHORTCODES = (
    (
        re.compile(
            r"(?:youtube(?:-nocookie)?\.com/(?:embed/|watch\?(?:\S*&)?v=|shorts/)|youtu\.be/)"
            r"(?P<id>[\w-]{6,})"
        ),
        "{{{{< youtube {id} >}}}}",
    ),
    (re.compile(r"vimeo\.com/(?:video/)?(?P<id>\d+)"), "{{{{< vimeo {id} >}}}}"),
    (
        re.compile(r"//(?:www\.)?(?:twitter|x)\.com/(?P<user>\w+)/status/(?P<id>\d+)"),
        "{{{{< x {user} {id} >}}}}",
    ),
    (
        re.compile(r"//gist\.github\.com/(?P<user>[\w-]+)/(?P<id>\w+)"),
        "{{{{< gist {user} {id} >}}}}",
    ),
)


def linked(html: str) -> str:
    """HTML in which scripts that only show something are frames of it."""
    return _SCRIPT.sub(lambda found: frame(found["gist"]), html)


def is_known(words: str) -> bool:
    """Whether a script's or frame's attributes say that nothing is lost with it."""
    return bool(_KNOWN.search(words)) or any(it.search(words) for it, _ in _SHORTCODES)


def frame(address: str) -> str:
    """An embedded page, as HTML."""
    return f'<iframe src="{escape(address)}"></iframe>'


def shown(address: str, title: str) -> str:
    """An embedded page, as Markdown."""
    if address.startswith("//"):
        address = f"https:{address}"
    if not address.startswith(("https://", "http://")):
        return ""
    for pattern, shortcode in _SHORTCODES:
        if found := pattern.search(address):
            return f"\n\n{shortcode.format(**found.groupdict())}\n\n"
    name = " ".join(title.split()) or urlsplit(address).hostname or address
    target = re.sub(r"[\s()<>\\]", lambda found: f"%{ord(found[0]):02X}", address)
    return f"\n\n[{name.translate({91: None, 93: None})}]({target})\n\n"
