"""mrkdwn, Slack's way to write a text, and back (docs.slack.dev, Formatting message text)."""

import re
from collections.abc import Callable

from outreach.rules import measure as links

_CALLED = re.compile(r"(?<!&lt;)(?<![\w@])@([UW][A-Z0-9]{6,})(?!\w)")
_MARKED = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")


def mrkdwn(text: str) -> str:
    """A text as it goes out. What has a meaning to Slack has none here: nobody is called by
    accident (`<!channel>`), and a link ends where it ends. Who is called by their number is."""
    made, at = [], 0
    for link in links.URL.finditer(text):
        made += [_plain_part(text[at : link.start()]), f"<{_escaped(link[0]).replace('|', '%7C')}>"]
        at = link.end()
    return "".join([*made, _plain_part(text[at:])])


def measure(text: str) -> int:
    """The code points of what goes out."""
    return len(mrkdwn(text))


def plain(text: str, name: Callable[[str], str]) -> str:
    """A message's text as people read it; `name` is what a user of an id is called."""

    def shown(match: re.Match[str]) -> str:
        what, label = match[1], match[2]
        if what.startswith("@"):
            return f"@{label or name(what[1:])}"
        if what.startswith("#"):
            return f"#{label or what[1:]}"
        if what.startswith("!"):
            return label or f"@{what[1:].partition('^')[0]}"
        if not label or label in what:
            return what
        return f"{label} ({what})"

    shown_text = _MARKED.sub(shown, text)
    for written, meant in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        shown_text = shown_text.replace(written, meant)
    return shown_text


def _plain_part(text: str) -> str:
    return _CALLED.sub(r"<@\1>", _escaped(text))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
