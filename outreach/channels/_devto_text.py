"""An article's Markdown as Forem reads it (github.com/forem/forem, MarkdownProcessor).

Forem breaks the line wherever a paragraph is wrapped in the file, runs Liquid outside of code, and
takes a rule of dashes at the very beginning for front matter, which would go before all we say.
"""

import re
from collections.abc import Iterator

_FENCE = re.compile(r" *(`{3,}(?=[^`]*$)|~{3,})")
_RULE = re.compile(r"\A(\s*)-(?: *-){2,}[ \t]*$", re.MULTILINE)
_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
_LIQUID = re.compile(r"\{\{|\{%")
_BEGINS = re.compile(r"\s*(?:[-*+] |\d{1,9}[.)] |[>#|<]|\[[^\]]+\]:|!\[|(?:[-=*_] *){3,}$)")
_ALONE = re.compile(r"\s*(?:[#|<>]|\[[^\]]+\]:|!\[|(?:[-=*_] *){3,}$)")
_ENDS = re.compile(r"(?:  |\\)$")
_CODE_LINE = re.compile(r" {4}|\t")


def body(markdown: str) -> str:
    """The same article, so that Forem shows what was meant."""
    made: list[str] = []
    for number, (code, line) in enumerate(_lines(_RULE.sub(r"\1***", markdown, count=1))):
        if code:
            made.append(line)
        elif number and _goes_on(made[-1], line):
            made[-1] += f" {_quiet(line.strip())}"
        else:
            made.append(_quiet(line))
    return "\n".join(made)


def _lines(text: str) -> Iterator[tuple[bool, str]]:
    """Each line, and whether it is part of a fenced block of code."""
    fence = ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        yield bool(fence or mark), line
        if not fence:
            fence = mark[1] if mark else ""
        elif mark and not line.strip().strip(fence[0]) and len(line.strip()) >= len(fence):
            fence = ""


def _goes_on(before: str, line: str) -> bool:
    """Whether a line goes on with the paragraph that the one before is part of."""
    if not before.strip() or not line.strip() or _ENDS.search(before) or _FENCE.match(before):
        return False
    return not (_ALONE.match(before) or _CODE_LINE.match(before) or _BEGINS.match(line))


def _quiet(line: str) -> str:
    """A line whose braces are no Liquid; in code Forem lets them be."""
    if not _LIQUID.search(line):
        return line
    parts, at = [], 0
    for code in _CODE.finditer(line):
        parts += [_raw(line[at : code.start()]), code[0]]
        at = code.end()
    return "".join([*parts, _raw(line[at:])])


def _raw(text: str) -> str:
    return _LIQUID.sub(lambda sign: f"{{% raw %}}{sign[0]}{{% endraw %}}", text)
