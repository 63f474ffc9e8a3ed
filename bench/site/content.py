"""The same posts for every builder: 600 to 800 words with code, a table, links and tags."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_WORDS = [
    "release",
    "community",
    "issue",
    "branch",
    "server",
    "reader",
    "answer",
    "release",
    "build",
    "network",
    "package",
    "people",
    "version",
    "feature",
    "question",
    "maintainer",
    "contributor",
    "review",
    "design",
    "folder",
    "process",
    "memory",
    "latency",
    "cluster",
    "database",
    "protocol",
    "upgrade",
    "security",
    "patch",
    "stable",
    "signal",
    "measure",
    "simple",
    "clear",
    "honest",
    "together",
    "because",
    "without",
    "before",
    "after",
    "while",
    "every",
    "other",
    "small",
    "large",
    "open",
    "source",
    "company",
]
_CODE = """\
```python
def {name}(items: list[int], limit: int = {number}) -> dict[str, int]:
    \"\"\"Count what is below a limit.\"\"\"
    found = {{"below": 0, "above": 0}}
    for item in items:
        found["below" if item < limit else "above"] += 1
    return found  # {name}
```
"""
_TABLE = """\
| Version | Latency | Memory |
| ------- | ------: | ------ |
| 1.{number} | {number} ms | small |
| 2.{number} | 1{number} ms | large |
| 3.{number} | 2{number} ms | small |
"""


@dataclass(frozen=True)
class Post:
    """One post: what every front matter has, and the Markdown below it."""

    name: str
    title: str
    date: datetime
    tags: tuple[str, ...]
    body: str


def posts(number: int) -> Iterator[Post]:
    """So many posts, the same each time."""
    chance = random.Random(20261124)  # noqa: S311
    start = datetime(2016, 1, 1, 9, tzinfo=UTC)
    for at in range(number):
        yield Post(
            name=f"post-{at:05}",
            title=f"{chance.choice(_WORDS).title()} and {chance.choice(_WORDS)}, part {at}",
            date=start + timedelta(hours=9 * at),
            tags=tuple(sorted(chance.sample([f"topic-{it}" for it in range(24)], 2))),
            body=_body(chance, at),
        )


def _body(chance: random.Random, at: int) -> str:
    parts = []
    for section in range(4):
        parts += [f"## {chance.choice(_WORDS).title()} {section}", _paragraph(chance, 80)]
        parts.append(f"{_paragraph(chance, 75)} See [the notes](https://example.org/{at}).")
        if section % 2:
            parts.append(_CODE.format(name=f"{chance.choice(_WORDS)}_{section}", number=at % 90))
    parts.append(_TABLE.format(number=at % 90))
    return "\n\n".join(parts) + "\n"


def _paragraph(chance: random.Random, words: int) -> str:
    found = [chance.choice(_WORDS) for _ in range(words)]
    found[words // 2] = f"`{found[words // 2]}`"
    found[words // 3] = f"**{found[words // 3]}**"
    return " ".join(found).capitalize() + "."
