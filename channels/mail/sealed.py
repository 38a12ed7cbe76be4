"""Encrypted and signed mail: PGP/MIME (RFC 3156), inline PGP (RFC 9580) and S/MIME (RFC 8551). Pure.

Nothing is decrypted or verified here: no key of anybody's is kept. What is encrypted is kept as a file and said to be
so; what is only signed is read as it stands, and a signature that nobody checked proves nothing.
"""

from __future__ import annotations

import re
from typing import NamedTuple

PGP, SMIME = "PGP", "S/MIME"
ENCRYPTED_TYPES = {"application/pgp-encrypted": PGP}
SMIME_TYPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
SIGNATURES = {
    "application/pgp-signature": PGP,
    "application/pkcs7-signature": SMIME,
    "application/x-pkcs7-signature": SMIME,
}
CERTIFICATES = frozenset({"certs-only", "compressed-data"})
"""What an S/MIME part may be that is not encrypted."""

BLOCKS_LIMIT = 20

_OPENS = re.compile(r"^-----BEGIN PGP (SIGNED MESSAGE|MESSAGE|SIGNATURE)-----[ \t]*$", re.MULTILINE)
_CLOSES = {
    "MESSAGE": re.compile(r"^-----END PGP MESSAGE-----[ \t]*$", re.MULTILINE),
    "SIGNATURE": re.compile(r"^-----END PGP SIGNATURE-----[ \t]*$", re.MULTILINE),
}
_SIGNATURE_OPENS = re.compile(r"^-----BEGIN PGP SIGNATURE-----[ \t]*$", re.MULTILINE)
_ARMOUR_HEAD = re.compile(r"\n(?:[A-Za-z]{1,20}: [^\n]{0,200}\n){0,10}\n")


class Inline(NamedTuple):
    """A text without its PGP armour: the readable words, the encrypted blocks that were taken out, whether signed."""

    text: str
    blocks: tuple[str, ...]
    signed: bool


def smime(kind: str, smime_type: str) -> tuple[str, str]:
    """(encrypted by, signed by) of a part of that type: opaque signatures hide their words as well as encryption."""
    if kind in ENCRYPTED_TYPES:
        return ENCRYPTED_TYPES[kind], ""
    if kind in SMIME_TYPES and smime_type.lower() not in CERTIFICATES:
        return SMIME, SMIME if smime_type.lower() == "signed-data" else ""
    return "", SIGNATURES.get(kind, "")


def inline(text: str) -> Inline:
    """Take armour out of a text. What is never closed stays as it is: it may be only spoken of."""
    out: list[str] = []
    blocks: list[str] = []
    signed, at = False, 0
    for _ in range(BLOCKS_LIMIT):
        found = _OPENS.search(text, at)
        if not found:
            break
        if found[1] == "SIGNED MESSAGE":
            out.append(text[at : found.start()])
            head = _ARMOUR_HEAD.match(text, found.end())
            start = head.end() if head else found.end()
            ends = _SIGNATURE_OPENS.search(text, start)
            out.append(_undashed(text[start : ends.start() if ends else len(text)]))
            signed, at = True, ends.start() if ends else len(text)
            continue
        closes = _CLOSES[found[1]].search(text, found.end())
        if closes is None:
            break
        out.append(text[at : found.start()])
        if found[1] == "MESSAGE":
            blocks.append(text[found.start() : closes.end()])
        else:
            signed = True
        at = closes.end()
    out.append(text[at:])
    return Inline("".join(out).strip("\n"), tuple(blocks), signed) if signed or blocks else Inline(text, (), False)


def _undashed(text: str) -> str:
    """RFC 9580 section 7.2: lines that begin with a dash carry another before them."""
    return re.sub(r"^- ", "", text, flags=re.MULTILINE)
