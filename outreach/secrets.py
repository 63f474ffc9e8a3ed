"""A folder's secrets: from the environment, or from its `.env`, which only its owner can read."""

import fcntl
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from outreach.model.errors import Refused
from outreach.store.tokens import new_key

KEY = "OUTREACH_KEY"

_PLAIN = re.compile(r"[\w./:@%+=,-]+", re.ASCII)
_NO_TEXT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_ESCAPED = re.compile(r"[\\\"$`]")


def read(name: str, root: Path, environ: Mapping[str, str]) -> str:
    """The secret that `$NAME` stands for, without blanks and newlines around it: they come from
    pasting. Raises Refused where nobody has set it."""
    key = name.removeprefix("$")
    value = environ.get(key, "").strip() or stored(root).get(key, "").strip()
    if not value:
        raise Refused(f"{name} is not set; put it into the environment, or: "
                      f"outreach secrets set {key} --folder {root}")  # fmt: skip
    return value


def write(name: str, value: str, root: Path) -> Path:
    """Keep a secret in `.env` under its name, with or without the `$`; gives back the file.

    Blanks and newlines around the value are left out: they come from pasting. The file is replaced
    as a whole, its other lines as they were. Raises Refused for a name that
    is none, for a value that is not one line of text, and for a file that others can read.
    """
    key = name.removeprefix("$")
    if not (key.isascii() and key.isidentifier()):
        raise Refused(f"{name!r} is no name of a secret; as X_API_KEY: letters, digits and _")
    value = value.strip()
    if not value or _NO_TEXT.search(value):
        raise Refused(f"the value of {key} is not one line of text; nothing was written")
    with _alone(root) as path:
        _put(path, key, value)
        return path


def token_key(root: Path, environ: Mapping[str, str]) -> str:
    """The key that sign-ins are encrypted under: $OUTREACH_KEY, made at the first sign-in.

    A new one is written to `.env`.
    """
    if environ.get(KEY):
        return environ[KEY]
    with _alone(root) as path:
        key = stored(root).get(KEY)
        if key is None:
            key = new_key()
            _put(path, KEY, key)
    return key


def stored(root: Path) -> dict[str, str]:
    """What `.env` has, by name. Raises Refused where others can read the file."""
    path = root / ".env"
    if not path.exists():
        return {}
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise Refused(f"{path} can be read by others (mode {mode:04o}): chmod 600 {path}")
    pairs = (_pair(line) for line in _lines(path))
    return {pair[0]: pair[1] for pair in pairs if pair}


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{path} cannot be read as text: {error}") from error
    return text.removesuffix("\n").split("\n") if text else []


def _pair(line: str) -> tuple[str, str] | None:
    """The name and the value of a line, None where it is a comment or empty."""
    key, equals, value = line.partition("=")
    if not equals or key.lstrip().startswith("#"):
        return None
    return key.strip(), _unquoted(value.strip())


def _unquoted(value: str) -> str:
    if len(value) < 2 or value[0] != value[-1] or value[0] not in "'\"":
        return value
    inner = value[1:-1]
    return inner if value[0] == "'" else re.sub(r"\\([\\\"$`])", r"\1", inner)


def _quoted(value: str) -> str:
    """The value as both this file's reader and a POSIX shell take it."""
    if _PLAIN.fullmatch(value):
        return value
    if "'" not in value:
        return f"'{value}'"
    return '"' + _ESCAPED.sub(r"\\\g<0>", value) + '"'


def _put(path: Path, key: str, value: str) -> None:
    """Replace the file by one where the name has this value, which is on the disk before."""
    lines = _lines(path)
    places = [at for at, line in enumerate(lines) if (_pair(line) or ("",))[0] == key]
    at = places[0] if places else len(lines)
    others = [line for there, line in enumerate(lines) if there not in places]
    others.insert(at, f"{key}={_quoted(value)}")
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with open(new, "x", encoding="utf-8", opener=_private) as file:
        _give_to_owner(file.fileno(), path)
        file.write("\n".join([*others, ""]))
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _give_to_owner(file: int, path: Path) -> None:
    """What root replaces stays its owner's."""
    owner = path.stat()
    if os.geteuid() == 0:
        os.fchown(file, owner.st_uid, owner.st_gid)


@contextmanager
def _alone(root: Path) -> Iterator[Path]:
    """The file, made if it is not there, while nobody else writes it."""
    path = (root / ".env").resolve()
    while True:
        with open(path, "a", opener=_private) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):  # not replaced meanwhile
                stored(root)  # raises where others can read it
                yield path
                return


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
