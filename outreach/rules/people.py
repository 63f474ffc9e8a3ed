"""Who is called what on which network, so that nobody is mentioned under a stranger's handle."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import regex

from outreach.model.note import Mentioned
from outreach.rules import measure_x
from outreach.rules.measure import URL

# As X reads it, which finds the most: behind any sign, and behind RT.
_CALLED = regex.compile(
    r"(?:(?<![A-Za-z0-9_@＠])|(?<=(?<![\w+~.-])[Rr][Tt]:?))"
    r"[@＠](?P<name>\w+(?:[.-]\w+)*(?:@[\w-]+(?:\.[\w-]+)+)?)"
)
_MAIL = regex.compile(r"(?<![\w@＠.+-])[\w.+-]++@[\w-]+(?:\.[\w-]+)+")


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

    def call(words: str) -> str:
        person = people.get(words[1:].casefold())
        if person is None:
            return words if keep else words[1:]
        handle = person.handles.get(kind)
        if handle is None:
            return person.name
        words = f"@{person.name if handle.startswith('urn:') else handle}"
        called[words] = Mentioned(words=words, handle=handle)
        return words

    made, at = [], 0
    for match in _CALLED.finditer(_covered(text)):
        begin, end = match.span()
        made += [text[at:begin], call(text[begin:end])]
        at = end
    return "".join([*made, text[at:]]), tuple(called.values())


def _covered(text: str) -> str:
    """The text, as long as before, without what looks like a name in links and mail addresses."""
    signs = list(text)
    found = [match.span() for pattern in (URL, _MAIL) for match in pattern.finditer(text)]
    for begin, end in (*found, *measure_x.links(text)):
        signs[begin:end] = "x" * (end - begin)
    return "".join(signs)
