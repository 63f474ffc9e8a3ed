"""A command that asks: answered by a script's standard input, or at a terminal."""

import os
import pty
import select
import subprocess
import sys

from click.testing import CliRunner

from outreach.cli import cli
from outreach.model.errors import Refused

from ..folder import SECRETS, Folder


def piped(folder: Folder, answers: str, *arguments: str, **environ: str) -> tuple[int, str]:
    """One command with this on standard input: its exit code and what it says."""
    runner = CliRunner(env={**dict.fromkeys(SECRETS), **folder.environ(**environ)})
    done = runner.invoke(cli, [*arguments, "--folder", str(folder.root)], input=answers)
    if isinstance(done.exception, Refused):
        return done.exception.code, str(done.exception)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


def typed(folder: Folder, answers: str, *arguments: str, **environ: str) -> tuple[int, str]:
    """One command at a terminal, where somebody types this: all that the terminal shows."""
    ours, its = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "outreach", *arguments, "--folder", str(folder.root)],
        env=folder.environ(**environ),
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
        preexec_fn=_own_terminal,
    )
    os.close(its)
    shown, left = b"", answers.encode()
    try:
        while True:
            ready, _, _ = select.select([ours], [], [], 30)
            assert ready, f"nothing more was said after: {shown.decode()}"
            try:
                said = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            shown += said
            if left and shown.rstrip(b" ").endswith(b":"):
                line, _, left = left.partition(b"\n")
                os.write(ours, line + b"\n")
        return process.wait(30), shown.decode()
    finally:
        os.close(ours)
        process.kill()
        process.wait()


def _own_terminal() -> None:
    """What is asked for without being shown is asked on the controlling terminal."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
