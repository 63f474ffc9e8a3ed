"""Postfix and Dovecot on this machine: one provider of mail, started and thrown away.

Both have to be started by root, who gives each of their parts another user.
"""

import os
import pwd
import shutil
import smtplib
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ..ports import free_port
from ..wait import until
from . import _debian as debian

MISSING = "no Postfix and Dovecot on this machine; to get them: make servers"
NOT_ROOT = "Postfix and Dovecot are started by root alone"
HOST = "mail.acme.test"
ADA, BOB = "ada@acme.test", "bob@reader.test"
GONE = "gone@reader.test"
"""Postfix knows this address, Dovecot does not: its mail is taken, and then comes back."""

OWNER = "mail"
COMMANDS = (
    (("dovecot", "-c", "{home}/dovecot.conf"), ("dovecot", "-c", "{home}/dovecot.conf", "stop")),
    (("postfix", "-c", "{home}", "start"), ("postfix", "-c", "{home}", "abort")),
)
"""How each is started, and how it is stopped."""

MASTER = """\
127.0.0.1:{smtp} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
MAIN = """\
compatibility_level = 3.6
queue_directory = {home}/spool
data_directory = {home}/data
maillog_file = {home}/postfix.log
maillog_file_prefixes = {home}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = {host}
mydestination =
mynetworks =
virtual_mailbox_domains = acme.test, reader.test
virtual_mailbox_maps = inline:{{ {ada}=1, {bob}=1, {gone}=1 }}
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
default_transport = error:no mail leaves this machine
recipient_delimiter = +
message_size_limit = 1000000
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = auth
smtpd_error_sleep_time = 0
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = {home}/certificate
smtpd_tls_key_file = {home}/key
"""
DOVECOT = """\
protocols = imap lmtp
listen = 127.0.0.1
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
ssl = required
ssl_cert = <{home}/certificate
ssl_key = <{home}/key
auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = maildir:{home}/mail/%u
first_valid_uid = 1
recipient_delimiter = +
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {home}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {home}/users
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  unix_listener {home}/spool/auth {{
    mode = 0666
  }}
}}
"""


@dataclass(frozen=True, kw_only=True)
class Mail:
    """Where its two servers listen, both in TLS after STARTTLS; `certificate` proves who they are.

    `passwords` are of ADA and BOB, by their addresses.
    """

    smtp: int
    imap: int
    certificate: Path
    passwords: Mapping[str, str]

    def send(self, message: EmailMessage, by: str, returning: str) -> None:
        """A mail of a person's own program; what comes back goes to `returning`."""
        with smtplib.SMTP("127.0.0.1", self.smtp, timeout=10) as program:
            context = ssl.create_default_context(cafile=self.certificate)
            context.check_hostname = False
            program.starttls(context=context)
            program.login(by, self.passwords[by])
            program.send_message(message, from_addr=returning)


@contextmanager
def server() -> Iterator[Mail]:
    """A new provider, with empty mailboxes, in a folder of its own."""
    if missing():
        pytest.skip(MISSING)
    if os.geteuid() != 0:
        pytest.skip(NOT_ROOT)
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="outreach-mail-")))
        mail = Mail(
            smtp=free_port(),
            imap=free_port(),
            certificate=home / "certificate",
            passwords={ADA: "ada's own", BOB: "bob's own"},
        )
        _settled(home, mail, free_port())
        for start, stop in COMMANDS:
            stack.callback(_run, home, *stop)
            _run(home, *start)
        for port in (mail.imap, mail.smtp):
            until(partial(answers, port), what=f"the server on port {port}")
        yield mail


def missing() -> bool:
    """Whether they have to be installed first."""
    return find("postfix") is None or find("dovecot") is None


def install() -> None:
    """From Debian's packages."""
    debian.install("postfix", "dovecot-imapd", "dovecot-lmtpd")


def find(command: str) -> str | None:
    """The command, which is not on everybody's PATH."""
    return shutil.which(command, path=f"{os.environ['PATH']}:/usr/sbin")


def answers(port: int) -> bool:
    """Whether somebody says hello there."""
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as connection:
            return bool(connection.recv(1))
    except OSError:
        return False


def _settled(home: Path, mail: Mail, lmtp: int) -> None:
    """Both are set up in `home`, where others may pass through but for the key."""
    home.chmod(0o755)
    owner = pwd.getpwnam(OWNER)
    for name in ("spool", "data", "mail", "run", "state"):
        (home / name).mkdir()
    shutil.chown(home / "data", "postfix")
    shutil.chown(home / "mail", owner.pw_uid, owner.pw_gid)
    people = (
        f"{address}:{{PLAIN}}{password}:{owner.pw_uid}:{owner.pw_gid}::{home}/mail/{address}::\n"
        for address, password in mail.passwords.items()
    )
    (home / "users").write_text("".join(people))
    known = {"home": home, "host": HOST, "ada": ADA, "bob": BOB, "gone": GONE, "lmtp": lmtp}
    (home / "main.cf").write_text(MAIN.format(**known))
    (home / "master.cf").write_text(MASTER.format(smtp=mail.smtp))
    (home / "dovecot.conf").write_text(DOVECOT.format(**known, imap=mail.imap))
    _certified(home)


def _certified(home: Path) -> None:
    """A key, and a certificate of HOST that it signs itself."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.NameAttribute(NameOID.COMMON_NAME, HOST),
    )
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([name]))
        .issuer_name(x509.Name([name]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (home / "certificate").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (home / "key").touch(mode=0o600)
    (home / "key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def _run(home: Path, *command: str) -> None:
    """One command. What it starts lives on with its output, so that goes to a file."""
    name, *arguments = (word.format(home=home) for word in command)
    with (home / f"{name}.said").open("ab") as said:
        done = subprocess.run(
            [find(name) or name, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            timeout=30,
        )
    assert done.returncode == 0, "".join(log.read_text() for log in home.glob(f"{name}.*"))
