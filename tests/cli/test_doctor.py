"""outreach doctor, against a DNS server of this machine."""

import json
import socket
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from ..folder import Folder
from ..ports import free_port
from ..test_cli import documented

ACCOUNT = """  letters:
    kind: email
    from: Ada <ada@acme.example>
    smtp: mail.acme.example:587
    dkim_selector: s1
"""
KEY = "A" * 392
RIGHT = {
    "acme.example.": "v=spf1 a:mail.acme.example ~all",
    "s1._domainkey.acme.example.": f"v=DKIM1; k=rsa; p={KEY}",
    "_dmarc.acme.example.": "v=DMARC1; p=reject",
}


class Dns:
    """Answers with these TXT records, in strings of 100 characters; BROKEN names are SERVFAIL."""

    def __init__(self) -> None:
        self.records: dict[str, str] = {}
        self.broken: set[str] = set()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.at = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bell:
            bell.sendto(b"", self._socket.getsockname())
        self._thread.join(10)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            data, sender = self._socket.recvfrom(4096)
            if not data:
                return
            self._socket.sendto(self._answer(dns.message.from_wire(data)).to_wire(), sender)

    def _answer(self, asked: dns.message.Message) -> dns.message.Message:
        answer = dns.message.make_response(asked, recursion_available=True)
        name = asked.question[0].name
        if name.to_text() in self.broken:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif name.to_text() not in self.records:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        else:
            text = self.records[name.to_text()]
            parts = (text[start : start + 100] for start in range(0, len(text), 100))
            quoted = " ".join(f'"{part}"' for part in parts)
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", quoted))
        return answer


@pytest.fixture
def server() -> Iterator[Dns]:
    running = Dns()
    yield running
    running.close()


@pytest.fixture
def mailing(folder: Folder) -> Folder:
    folder.change("accounts:\n", f"accounts:\n{ACCOUNT}")
    return folder


def examined(folder: Folder, at: str) -> tuple[int, Mapping[str, dict[str, Any]]]:
    code, said = folder.call("doctor", "--json", "--resolver", at)
    return code, {row["check"]: row for row in json.loads(said)}


def test_all_right_is_0(mailing: Folder, server: Dns) -> None:
    server.records |= RIGHT
    code, rows = examined(mailing, server.at)
    assert code == 0, rows
    assert list(rows) == ["SPF", "DKIM", "DMARC"]
    for row in rows.values():
        assert list(row) == documented("doctor")
        assert (row["account"], row["ok"], row["record"]) == ("letters", True, None)
    code, said = mailing.call("doctor", "--resolver", server.at)
    assert code == 0
    assert said.count("ok   letters") == 3


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_missing_is_1_and_told_with_the_record(
    mailing: Folder, server: Dns, name: str
) -> None:
    server.records |= {key: value for key, value in RIGHT.items() if key != name}
    code, rows = examined(mailing, server.at)
    (bad,) = (row for row in rows.values() if not row["ok"])
    assert code == 1
    assert bad["record"].startswith(f"{name} TXT ")
    code, said = mailing.call("doctor", "--resolver", server.at)
    assert (code, said.count("BAD")) == (1, 1)
    assert f"add  {name} TXT " in said


def test_a_dns_that_does_not_answer_is_not_taken_for_a_missing_record(
    mailing: Folder, server: Dns
) -> None:
    server.records |= RIGHT
    server.broken.add("_dmarc.acme.example.")
    code, rows = examined(mailing, server.at)
    assert code == 1
    assert [row["ok"] for row in rows.values()] == [True, True, False]
    assert "does not say what _dmarc.acme.example has" in rows["DMARC"]["what"]
    assert rows["DMARC"]["record"] is None


def test_without_a_newsletter_there_is_nothing_to_check(folder: Folder) -> None:
    code, said = folder.call("doctor", "--resolver", f"127.0.0.1:{free_port()}")
    assert (code, said.startswith("Nothing to check")) == (0, True)


def test_a_resolver_that_is_none_is_refused(mailing: Folder) -> None:
    code, said = mailing.call("doctor", "--resolver", "x")
    assert code == 1
    assert "'x' is no DNS server" in said


def test_in_the_sandbox_it_says_that_the_dns_is_the_real_one(
    mailing: Folder, server: Dns, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, _, port = server.at.partition(":")
    there = dns.resolver.Resolver(configure=False)
    there.nameservers, there.port = [host], int(port)
    monkeypatch.setattr(dns.resolver, "Resolver", lambda **given: there)
    server.records |= RIGHT
    code, said = mailing.call("doctor")
    assert (code, said.count("SANDBOX"), "is the real one" in said) == (0, 1, True)
    assert "SANDBOX" not in mailing.call("doctor", "--resolver", server.at)[1]
    json.loads(mailing.call("doctor", "--json")[1])
