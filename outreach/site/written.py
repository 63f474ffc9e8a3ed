"""A head and a body as the text of a file: YAML that every reader of YAML reads alike."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime

from outreach.site.characters import clean

_PLAIN = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ_/][\wÀ-ÿ ./+@-]*(?<! )")
_WORDS = frozenset(
    ["true", "false", "yes", "no", "on", "off", "y", "n", "null", "none", "now", "nan", "inf"]
)


def write(values: Mapping[str, object], body: str) -> str:
    """The file's text: the head as YAML, then the body."""
    return "\n".join(["---", *block(values), "---", "", body.strip("\n"), ""])


def block(values: Mapping[str, object], margin: str = "") -> Iterator[str]:
    """Lines of YAML, below a `margin`; keys keep their order. What is empty is left out; a mapping
    and a tuple stay, as they say that there is none.

    Values are texts, numbers, true and false, dates, lists of those, and mappings.
    """
    for key, value in values.items():
        if isinstance(value, Mapping):
            inner = list(block(value, margin + "  "))
            yield f"{margin}{_scalar(key)}:" + ("" if inner else " {}")
            yield from inner
        elif value is not None and value not in ("", []):
            yield f"{margin}{_scalar(key)}: {_inline(value)}"


def _inline(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_inline, value))}]"
    if isinstance(value, Mapping):
        pairs = (f"{_scalar(key)}: {_inline(it)}" for key, it in value.items())
        return f"{{{', '.join(pairs)}}}"
    return _scalar(value)


def _scalar(value: object) -> str:
    """Bare where no reader takes it for anything but the text it is; quoted as JSON else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat().removesuffix("T00:00:00+00:00")
    if isinstance(value, date):
        return value.isoformat()
    text = " ".join(clean(str(value)).split())
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return re.sub("[\x7f-\x9f\ufeff]", lambda found: f"\\u{ord(found[0]):04x}", quoted)
