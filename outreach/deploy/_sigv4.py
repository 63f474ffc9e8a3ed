"""The signature of a request to S3 (AWS Signature Version 4, in the Authorization header)."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from urllib.parse import quote, urlsplit


@dataclass(frozen=True, kw_only=True)
class Signer:
    """Signs for one key in one region."""

    key: str
    secret: str = field(repr=False)
    region: str

    def sign(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> dict[str, str]:
        """The headers, in lower case, with those that prove who asks.

        `url` has its path encoded as `path` does, and no query. `now` is aware, UTC; a server
        refuses what is 15 minutes away from its own clock.
        """
        parts = urlsplit(url)
        moment, payload = f"{now:%Y%m%dT%H%M%SZ}", sha256(body).hexdigest()
        signed = {
            **headers,
            "host": parts.netloc,
            "x-amz-content-sha256": payload,
            "x-amz-date": moment,
        }
        names = ";".join(sorted(signed))
        lines = [f"{name}:{' '.join(signed[name].split())}" for name in sorted(signed)]
        request = "\n".join([method, parts.path, "", *lines, "", names, payload])
        scope = f"{moment[:8]}/{self.region}/s3/aws4_request"
        digest = sha256(request.encode()).hexdigest()
        what = "\n".join(["AWS4-HMAC-SHA256", moment, scope, digest])
        signature = hmac.new(self._key_of(scope), what.encode(), sha256).hexdigest()
        signed["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.key}/{scope},SignedHeaders={names},"
            f"Signature={signature}"
        )
        return signed

    def _key_of(self, scope: str) -> bytes:
        """The key of a day, made of the secret and each part of the scope in turn."""
        made = f"AWS4{self.secret}".encode()
        for part in scope.split("/"):
            made = hmac.new(made, part.encode(), sha256).digest()
        return made


def path(name: str) -> str:
    """An object's name as it stands in a URL: only unreserved characters and slashes stay."""
    return quote(name, safe="/~")
