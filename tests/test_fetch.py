"""The one outgoing door, against real sockets."""

import gzip
import ipaddress
import socket
import time
import traceback
import zlib
from collections.abc import Iterator

import pytest

from outreach.fetch import (
    Address,
    Fetch,
    is_public,
    loopback_only,
    public_or,
)
from outreach.model.errors import OutreachError, Rejected, Unavailable, Uncertain

from .ports import free_port
from .server import Server, ok, request, reset, saying, serving

fetch = Fetch(guard=loopback_only, deadline=5)
hasty = Fetch(guard=loopback_only, deadline=0.3)


def on_this_host(host: str, port: int) -> list[Address]:
    """A resolver that knows literals only, so that no test asks a name server."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise OSError(f"{host} is unknown") from error
    return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


def test_an_answer_is_read_to_its_end() -> None:
    seen: list[bytes] = []

    def answer(server: Server, connection: socket.socket) -> None:
        seen.append(request(connection))
        connection.sendall(ok("héllo".encode(), "X-Two: 2"))

    with serving(answer) as server:
        found = fetch("POST", f"{server.url}/a?b=c", headers={"X-One": "1"}, content=b"body")
    assert (found.status, found.text, found.headers["x-two"]) == (200, "héllo", "2")
    head, _, body = seen[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /a?b=c HTTP/1.1\r\n")
    assert b"\r\nx-one: 1" in head.lower()
    assert body == b"body"


@pytest.mark.parametrize(("method", "error"), [("GET", Unavailable), ("POST", Uncertain)])
@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX-Long: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n100000\r\n",
    ],
    ids=["at once", "head", "body", "chunk"],
)
def test_a_dripping_server_meets_the_total_deadline(
    method: str, error: type[OutreachError], start: bytes
) -> None:
    def answer(server: Server, connection: socket.socket) -> None:
        request(connection)
        server.drip(connection, start or b"H", b"a" if start else b"")

    with serving(answer) as server:
        begun = time.monotonic()
        with pytest.raises(error, match=r"no answer within 0.3 s|timed out"):
            hasty(method, server.url)
        assert time.monotonic() - begun < 1.5


def test_a_server_that_reads_slowly_meets_the_deadline() -> None:
    def read(server: Server, connection: socket.socket) -> None:
        while connection.recv(65536):
            server.closing.wait(0.02)

    with serving(read) as server:
        begun = time.monotonic()
        with pytest.raises(Uncertain):
            hasty("POST", server.url, content=b"a" * (32 << 20))
        assert time.monotonic() - begun < 1.5


def test_a_body_may_be_as_large_as_the_cap_and_no_larger() -> None:
    small = Fetch(guard=loopback_only, size=1000)
    with serving(saying(ok(b"a" * 1000))) as server:
        assert len(small("GET", server.url).body) == 1000
    with serving(saying(ok(b"a" * 1001))) as server:
        with pytest.raises(Unavailable, match="larger than 1000 bytes"):
            small("GET", server.url)
        with pytest.raises(Uncertain, match="larger than 1000 bytes"):
            small("POST", server.url)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_what_is_packed_counts_unpacked(coding: str) -> None:
    small = Fetch(guard=loopback_only, size=1000)
    pack = gzip.compress if coding == "gzip" else zlib.compress
    header = f"Content-Encoding: {coding}"
    with serving(saying(ok(pack(b"a" * 1000), header))) as server:
        assert small("GET", server.url).body == b"a" * 1000
    for size in (1001, 10 << 20):
        with (
            serving(saying(ok(pack(b"a" * size), header))) as server,
            pytest.raises(Unavailable, match="larger than 1000 bytes"),
        ):
            small("GET", server.url)


def test_a_packed_body_that_ends_early_is_no_answer() -> None:
    whole = gzip.compress(b"hello, world" * 100)
    half = ok(whole[: len(whole) // 2], "Content-Encoding: gzip")
    with serving(saying(half)) as server, pytest.raises(Unavailable, match="ends early"):
        fetch("GET", server.url)


def test_a_head_may_name_the_encoding_of_the_body_it_leaves_out() -> None:
    with serving(saying(ok(b"", "Content-Encoding: gzip"))) as server:
        assert fetch("HEAD", server.url).body == b""


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "nonsense"])
def test_an_encoding_that_was_not_asked_for_is_refused(coding: str) -> None:
    answer = saying(ok(b"abc", f"Content-Encoding: {coding}"))
    with serving(answer) as server, pytest.raises(Unavailable, match="not asked for"):
        fetch("GET", server.url)


def test_where_nobody_listens_nothing_was_sent() -> None:
    for method in ("GET", "POST"):
        with pytest.raises(Unavailable):
            fetch(method, f"http://127.0.0.1:{free_port()}/")


@pytest.mark.parametrize(
    ("method", "error"), [("GET", Unavailable), ("HEAD", Unavailable), ("POST", Uncertain)]
)
@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf",
        b"this is not HTTP\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Endless: a\r\n" * 100_000,
    ],
    ids=["reset", "short body", "short chunk", "nonsense", "endless head"],
)
def test_a_lost_answer_is_in_doubt_only_where_something_was_written(
    method: str, error: type[OutreachError], answer: bytes
) -> None:
    def lose(server: Server, connection: socket.socket) -> None:
        request(connection)
        if answer:
            connection.sendall(answer)
        else:
            reset(connection)

    if method == "HEAD" and b"half" in answer:
        return  # an answer to HEAD has no body to lose
    with serving(lose) as server, pytest.raises(error):
        fetch(method, server.url)


def test_a_redirect_is_an_answer(canary: Server) -> None:
    moved = f"HTTP/1.1 302 Found\r\nLocation: {canary.url}/\r\nContent-Length: 0\r\n\r\n"
    with serving(saying(moved.encode())) as server:
        assert fetch("GET", server.url).status == 302
    assert canary.seen == 0


def test_an_error_shows_no_secret() -> None:
    url = f"http://ada:PASSWORD@127.0.0.1:{free_port()}/path?token=QUERY#FRAGMENT"
    with pytest.raises(Unavailable, match="/path") as caught:
        fetch("GET", url)
    told = f"{caught.value} {caught.value.__cause__}"
    assert not [secret for secret in ("PASSWORD", "QUERY", "FRAGMENT") if secret in told]


@pytest.mark.parametrize(
    "value",
    [
        "Bearer SECRET ",
        "Bearer SECRET\n",
        "\tBearer SECRET",
        "SEC\r\nRET",
        "SECRET\0",
        "SECRET\x7f",
        "Bearer SECRET\u2019",
        "ключ SECRET",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_header_that_cannot_be_written_is_refused_unshown(
    canary: Server, method: str, value: str
) -> None:
    with pytest.raises(Rejected, match=r"header authorization .* look at the secret") as caught:
        fetch(method, canary.url, headers={"Authorization": value})
    shown = "".join(traceback.format_exception(caught.value))
    assert "SEC" not in shown
    with pytest.raises(Rejected, match="no header may have") as caught:
        fetch(method, canary.url, headers={value: "one"})
    assert "SEC" not in str(caught.value)
    assert canary.seen == 0


def test_a_header_may_have_what_http_lets_it_have() -> None:
    seen: list[bytes] = []

    def answer(server: Server, connection: socket.socket) -> None:
        seen.append(request(connection))
        connection.sendall(ok(b""))

    every = "".join(map(chr, [*range(0x21, 0x7F), *range(0x80, 0x100)]))
    with serving(answer) as server:
        fetch("GET", server.url, headers={"X-All": f"{every} \t{every}", "X-None": ""})
    assert f"x-all: {every} \t{every}\r\n".encode("latin-1") in seen[0]


def test_what_the_library_refuses_to_write_is_not_shown() -> None:
    """Our own check comes first; where the library knows more, its words may quote a value."""
    with serving(saying(ok(b""))) as server, pytest.raises(Unavailable) as caught:
        fetch("POST", server.url, headers={"Transfer-Encoding": "SECRET"}, content=b"body")
    assert "cannot be written" in str(caught.value)
    assert "SECRET" not in str(caught.value)


PRIVATE = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254
169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.170 192.0.2.1 192.88.99.1
192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1
239.255.255.250 240.0.0.1 255.255.255.255
:: ::1 ::127.0.0.1 ::10.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254
::ffff:0:127.0.0.1 64:ff9b::127.0.0.1 64:ff9b::8.8.8.8 64:ff9b:1::1 100::1 2001::1
2001:0:7f00:1:: 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:808:808::1 3fff::1 4000::1
5f00::1 fc00::1 fd12:3456:789a::1 fe80::1 febf::1 fec0::1 ff02::1 ff0e::1
"""
PUBLIC = """
1.1.1.1 8.8.8.8 93.184.216.34 100.63.255.255 100.128.0.1 172.15.255.255 172.32.0.1 192.167.255.255
::ffff:8.8.8.8 2001:4860:4860::8888 2606:4700:4700::1111 2a00:1450:4001:800::200e
"""


@pytest.mark.parametrize("address", PRIVATE.split())
def test_this_address_is_not_the_open_internet(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PUBLIC.split())
def test_this_address_is_the_open_internet(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.fixture
def canary() -> Iterator[Server]:
    with serving(saying(ok(b"you should not be here"))) as server:
        yield server


HOSTS = """
127.0.0.1 127.0.0.1. 127.1 127.0.1 0 0.0.0.0 2130706433 017700000001 0x7f000001 0177.0.0.1
0x7f.0.0.1 ①②⑦.⓪.⓪.① １２７.０.０.１ 127。0。0。1 [::1] [::] [::ffff:127.0.0.1]
[::ffff:7f00:1] [::127.0.0.1] [64:ff9b::127.0.0.1] [2002:7f00:1::]
localhost LOCALHOST localhost. 127.0.0.1%00 127.0.0.1%2f.com
ada@127.0.0.1 ada:pw@127.0.0.1 example.com@127.0.0.1 example.com%40@127.0.0.1
"""


@pytest.mark.parametrize("host", HOSTS.split())
def test_no_spelling_of_this_machine_gets_in(canary: Server, host: str) -> None:
    guarded = Fetch(guard=public_or(frozenset()), deadline=2, resolve=on_this_host)
    for method in ("GET", "POST"):
        with pytest.raises((Rejected, Unavailable)):
            guarded(method, f"http://{host}:{canary.port}/")
    assert canary.seen == 0


@pytest.mark.parametrize(
    "url",
    [
        "",
        "//127.0.0.1/",
        "mastodon.example",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "http://[::1/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1/a b",
        "http://127.0.0.1/\r\nX-Evil: 1",
        "http://127.0.0.1/é",
    ],
)
def test_what_is_no_url_of_http_is_never_asked_for(url: str) -> None:
    with pytest.raises(Rejected, match="not a URL of http or https"):
        fetch("GET", url)


def test_the_canary_sings(canary: Server) -> None:
    assert fetch("GET", canary.url).status == 200
    listed = Fetch(guard=public_or(frozenset({("127.0.0.1", canary.port)})))
    assert listed("GET", canary.url).status == 200
    assert canary.seen == 2


def test_only_the_listed_port_is_open(canary: Server) -> None:
    listed = Fetch(guard=public_or(frozenset({("127.0.0.1", canary.port + 1)})))
    with pytest.raises(Rejected, match="may not connect"):
        listed("GET", canary.url)
    assert canary.seen == 0


class Rebinding:
    """A resolver whose answers change from one question to the next."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)

    def __call__(self, host: str, port: int) -> list[Address]:
        return [ipaddress.ip_address(address) for address in self.answers.pop(0)]


def test_the_address_that_is_judged_is_the_one_connected_to(canary: Server) -> None:
    """The name first is a permitted address, then the canary's; each fetch asks once."""
    with serving(saying(ok(b"hello")), host="127.0.0.2") as server:
        names = Rebinding(["127.0.0.2"], ["127.0.0.1"])
        permitted = frozenset({("127.0.0.2", server.port), ("127.0.0.2", canary.port)})
        rebound = Fetch(guard=public_or(permitted), resolve=names)
        assert rebound("GET", f"http://name.example:{server.port}/").status == 200
        with pytest.raises(Rejected):
            rebound("GET", f"http://name.example:{canary.port}/")
    assert names.answers == []
    assert canary.seen == 0


def test_of_several_addresses_only_the_permitted_are_tried(canary: Server) -> None:
    with serving(saying(ok(b"hello")), host="127.0.0.2", port=canary.port) as server:
        names = Rebinding(["127.0.0.1", "127.0.0.2"])
        permitted = frozenset({("127.0.0.2", server.port)})
        mixed = Fetch(guard=public_or(permitted), resolve=names)
        assert mixed("GET", f"http://name.example:{server.port}/").status == 200
        assert (canary.seen, server.seen) == (0, 1)


def test_of_several_permitted_addresses_the_next_is_tried() -> None:
    with serving(saying(ok(b"hello"))) as server:
        both = Fetch(guard=loopback_only, resolve=Rebinding(["127.0.0.2", "127.0.0.1"]))
        assert both("GET", f"http://name.example:{server.port}/").status == 200


def test_an_unknown_name_is_unavailable() -> None:
    def unknown(host: str, port: int) -> list[Address]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    for method in ("GET", "POST"):
        with pytest.raises(Unavailable, match="Name or service not known"):
            Fetch(guard=loopback_only, resolve=unknown)(method, "http://nobody.example/")


def test_lines_of_one_header_are_one_header() -> None:
    with serving(saying(ok(b"", "Link: <a>; rel=one", "X-A: 1", "LINK: <b>; rel=two"))) as server:
        found = fetch("GET", server.url).headers
    assert (found["link"], found["x-a"]) == ("<a>; rel=one, <b>; rel=two", "1")


def test_a_clock_that_is_behind_is_heard() -> None:
    from datetime import UTC, datetime, timedelta

    from outreach.fetch import Skew

    skew = Skew(lambda: datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
    late = ok(b"", "Date: Tue, 24 Nov 2026 08:50:00 GMT")
    with serving(saying(late)) as server:
        Fetch(guard=loopback_only, hear=skew.hear)("GET", server.url)
    assert skew.behind == timedelta(minutes=10)
    for nothing in ("", "yesterday", "Tue, 24 Nov 2026 08:50:00"):
        skew.hear(nothing)
    assert skew.behind == timedelta(minutes=10)
    skew.hear("Tue, 24 Nov 2026 09:30:00 GMT")
    assert skew.behind == timedelta(0)


def test_what_is_not_http_gets_a_connection_through_the_same_guard(canary: Server) -> None:
    with serving(lambda server, connection: connection.sendall(b"hello")) as server:
        with fetch.dial("127.0.0.1", server.port) as connection:
            assert connection.recv(5) == b"hello"
        names = Rebinding(["127.0.0.2", "127.0.0.1"])
        both = Fetch(guard=loopback_only, resolve=names)
        both.dial("name.example", server.port).close()
    listed = Fetch(guard=public_or(frozenset({("127.0.0.1", canary.port + 1)})))
    with pytest.raises(Rejected, match="may not connect"):
        listed.dial("localhost", canary.port)
    assert canary.seen == 0


def test_a_connection_that_nobody_takes_is_unavailable() -> None:
    def unknown(host: str, port: int) -> list[Address]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(Unavailable, match="refused"):
        fetch.dial("127.0.0.1", free_port())
    with pytest.raises(Unavailable, match=r"nobody.example:25: .*not known"):
        Fetch(guard=loopback_only, resolve=unknown).dial("nobody.example", 25)
