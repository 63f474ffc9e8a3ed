"""snac2, a small server of the fediverse with Mastodon's client API, started and thrown away.

It is not faithful to Mastodon: it ignores Idempotency-Key, takes an empty note, knows no pages, and
answers 404 to every DELETE.
"""

import json
import platform
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from ..ports import free_port
from ..wait import until
from . import _debian as debian

MISSING = "no snac2 on this machine; to get it: make servers"
APT = Path("/etc/apt")
PEOPLE = ("alice", "bob")


@dataclass(frozen=True, kw_only=True)
class Snac:
    """Where it listens, and the passwords of PEOPLE by name."""

    url: str
    passwords: Mapping[str, str]

    def consent(self, page: str, name: str) -> Mapping[str, str]:
        """What the network answers where this person says yes on its page."""
        form = requests.get(page, timeout=10).text
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
        (action,) = re.findall(r'action="([^"]+)"', form)
        sent = {**hidden, "login": name, "passwd": self.passwords[name]}
        answer = requests.post(action, data=sent, allow_redirects=False, timeout=10)
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


@contextmanager
def server() -> Iterator[Snac]:
    """A new server with an account for each of PEOPLE, in a folder of its own."""
    binary = find()
    if binary is None:
        pytest.skip(MISSING)
    with tempfile.TemporaryDirectory(prefix="outreach-snac-") as name:
        folder, port = Path(name) / "data", free_port()
        _made(binary, folder, port)
        passwords = {person: _password(binary, folder, person) for person in PEOPLE}
        snac = Snac(url=f"http://localhost:{port}", passwords=passwords)
        with (
            (Path(name) / "log").open("wb") as log,
            subprocess.Popen([binary, "httpd", folder], stdout=log, stderr=log) as process,
        ):
            try:
                until(lambda: answers(snac.url), what="snac2")
                yield snac
            finally:
                process.kill()


def missing() -> bool:
    """Whether it has to be installed first."""
    return find() is None


def install() -> None:
    """From Debian's packages; bookworm has it in its backports."""
    release = platform.freedesktop_os_release()["VERSION_CODENAME"]
    if release != "bookworm":
        debian.install("snac2")
        return
    with _backports(release) as suite:
        debian.install("snac2", release=suite)


def find() -> str | None:
    """The command."""
    return shutil.which("snac")


def mirror(release: str, apt: Path = APT) -> tuple[str, str]:
    """The address and the key of Debian's packages, from where this machine has them already."""
    for file in sorted((apt / "sources.list.d").glob("*.sources")):
        for source in re.split(r"\n\s*\n", file.read_text()):
            fields = dict(re.findall(r"(?m)^([\w-]+): *(.+)$", source))
            if release in fields.get("Suites", "").split():
                return fields["URIs"].split()[0], fields["Signed-By"]
    raise LookupError(f"no source of {release} in {apt}")


@contextmanager
def _backports(release: str) -> Iterator[str]:
    """One more source of packages, for as long as it is needed."""
    address, key = mirror(release)
    suite = f"{release}-backports"
    source = APT / "sources.list.d" / "outreach-backports.sources"
    source.write_text(
        f"Types: deb\nURIs: {address}\nSuites: {suite}\nComponents: main\nSigned-By: {key}\n"
    )
    try:
        yield suite
    finally:
        source.unlink()


def _made(binary: str, folder: Path, port: int) -> None:
    """Its data folder. It asks for address, port, host, prefix and the administrator's address."""
    answers = f"127.0.0.1\n{port}\nlocalhost:{port}\n\nadmin@localhost\n"
    _run(binary, "init", folder, answers=answers)
    file = folder / "server.json"
    # It looks at each link of a note, and waits that long where it leads nowhere.
    quick = {"protocol": "http", "queue_timeout": 1, "queue_timeout_2": 1}
    file.write_text(json.dumps({**json.loads(file.read_text()), **quick}))


def _password(binary: str, folder: Path, person: str) -> str:
    said = _run(binary, "adduser", folder, person)
    (password,) = re.findall(r"(?m)^User password is (\S+)", said)
    return str(password)


def _run(*command: str | Path, answers: str = "") -> str:
    done = subprocess.run(
        command,
        input=answers,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def answers(url: str) -> bool:
    """Whether somebody is there."""
    try:
        return requests.get(f"{url}/api/v1/instance", timeout=5).ok
    except requests.ConnectionError:
        return False
