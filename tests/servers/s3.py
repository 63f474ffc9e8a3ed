"""moto (PyPI), a store that speaks S3 and checks each signature with Amazon's own code.

The file `s3.txt` pins every package by its hash; they live in an environment of their own, in a
cache that outlives a checkout.
"""

import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ..ports import free_port
from ._pypi import Packages

MISSING = "no moto on this machine; to get it: make servers"
PINNED = Path(__file__).parent / "s3.txt"
_PACKAGES = Packages(PINNED)
missing, install, cache = _PACKAGES.missing, _PACKAGES.install, _PACKAGES.cache

SERVE = """\
import json, sys
import boto3
from moto import settings
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer("127.0.0.1", int(sys.argv[1]), verbose=False)
settings.INITIAL_NO_AUTH_ACTION_COUNT = float("inf")
server.start()
url = f"http://127.0.0.1:{sys.argv[1]}"
rest = dict(endpoint_url=url, region_name="eu-central-1")
anybody = boto3.Session(aws_access_key_id="anybody", aws_secret_access_key="anybody")
iam = anybody.client("iam", **rest)
iam.create_user(UserName="site")
rule = [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]
policy = json.dumps({"Version": "2012-10-17", "Statement": rule})
iam.put_user_policy(UserName="site", PolicyName="all", PolicyDocument=policy)
key = iam.create_access_key(UserName="site")["AccessKey"]
place = {"LocationConstraint": "eu-central-1"}
anybody.client("s3", **rest).create_bucket(Bucket="blog", CreateBucketConfiguration=place)
settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
mine = boto3.Session(
    aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
).client("s3", **rest)
print(json.dumps([key["AccessKeyId"], key["SecretAccessKey"]]), flush=True)
for _ in sys.stdin:
    found = {}
    for page in mine.get_paginator("list_objects_v2").paginate(Bucket="blog"):
        for entry in page.get("Contents", []):
            got = mine.get_object(Bucket="blog", Key=entry["Key"])
            body = got["Body"].read().decode("latin-1")
            found[entry["Key"]] = [body, got["ContentType"], got.get("CacheControl", "")]
    print(json.dumps(found), flush=True)
"""
"""Waits for a line, and says what is in the bucket."""


@dataclass(frozen=True, kw_only=True)
class S3:
    """Where it listens, in the region eu-central-1, and the key that opens its bucket `blog`."""

    url: str
    key: str
    secret: str
    process: "subprocess.Popen[str]"

    def found(self) -> dict[str, tuple[bytes, str, str]]:
        """The body, the type and the caching of every object."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        said = json.loads(self.process.stdout.readline())
        return {name: (it[0].encode("latin-1"), it[1], it[2]) for name, it in said.items()}


@contextmanager
def server() -> Iterator[S3]:
    """A new server with an empty bucket."""
    if missing():
        pytest.skip(MISSING)
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="outreach-s3-") as name:
        command = [str(cache() / "bin" / "python"), "-c", SERVE, str(port)]
        with (
            (Path(name) / "log").open("wb") as log,
            subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=name,
            ) as process,
        ):
            assert process.stdout is not None
            try:
                said = process.stdout.readline()
                assert said, (Path(name) / "log").read_text()
                key, secret = json.loads(said)
                yield S3(url=f"http://127.0.0.1:{port}", key=key, secret=secret, process=process)
            finally:
                process.kill()
