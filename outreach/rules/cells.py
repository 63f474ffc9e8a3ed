"""Cells of a CSV that a spreadsheet must not take for a formula (CWE-1236)."""

_ACTED_ON = frozenset("=+-@\t\r\0")


def guarded(cell: str) -> str:
    """The cell as it is written: what a spreadsheet would act on stands behind a `'`."""
    return f"'{cell}" if (cell[:1] in _ACTED_ON and cell) or bare(cell) != cell else cell


def bare(cell: str) -> str:
    """The cell as it was before `guarded`."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in {*_ACTED_ON, "'"} else cell
