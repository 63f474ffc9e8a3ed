"""Who is called what on which network, so that nobody is mentioned under a stranger's handle."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import regex

from outreach.model.note import Mentioned

_CALLED = regex.compile(
    r"(?<![\w@＠/.&=+-])[@＠](?P<name>\w+(?:[.-]\w+)*(?:@[\w-]+(?:\.[\w-]+)+)?)"
)


@dataclass(frozen=True, kw_only=True)
class Known:
    """Somebody of `people:` in config.yaml. `handles` maps a network's kind to their handle there,
    without the `@`; on a network that is not in it they go by their name."""

    name: str
    handles: Mapping[str, str] = field(default_factory=dict)


def named(
    text: str, people: Mapping[str, Known], kind: str, *, keep: bool
) -> tuple[str, tuple[Mentioned, ...]]:
    """The text with each `@name` of `people` as the network calls them, and who is called so.

    Somebody who is not in `people` is a stranger: the `@` before them is left out, unless `keep`
    says that the author wrote the text for this network alone.
    """
    called: dict[str, Mentioned] = {}

    def call(match: regex.Match[str]) -> str:
        person = people.get(match["name"].casefold())
        if person is None:
            return str(match[0]) if keep else str(match["name"])
        handle = person.handles.get(kind)
        if handle is None:
            return person.name
        words = f"@{person.name if handle.startswith('urn:') else handle}"
        called[words] = Mentioned(words=words, handle=handle)
        return words

    return _CALLED.sub(call, text), tuple(called.values())
