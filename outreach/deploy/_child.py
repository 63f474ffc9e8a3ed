"""Programs of this machine that carry the site: no shell, no secret of ours, one at a time."""

import fcntl
import os
import re
import signal
import subprocess
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from outreach.model.errors import Refused, Unavailable

PATIENCE = 900.0
"""Seconds that a program may take; each ends sooner by itself where the other side is silent."""

SIZE = 1 << 20
"""Bytes that are read at most of what a program wrote."""

SHOWN = 400
"""Characters at the end of what a program said that are shown."""

PASSED = re.compile(
    r"PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMPDIR|SSH_AUTH_SOCK|SSL_CERT_(FILE|DIR)"
    r"|XDG_CONFIG_HOME|(?i:(https?|no|all)_proxy)"
)
"""Variables of the environment that a program gets; our secrets are none of them."""


def run(
    command: Sequence[str],
    *,
    folder: Path,
    lock: Path,
    environ: Mapping[str, str],
    extra: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    well: Collection[int] = (0,),
    patience: float = PATIENCE,
) -> str:
    """Run a program in a folder to its end; gives back what it wrote.

    While one runs under `lock`, also one that an earlier process left behind, no other does. Raises
    Unavailable where its exit code is not among `well`, Refused where there is no such program.
    """
    passed = {name: value for name, value in environ.items() if PASSED.fullmatch(name)}
    with (
        _alone(lock, command[0]) as held,
        TemporaryFile() as given,
        TemporaryFile() as wrote,
        TemporaryFile() as said,
    ):
        given.write(stdin)
        given.seek(0)
        try:
            process = subprocess.Popen(  # noqa: S603 - a list of the owner's words, no shell
                command,
                cwd=folder,
                env={**passed, **(extra or {})},
                stdin=given,
                stdout=wrote,
                stderr=said,
                pass_fds=[held],
                process_group=0,
            )
        except OSError as error:
            raise Refused(f"{command[0]} cannot be run: {error.strerror}") from error
        code = _end(process, patience)
        if code not in well:
            end = " ".join((_text(said) or _text(wrote))[-SHOWN:].split())
            how = f"ended with {code}" if code > 0 else f"was killed by signal {-code}"
            raise Unavailable(f"{command[0]} {how}: {end or 'it said nothing'}")
        return _text(wrote)


def _end(process: subprocess.Popen[bytes], patience: float) -> int:
    """Its exit code; with all that it started it is killed where it takes too long."""
    try:
        return process.wait(patience)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.wait()


def _text(file: IO[bytes]) -> str:
    file.seek(max(0, file.seek(0, os.SEEK_END) - SIZE))
    return file.read().decode("utf-8", "replace")


@contextmanager
def _alone(lock: Path, name: str) -> Iterator[int]:
    """Hold the lock, which a program inherits and so holds as long as it lives."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Unavailable(f"{name} is not begun: an earlier one still runs") from error
        yield file.fileno()
