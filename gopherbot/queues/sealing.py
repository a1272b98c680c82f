"""Seals what waits in Redis about members who use a shortcut, a modal or a button.

Who reads Redis, or a copy of it, learns neither who clicked nor what they wrote: the keys derive
from the app's signing secret, which is not in Redis.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cached_property
from typing import TYPE_CHECKING

from gopherbot.errors import Unreadable
from gopherbot.settings import Secret

if TYPE_CHECKING:
    from nacl.secret import SecretBox


class Sealer:
    """Seals and opens with keys derived from the signing secret. Thread-safe."""

    def __init__(self, signing_secret: Secret) -> None:
        self._secret = signing_secret.reveal().encode()

    def seal(self, data: bytes) -> str:
        """Return data encrypted and authenticated, as text. Twice the same never looks the same."""
        return base64.b64encode(self._box.encrypt(data)).decode()

    def open(self, sealed: str) -> bytes:
        """Return what was sealed. Raise `Unreadable` if it was not sealed with this secret."""
        from nacl.exceptions import CryptoError  # noqa: PLC0415 - as below

        try:
            return bytes(self._box.decrypt(base64.b64decode(sealed)))
        except (CryptoError, ValueError):  # binascii's error is a ValueError
            raise Unreadable("it was sealed with another signing secret") from None

    def digest(self, *parts: str) -> str:
        """Return a digest of texts, 20 hex digits, that cannot be computed without the secret."""
        text = "\0".join(parts).encode("utf-8", "replace")
        return hashlib.blake2b(text, key=self._key(b"digests"), digest_size=10).hexdigest()

    @cached_property
    def _box(self) -> SecretBox:
        from nacl.secret import SecretBox  # noqa: PLC0415 - 4 MB, only if there are shortcuts

        return SecretBox(self._key(b"contents"))

    def _key(self, purpose: bytes) -> bytes:
        secret = hashlib.sha256(self._secret).digest()
        return hashlib.blake2b(key=secret, person=purpose, digest_size=32).digest()
