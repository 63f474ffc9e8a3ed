"""As much of GraphQL as a client of GitHub needs: https://spec.graphql.org/October2021/.

One operation a document, variables, aliases, inline fragments; no named fragments, no directives.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(
    r'[\s,]+|(?P<token>\.\.\.|[A-Za-z_]\w*|\$\w+|-?\d+|"(?:\\.|[^"\\\n])*"|[{}()\[\]:!=])'
)


class Wrong(Exception):
    """An error as GitHub words it. `kind` is its type, "" for a query that means nothing."""

    def __init__(self, message: str, kind: str = "") -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field that is asked for. `on` is the type that it is asked of, "" for any."""

    name: str
    alias: str
    arguments: Mapping[str, Any]
    selection: tuple["Field", ...]
    on: str


@dataclass(frozen=True, kw_only=True)
class Operation:
    """`kind` is query or mutation; `variables` maps each to its declared type."""

    kind: str
    variables: Mapping[str, str]
    selection: tuple[Field, ...]


@dataclass(frozen=True)
class Variable:
    """A place for a value that comes with the request."""

    name: str


@dataclass(frozen=True, kw_only=True)
class Thing:
    """An object. `fields` are values, or make them of the arguments; `kinds` are its interfaces."""

    kind: str
    fields: Mapping[str, Any]
    kinds: frozenset[str] = field(default_factory=frozenset)


def parse(document: str) -> Operation:
    """The operation of a document. Raises Wrong."""
    return _Parser(document).operation()


class _Parser:
    def __init__(self, document: str) -> None:
        self._tokens, at = list[str](), 0
        while at < len(document):
            found = _TOKEN.match(document, at)
            if found is None:
                raise Wrong(f'Expected one of a name, a value, a brace, actual: "{document[at]}"')
            if found["token"]:
                self._tokens.append(found["token"])
            at = found.end()
        self._tokens.reverse()

    def operation(self) -> Operation:
        kind, variables = "query", dict[str, str]()
        if self._next() != "{":
            kind = self._take()
            if self._next() not in "({":
                self._take()
            if self._next() == "(":
                variables = self._variables()
        found = Operation(kind=kind, variables=variables, selection=self._selection(""))
        if self._tokens:
            raise Wrong(f'Expected the end, actual: "{self._next()}"')
        return found

    def _next(self) -> str:
        return self._tokens[-1] if self._tokens else "(end)"

    def _take(self, wanted: str = "") -> str:
        if not self._tokens or (wanted and self._next() != wanted):
            raise Wrong(f'Expected "{wanted or "more"}", actual: "{self._next()}"')
        return self._tokens.pop()

    def _variables(self) -> dict[str, str]:
        found = {}
        self._take("(")
        while self._next() != ")":
            name = self._take()
            self._take(":")
            kind = self._take()
            if self._next() == "!":
                kind += self._take()
            found[name[1:]] = kind
        self._take(")")
        return found

    def _selection(self, on: str) -> tuple[Field, ...]:
        found: list[Field] = []
        self._take("{")
        while self._next() != "}":
            if self._next() == "...":
                self._take()
                self._take("on")
                found += self._selection(self._take())
            else:
                found.append(self._field(on))
        self._take("}")
        return tuple(found)

    def _field(self, on: str) -> Field:
        alias = name = self._take()
        if self._next() == ":":
            self._take()
            name = self._take()
        arguments = self._members("(", ")") if self._next() == "(" else {}
        selection = self._selection("") if self._next() == "{" else ()
        return Field(name=name, alias=alias, arguments=arguments, selection=selection, on=on)

    def _members(self, opening: str, closing: str) -> dict[str, Any]:
        found = {}
        self._take(opening)
        while self._next() != closing:
            name = self._take()
            self._take(":")
            found[name] = self._value()
        self._take(closing)
        return found

    def _value(self) -> Any:
        if self._next() == "{":
            return self._members("{", "}")
        token = self._take()
        if token.startswith("$"):
            return Variable(token[1:])
        if token.startswith('"'):
            return re.sub(r"\\(.)", r"\1", token[1:-1])
        known: dict[str, Any] = {"null": None, "true": True, "false": False}
        return int(token) if re.fullmatch(r"-?\d+", token) else known.get(token, token)


def execute(operation: Operation, root: Thing, given: Mapping[str, Any]) -> dict[str, Any]:
    """The answer: `data`, and `errors` where a field could not be had. It is null then."""
    missing = [name for name, kind in operation.variables.items()
               if kind.endswith("!") and given.get(name) is None]  # fmt: skip
    if missing:
        raise Wrong(f"Variable ${missing[0]} of type {operation.variables[missing[0]]} was null")
    data: dict[str, Any] = {}
    errors: list[dict[str, Any]] = []
    for each in operation.selection:
        try:
            data[each.alias] = _value(each, _resolved(each, root, given), given)
        except Wrong as wrong:
            if not wrong.kind:
                raise
            data[each.alias] = None
            errors.append({"type": wrong.kind, "path": [each.alias], "message": str(wrong)})
    return {"data": data, **({"errors": errors} if errors else {})}


def _resolved(asked: Field, thing: Thing, given: Mapping[str, Any]) -> Any:
    if asked.name == "__typename":
        return thing.kind
    if asked.name not in thing.fields:
        raise Wrong(f"Field '{asked.name}' doesn't exist on type '{thing.kind}'")
    value = thing.fields[asked.name]
    arguments = {name: _filled(each, given) for name, each in asked.arguments.items()}
    if not isinstance(value, Callable):  # type: ignore[arg-type]
        if arguments:
            raise Wrong(f"Field '{asked.name}' doesn't accept argument '{next(iter(arguments))}'")
        return value
    try:
        return value(**arguments)
    except TypeError as error:
        raise Wrong(f"Field '{asked.name}': {error}") from error


def _filled(value: Any, given: Mapping[str, Any]) -> Any:
    if isinstance(value, Variable):
        return given.get(value.name)
    if isinstance(value, dict):
        return {name: _filled(each, given) for name, each in value.items()}
    return value


def _value(asked: Field, value: Any, given: Mapping[str, Any]) -> Any:
    """What the value shows of itself."""
    if isinstance(value, list):
        return [_value(asked, each, given) for each in value]
    if not isinstance(value, Thing):
        return value
    if not asked.selection:
        raise Wrong(f"Field must have selections (field '{asked.name}' returns {value.kind})")
    return {
        each.alias: _value(each, _resolved(each, value, given), given)
        for each in asked.selection
        if each.on in ("", value.kind, *value.kinds)
    }
