"""Seals what is personal and need not be searched, so that the database alone tells nothing of it.

AES-256-GCM, the key derived from the desk's secret key by HKDF (RFC 5869). What it was sealed for (`purpose`, such as
"found_item") is bound to it: bytes moved from one column to another don't open there. Sealed bytes are one byte of the
key's version, twelve of a random nonce, then the ciphertext with its tag: 29 bytes longer than what was sealed.
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING

from bot.errors import PermanentError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = 1
"""Stands first in what is sealed, so that another key can take over while the old one still opens."""
NONCE = 12
TAG = 16


class SealBroken(PermanentError):
    """What was sealed can't be opened: it was altered, cut, moved, or sealed with another secret key."""


class Sealer:
    """Seals and opens with one secret key (any bytes; what is derived from it is kept in memory alone)."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @cached_property
    def _cipher(self) -> AESGCM:
        """Made when first needed: most desks start without opening anything, and the library costs ten milliseconds."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  see above
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415  see above
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415  see above

        return AESGCM(HKDF(SHA256(), 32, None, b"privacydesk sealing 1").derive(self._key))

    def seal(self, plain: bytes, purpose: str) -> bytes:
        """The sealed bytes; sealed twice, the same bytes look different."""
        nonce = os.urandom(NONCE)
        return bytes([VERSION]) + nonce + self._cipher.encrypt(nonce, plain, _bound(purpose))

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """What was sealed for that purpose.

        Raises:
            SealBroken: it was altered, cut, sealed for something else, or with another secret key.
        """
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415  see `_cipher`

        if len(sealed) < 1 + NONCE + TAG or sealed[0] != VERSION:
            raise SealBroken(
                f"what is kept under {purpose!r} is no sealed text of version {VERSION}: restore it from a backup"
            )
        try:
            return self._cipher.decrypt(sealed[1 : 1 + NONCE], sealed[1 + NONCE :], _bound(purpose))
        except InvalidTag as error:
            raise SealBroken(
                f"what is kept under {purpose!r} can't be opened: it was altered, or sealed with another key; "
                "give DESK_SECRET_KEY (or secret.key in the data directory) the value it had, or restore a backup"
            ) from error

    def seal_text(self, text: str, purpose: str) -> bytes:
        """The text sealed, as UTF-8; half a surrogate pair is kept as it is."""
        return self.seal(text.encode("utf-8", "surrogatepass"), purpose)

    def open_text(self, sealed: bytes, purpose: str) -> str:
        """The text that was sealed.

        Raises:
            SealBroken: as `open`.
        """
        return self.open(sealed, purpose).decode("utf-8", "surrogatepass")


def _bound(purpose: str) -> bytes:
    return bytes([VERSION]) + purpose.encode()
