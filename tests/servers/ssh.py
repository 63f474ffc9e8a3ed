"""OpenSSH's server on this machine, for whoever runs the tests, started and thrown away."""

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ..ports import free_port
from ..wait import until
from . import _debian as debian

MISSING = "no sshd and rsync on this machine; to get them: make servers"
SEPARATION = Path("/run/sshd")
"""The empty folder that sshd wants where it is started by root."""

CONFIGURATION = """\
ListenAddress 127.0.0.1:{port}
HostKey {home}/host
AuthorizedKeysFile {home}/user.pub
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
PidFile none
SetEnv SHLVL=9
"""
"""With that SHLVL bash takes itself for an inner shell, and leaves its user's .bashrc alone."""


@dataclass(frozen=True, kw_only=True)
class Ssh:
    """Where it listens and who may enter: with the private key `identity`, as `user`."""

    user: str
    port: int
    identity: Path
    known_hosts: Path


@contextmanager
def server() -> Iterator[Ssh]:
    """A server with keys of its own."""
    if missing():
        pytest.skip(MISSING)
    with tempfile.TemporaryDirectory(prefix="outreach-ssh-") as name:
        home, port = Path(name), free_port()
        for key in ("host", "user"):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(home / key)]
            subprocess.run(command, stdin=subprocess.DEVNULL, check=True)
        (home / "sshd_config").write_text(CONFIGURATION.format(port=port, home=home))
        public = (home / "host.pub").read_text()
        (home / "known_hosts").write_text(f"[127.0.0.1]:{port} {public}")
        if os.geteuid() == 0:
            SEPARATION.mkdir(0o755, exist_ok=True)
        command = [str(find()), "-D", "-e", "-f", str(home / "sshd_config")]
        with (home / "log").open("wb") as log, subprocess.Popen(command, stderr=log) as process:
            try:
                until(lambda: answers(port), what="sshd")
                yield Ssh(
                    user=getpass.getuser(),
                    port=port,
                    identity=home / "user",
                    known_hosts=home / "known_hosts",
                )
            finally:
                process.kill()


def missing() -> bool:
    """Whether it has to be installed first."""
    return find() is None or shutil.which("rsync") is None


def install() -> None:
    """From Debian's packages."""
    debian.install("openssh-server", "openssh-client", "rsync")


def find() -> str | None:
    """The command, by its whole path: sshd will not start without."""
    return shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")


def answers(port: int) -> bool:
    """Whether somebody is there."""
    try:
        with socket.create_connection(("127.0.0.1", port), 5):
            return True
    except ConnectionRefusedError:
        return False
