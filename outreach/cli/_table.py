"""Rows for people."""

from collections.abc import Iterable, Sequence


def show(columns: Sequence[str], rows: Iterable[Sequence[object]], empty: str) -> None:
    """Print a table that fits the terminal, or one line where there is nothing.

    The first column stays whole: it is what a person types in the next command.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    console = Console()
    first, *others = columns
    table = Table(Column(first, no_wrap=True), *others, box=SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(one_line(cell)) for cell in row))
    if table.row_count:
        console.print(table)
    else:
        console.print(empty)


def one_line(cell: object) -> str:
    """Words of others without control characters, which a terminal would obey."""
    words = " ".join(str("" if cell is None else cell).split())
    return "".join(character for character in words if character.isprintable())
