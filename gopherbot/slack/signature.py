"""Verifies that a request comes from Slack. Pure.

https://docs.slack.dev/authentication/verifying-requests-from-slack/: HMAC-SHA256 with the signing
secret over the bytes of `v0:{timestamp}:{raw body}`, compared in constant time.
"""

from __future__ import annotations

import hmac
import re

WINDOW_SECONDS = 300
"""The maximum difference between a request's time and ours, in either direction."""
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")


def is_recent(timestamp: str, now: float) -> bool:
    """Return whether the header is a Unix time in whole seconds and close enough to `now`."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    return abs(now - int(timestamp)) <= WINDOW_SECONDS


def sign(secret: bytes, timestamp: str, body: bytes) -> str:
    # A single OpenSSL call: an `hmac` object costs more than hashing a short body.
    return "v0=" + hmac.digest(secret, b"v0:%s:%s" % (timestamp.encode(), body), "sha256").hex()


def is_well_formed(signature: str) -> bool:
    """Return whether a header has the form of a signature and is worth checking."""
    return bool(_SIGNATURE.fullmatch(signature))


def is_signed(secret: bytes, timestamp: str, body: bytes, signature: str) -> bool:
    """Return whether the signature matches. Malformed signatures never match."""
    expected = sign(secret, timestamp, body).encode()
    return hmac.compare_digest(expected, signature.encode("utf-8", "surrogateescape"))
