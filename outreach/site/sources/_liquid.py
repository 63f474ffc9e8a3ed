"""Jekyll's Liquid in a text: what only names things is written out, what computes is told."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_FOUND = re.compile(
    r"\{%-?\s*raw\s*-?%\}(?P<raw>.*?)\{%-?\s*endraw\s*-?%\}"
    r"|\{%-?\s*comment\s*-?%\}(?P<comment>.*?)\{%-?\s*endcomment\s*-?%\}"
    r"|\{%-?\s*highlight\s+(?P<language>[\w+#.-]+)[^%]*%\}\n?(?P<source>.*?)"
    r"\{%-?\s*endhighlight\s*-?%\}"
    r"|\{%-?\s*(?P<tag>\w+)(?P<words>(?:[^%]|%(?!\}))*?)-?%\}"
    r"|\{\{-?(?P<value>[^{}<%][^{}]*?)-?\}\}",
    re.DOTALL,
)
_RAW = re.compile(r"\{%-?\s*(?:end)?raw\s*-?%\}")


@dataclass(frozen=True, kw_only=True)
class Around:
    """What a text may name. `post` and `link` give the address of what a tag asks for, or "".

    `values` are `site.baseurl`, `page.title` and the like; `report(what, line)` hears of the rest,
    lines from 0.
    """

    post: Callable[[str], str]
    link: Callable[[str], str]
    values: Mapping[str, str]
    report: Callable[[str, int], None]


def convert(text: str, around: Around) -> str:
    """The text without Liquid where that can be; what is not known stays as it is written."""
    if "{%" not in text and "{{" not in text:
        return text

    def write(found: re.Match[str]) -> str:
        if found["raw"] is not None:
            return found["raw"]
        if found["comment"] is not None:
            return ""
        if found["language"] is not None:
            source = _RAW.sub("", found["source"]).strip("\n")
            ticks = "`" * max([2, *(len(run) for run in re.findall("`+", source))]) + "`"
            return f"{ticks}{found['language']}\n{source}\n{ticks}\n"
        what = _tag(found["tag"], found["words"].strip(), around) if found["tag"] else None
        if found["value"] is not None:
            what = _value(found["value"].strip(), around)
        if what is not None:
            return what
        around.report(found["tag"] or found["value"].strip(), text.count("\n", 0, found.start()))
        return found[0]

    return _FOUND.sub(write, text)


def _tag(name: str, words: str, around: Around) -> str | None:
    if name == "post_url":
        return around.post(words) or None
    if name == "link":
        return around.link(words) or None
    if name == "gist" and re.fullmatch(r"[\w./-]+", words):
        return f"[Gist on GitHub](https://gist.github.com/{words})"
    if name in ("youtube", "vimeo") and re.fullmatch(r"[\w-]+", words.strip("\"'")):
        return f"{{{{< {name} {words.strip(chr(34) + chr(39))} >}}}}"
    return None


def _value(expression: str, around: Around) -> str | None:
    """A quoted text or a known name, led through the filters that only put addresses together."""
    first, *filters = (part.strip() for part in expression.split("|"))
    value = _literal(first, around)
    for step in filters:
        name, _, argument = (part.strip() for part in step.partition(":"))
        other = _literal(argument, around) if argument else ""
        if value is None or other is None:
            return None
        if name == "relative_url":
            value = f"{around.values['site.baseurl']}/{value.lstrip('/')}"
        elif name == "absolute_url":
            value = (
                around.values["site.url"] + around.values["site.baseurl"] + "/" + value.lstrip("/")
            )
        elif name in ("prepend", "append") and argument:
            value = other + value if name == "prepend" else value + other
        else:
            return None
    return value


def _literal(word: str, around: Around) -> str | None:
    if len(word) > 1 and word[0] == word[-1] and word[0] in "\"'":
        return word[1:-1]
    return around.values.get(word)
