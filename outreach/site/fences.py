"""What stands behind a code fence, as each generator writes it: language, file name, marked lines.

Python-Markdown's way is ```` ```go title="a.go" hl_lines="2 4-6" ````, and that is what comes out.
Hugo writes `{hl_lines=[2,"4-6"]}`, Zola `go,name=a.go,hl_lines=2 4-6`, others `go {2,4-6}`.
"""

import re

FENCE = re.compile(r"(?P<mark>`{3,}(?=[^`]*$)|~{3,})\s*\{?\.?(?P<language>[\w#+.-]*)(?P<words>.*)")
_TITLE = re.compile(r'\b(?:title|name|filename)\s*=\s*(?:"([^"]*)"|([^\s,}"]+))')
_LINES = re.compile(r'\bhl_lines\s*=\s*(?:"([^"]*)"|\[([^\]]*)\]|([\d, -]+))|\{([\d, -]+)\}')
_RANGE = re.compile(r"(?<![\d-])\d{1,4}(?:-\d{1,4})?(?![\d-])")


def opening(fence: re.Match[str]) -> str:
    """The line that opens the code block."""
    words = fence["words"]
    line = fence["mark"] + fence["language"]
    if not words.strip():
        return line
    title, lines = _TITLE.search(words), _LINES.search(words)
    if title:
        line += f' title="{title[1] or title[2]}"'
    marked = _RANGE.findall(next(filter(None, lines.groups()), "")) if lines else []
    return f'{line} hl_lines="{" ".join(marked)}"' if marked else line
