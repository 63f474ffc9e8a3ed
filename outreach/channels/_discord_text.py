"""Discord's way to write a text, and back."""

import re
from collections.abc import Mapping
from typing import Any

_CALLED = re.compile(r"(?<![<\w@])@(\d{17,20})(?!\w)")
_USER = re.compile(r"<@!?(\d+)>")
_EMOJI = re.compile(r"<a?(:\w+:)\d+>")
_HIDDEN_LINK = re.compile(r"<(https?://[^\s<>]+)>")


def written(text: str) -> str:
    """A text as it goes out: whoever is called by their number is called by their name there."""
    return _CALLED.sub(r"<@\1>", text)


def measure(text: str) -> int:
    """Discord's count: code points (discord-api-docs, issue 1315) of what goes out."""
    return len(written(text))


def plain(message: Mapping[str, Any]) -> str:
    """A message's text as readers see it: with names, emoji by theirs, links without brackets."""
    names = {user["id"]: shown_name(user) for user in message["mentions"]}
    text = _USER.sub(lambda match: f"@{names.get(match[1], match[1])}", message["content"])
    return _HIDDEN_LINK.sub(r"\1", _EMOJI.sub(r"\1", text))


def shown_name(user: Mapping[str, Any]) -> str:
    """What Discord shows for a user."""
    return str(user.get("global_name") or user["username"])
