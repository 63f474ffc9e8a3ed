"""Whether receivers can believe a domain's mail, by its TXT records."""

import base64
from collections.abc import Mapping, Sequence

import pytest

from outreach.rules.sending_domain import dkim, dmarc, spf

D = "acme.example"
KEY = base64.b64encode(b"\x30" * 294).decode()
SHORT = base64.b64encode(b"\x30" * 94).decode()


class Zone:
    """The records of a few names, and which were asked for."""

    def __init__(self, records: Mapping[str, Sequence[str]]) -> None:
        self._records = records
        self.asked: list[str] = []

    def __call__(self, name: str) -> list[str]:
        self.asked.append(name)
        return list(self._records.get(name, ()))


GOOD_SPF = [
    "v=spf1 a:mail.acme.example ~all",
    "V=SPF1 ip4:192.0.2.0/24 -ALL",
    "v=spf1 include:provider.example -all",
    "v=spf1 redirect=provider.example",
    "v=spf1 include:%{i}.other.example mx ~all",
]
BAD_SPF = [
    ([], "has no record"),
    (["google-site-verification=x", "v=spf10 -all"], "has no record"),
    (["v=spf1 -all", "v=spf1 ~all"], "has 2 records, and none counts"),
    (["v=spf1 a"], "does not end"),
    (["v=spf1 +all"], "the whole internet"),
    (["v=spf1 all"], "the whole internet"),
    (["v=spf1 ?all"], "the whole internet"),
    (["v=spf1 include:nowhere.example ~all"], "nowhere.example, which has no record"),
    (["v=spf1 include:twice.example ~all"], "twice.example, which has 2 record"),
    ([f"v=spf1 {'a:b.example ' * 11}~all"], "more than 10 lookups"),
    (["v=spf1 include:loop.example ~all"], "more than 10 lookups"),
]
ELSEWHERE = {
    "provider.example": ["v=spf1 a mx exists:b.example -all"],
    "twice.example": ["v=spf1 -all", "v=spf1 -all"],
    "loop.example": ["v=spf1 include:loop.example -all"],
}


@pytest.mark.parametrize("record", GOOD_SPF)
def test_an_spf_record_that_counts(record: str) -> None:
    found = spf(D, "mail.acme.example", Zone({D: ["other", record], **ELSEWHERE}))
    assert (found.ok, found.what, found.record) == (True, record, "")


@pytest.mark.parametrize(("records", "why"), BAD_SPF)
def test_an_spf_record_that_does_not(records: list[str], why: str) -> None:
    zone = Zone({D: records, **ELSEWHERE})
    found = spf(D, "mail.acme.example", zone)
    assert not found.ok
    assert why in found.what
    assert found.record == 'acme.example. TXT "v=spf1 a:mail.acme.example ~all"'
    assert len(zone.asked) <= 11


def test_what_costs_ten_lookups_is_allowed() -> None:
    assert spf(D, "m.example", Zone({D: [f"v=spf1 {'a:b.example ' * 10}~all"]})).ok


@pytest.mark.parametrize(
    "record", [f"v=DKIM1; k=rsa; p={KEY}", f"p={KEY[:20]} {KEY[20:]}", "v=DKIM1; k=ed25519; p=AAAA"]
)
def test_a_dkim_key_that_counts(record: str) -> None:
    assert dkim(D, "s1", Zone({f"s1._domainkey.{D}": [record]})).ok


@pytest.mark.parametrize(
    ("records", "why"),
    [
        ([], "has no key"),
        ([f"p={KEY}", f"p={KEY}"], "has 2 keys"),
        (["v=DKIM1; p="], "revoked"),
        (["v=DKIM1; p=!!"], "no key in base64"),
        ([f"v=DKIM1; p={SHORT}"], "shorter than 1024 bits"),
        ([f"v=DKIM2; p={KEY}"], "its version is"),
        ([f"v=DKIM1; t=s:y; p={KEY}"], "tried out"),
    ],
)
def test_a_dkim_key_that_does_not(records: list[str], why: str) -> None:
    found = dkim(D, "s1", Zone({f"s1._domainkey.{D}": records}))
    assert not found.ok
    assert why in found.what
    assert found.record.startswith(f"s1._domainkey.{D}. TXT ")


def test_without_a_selector_nobody_can_look() -> None:
    zone = Zone({})
    found = dkim(D, "", zone)
    assert not found.ok
    assert "dkim_selector" in found.what
    assert zone.asked == []


@pytest.mark.parametrize("policy", ["none", "quarantine", "reject"])
@pytest.mark.parametrize("name", ["_dmarc.news.acme.example", "_dmarc.acme.example"])
def test_a_dmarc_record_of_the_domain_or_what_it_belongs_to(name: str, policy: str) -> None:
    zone = Zone({name: ["other", f"v=DMARC1; p={policy}"]})
    assert dmarc("news.acme.example", "a@news.acme.example", zone).ok


@pytest.mark.parametrize(
    ("records", "why", "record"),
    [
        ([], "has no record", f'_dmarc.{D}. TXT "v=DMARC1; p=none; rua=mailto:a@{D}"'),
        (["v=DMARC1"], "the policy ''", f'_dmarc.{D}. TXT "v=DMARC1; p=none; rua=mailto:a@{D}"'),
        (["v=DMARC1; p=block"], "'block'", f'_dmarc.{D}. TXT "v=DMARC1; p=none; rua=mailto:a@{D}"'),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], "has 2 records", "v=DMARC1; p=none"),
    ],
)
def test_a_dmarc_record_that_does_not_count(records: list[str], why: str, record: str) -> None:
    zone = Zone({f"_dmarc.{D}": records})
    found = dmarc(D, f"a@{D}", zone)
    assert not found.ok
    assert why in found.what
    assert found.record == record
    assert "_dmarc.example" not in zone.asked
