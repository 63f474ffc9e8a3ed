"""Tables of HTML that Markdown can say too."""

import re

from bs4 import Tag


def is_grid(table: Tag) -> bool:
    """Whether Markdown can say a table: a row of heads, then rows of as many plain cells."""
    rows = table.find_all("tr")
    heads = rows[0].find_all(["td", "th"]) if rows else []
    widths = {len(row.find_all(["td", "th"])) for row in rows}
    spans = table.find_all(lambda tag: tag.has_attr("colspan") or tag.has_attr("rowspan"))
    blocks = table.find_all(["ul", "ol", "pre", "blockquote", "table", "figure", "h2", "h3"])
    pipes = [code for code in table.find_all("code") if "|" in code.get_text()]
    is_headed = bool(heads) and (table.find("thead") or all(cell.name == "th" for cell in heads))
    return bool(is_headed) and len(widths) == 1 and not (spans or blocks or pipes)


def aligned(cell: Tag) -> str:
    """The line below a head that says how its column stands."""
    style = f"{cell.get('align', '')} {cell.get('style', '')} {cell.get('class', '')}"
    found = re.search(r"\b(left|right|center)\b", style)
    return {"right": "--:", "center": ":-:", "left": ":--"}[found[1]] if found else "---"
