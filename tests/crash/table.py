"""What many runs came to, for people and for programs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .run import Outcome


@dataclass(frozen=True, kw_only=True)
class Totals:
    """The sums over some runs."""

    runs: int
    killed: int
    in_flight: int
    duplicates: int
    lost: int
    unknown: int
    problems: int

    @property
    def good(self) -> bool:
        return not (self.duplicates or self.lost or self.problems)


def totals(outcomes: Iterable[Outcome]) -> Totals:
    """Add up."""
    listed = list(outcomes)
    verdicts = [outcome.verdict for outcome in listed]
    return Totals(
        runs=len(listed),
        killed=sum(outcome.killed > 0 for outcome in listed),
        in_flight=sum(outcome.in_flight for outcome in listed),
        duplicates=sum(verdict.duplicates for verdict in verdicts),
        lost=sum(verdict.lost for verdict in verdicts),
        unknown=sum(verdict.unknown for verdict in verdicts),
        problems=sum(bool(verdict.problems) for verdict in verdicts),
    )


def table(head: Sequence[str], rows: Mapping[tuple[str, ...], Totals]) -> str:
    """One line for each of `rows`: its names, then its sums."""
    sums = tuple(Totals.__dataclass_fields__)
    lines = [(*head, *(name.replace("_", " ") for name in sums))]
    lines += [(*names, *(str(getattr(row, name)) for name in sums)) for names, row in rows.items()]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place < len(head) else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
