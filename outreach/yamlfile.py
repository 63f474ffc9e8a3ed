"""A YAML file that a person wrote, validated so that each mistake has its line."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from outreach.model.errors import Mistake

Model = TypeVar("Model", bound=BaseModel)
Location = tuple[str | int, ...]


class YamlFile:
    """One file under `root`, YAML 1.2 (`no` is a word, 12:30 is not a number)."""

    def __init__(self, path: Path, root: Path) -> None:
        self._name = path.relative_to(root).as_posix()
        self._broken: Mistake | None = None
        self._data: Any = {}
        try:
            self._data = YAML(typ="rt").load(path.read_text("utf-8")) or {}
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self._broken = Mistake(
                path=self._name,
                line=mark.line + 1 if mark else 0,
                what=_without_values(str(error.problem or error.context)),
                expected="YAML",
            )
        except UnicodeDecodeError:
            self._broken = Mistake(path=self._name, line=0, what="not UTF-8", expected="UTF-8 text")

    def validate(
        self, model: type[Model], mistakes: list[Mistake], inside: Location = ()
    ) -> Model | None:
        """The file, or the part `inside` it, as a model; else None and what is wrong, added."""
        if self._broken is not None:
            mistakes.append(self._broken)
            return None
        data = self._data
        for key in inside:
            data = data[key]
        try:
            return model.model_validate(_bare(data))
        except ValidationError as error:
            problems = error.errors(include_url=False)
        mistakes.extend(self._problem(inside, problem, model) for problem in problems)
        return None

    def section(self, name: str) -> Mapping[str, Any]:
        """A top-level mapping as it stands in the file, empty where it is none."""
        found = self._data.get(name) if isinstance(self._data, Mapping) else None
        return _bare(found) if isinstance(found, Mapping) else {}

    def mistake(self, location: Location, what: str, expected: str = "") -> Mistake:
        """A mistake at the line of the innermost known key of `location`."""
        return Mistake(path=self._name, line=self._line(location), what=what, expected=expected)

    def _problem(self, inside: Location, problem: Any, model: type[BaseModel]) -> Mistake:
        location = (*inside, *problem["loc"])
        where = ".".join(str(key) for key in location)
        if problem["type"] == "extra_forbidden":
            known = ", ".join(_settings(model, problem["loc"][:-1]))
            return self.mistake(location, f"{where} is not a setting", known)
        if problem["type"] == "missing":
            return self.mistake(location, f"{where} is missing", "a value for it")
        expected = problem["msg"].removeprefix("Value error, ")
        shown = isinstance(problem["input"], str | int | float) and "secret" not in expected
        given = f": {problem['input']!r}" if shown else ""
        return self.mistake(location, f"{where or 'the file'}{given} cannot be used", expected)

    def _line(self, location: Location) -> int:
        node, line = self._data, 1
        for key in location:
            marks = getattr(node, "lc", None)
            if marks is None or marks.data is None or key not in marks.data:
                break
            line, node = marks.data[key][0] + 1, node[key]
        return line


def _settings(model: type[BaseModel], inside: Location) -> Sequence[str]:
    """The names that a model, or the section `inside` it, knows."""
    section: Any = model
    for name in inside:
        field = getattr(section, "model_fields", {}).get(name)
        section = field and field.annotation
    return tuple(getattr(section, "model_fields", ()))


def _without_values(problem: str) -> str:
    """A parser's words; it shows the values of a key that is there twice, which may be secrets."""
    return " ".join(problem.partition(" with value ")[0].split())


def _bare(node: Any) -> Any:
    """The node as plain Python, as pydantic expects it."""
    if isinstance(node, Mapping):
        return {str(key): _bare(value) for key, value in node.items()}
    if isinstance(node, Sequence) and not isinstance(node, str):
        return [_bare(value) for value in node]
    return str(node) if isinstance(node, str) else node
