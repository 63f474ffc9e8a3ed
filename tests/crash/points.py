"""Every fault point, every server mode, every channel; and few runs that hold all their pairs."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from itertools import combinations, product

from outreach.fault import POINTS
from outreach.model.channel import Listener
from outreach.sandbox.faults import MODES as FAULTS

from .child import Kill
from .kinds import anybody, kinds, limits, speaks_to_all
from .run import Scene

MODES = ("ok", *FAULTS)
COLLECTING = frozenset({"collecting", "collected"})

Pair = tuple[tuple[int, str], tuple[int, str]]


@dataclass(frozen=True, order=True)
class Case:
    """One run of the exhaustive suite."""

    kind: str
    point: str
    mode: str

    def __str__(self) -> str:
        return f"{self.kind}-{self.point}-{self.mode}"

    @property
    def happens(self) -> bool:
        """Whether the point is reached: not all is planned, and not every network talks."""
        if self.point == "planned":
            return speaks_to_all(self.kind)
        return self.point not in COLLECTING or isinstance(anybody(self.kind), Listener)

    def scene(self) -> Scene:
        """Killed there once; threads and single notes take turns. A plan needs the real daemon."""
        whole = self.point == "planned"
        odd = (POINTS.index(self.point) + MODES.index(self.mode)) % 2
        thread = odd and limits(self.kind).threads and not whole
        return Scene(
            kind=self.kind,
            mode=self.mode,
            kills=(Kill(point=self.point),),
            parts=2 if thread else 1,
            whole=whole,
            answered=self.point in COLLECTING,
        )

    def pairs(self) -> frozenset[Pair]:
        """The pairs of its three choices."""
        return frozenset(combinations(enumerate(astuple(self)), 2))


def every(channels: Iterable[str] | None = None) -> list[Case]:
    """All combinations that can happen."""
    cases = (Case(*choice) for choice in product(channels or kinds(), POINTS, MODES))
    return [case for case in cases if case.happens]


def pairwise(cases: Iterable[Case]) -> Iterator[Case]:
    """Cases that together hold every pair that `cases` hold; each adds as many as any can."""
    left = {case: set(case.pairs()) for case in cases}
    used: Counter[str] = Counter()
    while any(left.values()):
        best = max(left, key=lambda case: (len(left[case]), -used[case.kind]))
        yield best
        used[best.kind] += 1
        for pairs in left.values():
            pairs -= best.pairs()
