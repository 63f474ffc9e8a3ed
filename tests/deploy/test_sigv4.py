"""Signatures as Amazon's own examples have them (S3's documentation, "Authenticating Requests")."""

from datetime import UTC, datetime

from outreach.deploy._sigv4 import Signer, path

SIGNER = Signer(
    key="AKIAIOSFODNN7EXAMPLE",
    secret="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    region="us-east-1",
)
NOON = datetime(2013, 5, 24, tzinfo=UTC)
BUCKET = "https://examplebucket.s3.amazonaws.com"


def signature(method: str, url: str, headers: dict[str, str], body: bytes) -> str:
    signed = SIGNER.sign(method, url, headers, body, NOON)
    return signed["authorization"].rpartition("=")[2]


def test_a_get_is_signed_as_the_example() -> None:
    found = signature("GET", f"{BUCKET}/test.txt", {"range": "bytes=0-9"}, b"")
    assert found == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"


def test_a_put_is_signed_as_the_example() -> None:
    headers = {
        "date": "Fri, 24 May 2013 00:00:00 GMT",
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
    }
    url = f"{BUCKET}/{path('test$file.text')}"
    found = signature("PUT", url, headers, b"Welcome to Amazon S3.")
    assert found == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"


def test_the_secret_is_never_shown() -> None:
    assert "wJalr" not in repr(SIGNER)
