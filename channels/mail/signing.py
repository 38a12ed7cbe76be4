"""DKIM (RFC 6376) on what goes out: one key for each domain that the desk writes from, read and checked at start.

DESK_DKIM_KEY_FILE names a PEM file with an RSA key; `{domain}` in it stands for the domain, where each has its own.
DESK_DKIM_DOMAIN are the domains to sign for, those of the sites' mailboxes where it is unset. A mail from any other
domain goes unsigned: a signature of another domain would prove nothing of its sender.
"""

from __future__ import annotations

import base64
import re
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import dkim
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from channels.base import Finding
from channels.context import Site
from channels.mail.addresses import a_labels

LEAST_BITS, WANTED_BITS = 1024, 2048
"""RFC 8301 section 3.2: signers must use 1024 bits and should use 2048."""
SIGNED = (
    "from", "to", "subject", "date", "message-id", "reply-to", "in-reply-to", "references", "mime-version",
    "content-type", "content-transfer-encoding", "auto-submitted",
)  # fmt: skip
"""RFC 6376 section 5.4.1. From and Subject are signed once more than they stand there, so that nobody adds another."""
MEND = "write DESK_DKIM_KEY_FILE as the path of a PEM file with an RSA key: openssl genrsa -out dkim.pem 2048"
_LABELS = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*")
_HOLDS = 250
"""Characters of one string of a TXT record (RFC 1035 section 3.3: 255)."""


class Key(NamedTuple):
    """What signs for one domain. `private` is PKCS #1 in PEM, `public` the base64 that stands in DNS."""

    domain: str
    selector: str
    private: bytes
    public: str
    bits: int
    readable: bool
    """Whether others on this machine can read the key's file."""

    @property
    def record(self) -> str:
        """The DNS record wanted, as a zone file writes it."""
        text = f"v=DKIM1; k=rsa; p={self.public}"
        strings = " ".join(f'"{text[start : start + _HOLDS]}"' for start in range(0, len(text), _HOLDS))
        return f"{self.selector}._domainkey.{self.domain}. IN TXT {strings}"


def keys(setting: Callable[[str], str], sites: Sequence[Site]) -> dict[str, Key]:
    """The key of each domain to sign for; none where DESK_DKIM_KEY_FILE is unset. Raises ValueError with the mend."""
    file, selector = setting("dkim_key_file"), setting("dkim_selector").strip().lower()
    named = [a_labels(each.strip().lower()) for each in setting("dkim_domain").split(",") if each.strip()]
    if not file:
        if named or selector:
            raise ValueError(f"DESK_DKIM_DOMAIN or DESK_DKIM_SELECTOR is set, and no key: {MEND}")
        return {}
    if not _LABELS.fullmatch(selector):
        raise ValueError("DESK_DKIM_SELECTOR must be a name like desk2026, under which the key stands in DNS")
    ours = [a_labels(mailbox.partition("@")[2]) for site in sites for mailbox in site.mailboxes]
    domains = list(dict.fromkeys(named or ours))
    if wrong := next((each for each in domains if not _LABELS.fullmatch(each)), ""):
        raise ValueError(f"DESK_DKIM_DOMAIN: {wrong!r} is no domain; write them like iomart.com,easyspace.com")
    return {domain: _key(Path(file.replace("{domain}", domain)), domain, selector) for domain in domains}


def _key(path: Path, domain: str, selector: str) -> Key:
    try:
        pem, mode = path.read_bytes(), path.stat().st_mode
    except OSError as error:
        raise ValueError(f"the DKIM key {path} can't be read ({error.strerror}): {MEND}") from error
    try:
        private = load_pem_private_key(pem, None)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path} is no PEM key without a password: {MEND}") from error
    if not isinstance(private, RSAPrivateKey) or private.key_size < LEAST_BITS:
        raise ValueError(f"the DKIM key {path} is no RSA key of {LEAST_BITS} bits or more: {MEND}")
    plain = private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    readable = bool(mode & (stat.S_IROTH | stat.S_IWOTH))
    return Key(domain, selector, plain, base64.b64encode(public).decode(), private.key_size, readable)


def signed(content: bytes, key: Key | None) -> bytes:
    """The mail with its signature on top; as it is where there is no key for its sender's domain."""
    if key is None:
        return content
    heads = {name for line in content.partition(b"\r\n\r\n")[0].split(b"\r\n") if (name := _name(line))}
    signs = [name for name in SIGNED if name in heads]
    header: bytes = dkim.sign(
        content, key.selector.encode(), key.domain.encode(), key.private, canonicalize=(b"relaxed", b"relaxed"),
        include_headers=[each.encode() for each in (*signs, "from", "subject")],
    )  # fmt: skip
    return header + content


def _name(line: bytes) -> str:
    return "" if line[:1] in (b" ", b"\t") else line.partition(b":")[0].decode("ascii", "replace").lower()


def findings(known: dict[str, Key], sites: Sequence[Site], *, relay: bool) -> list[Finding]:
    """What the doctor says of each key, with the DNS record that must stand; and of domains that go unsigned."""
    found = [_told(key) for key in known.values()]
    ours = dict.fromkeys(a_labels(mailbox.partition("@")[2]) for site in sites for mailbox in site.mailboxes)
    for domain in ours:
        if relay and domain not in known:
            text = "mail from there goes unsigned; unless your relay signs, set DESK_DKIM_KEY_FILE and _SELECTOR"
            found.append(Finding(f"DKIM {domain}", True, text))
    return found


def _told(key: Key) -> Finding:
    part = f"DKIM {key.domain}"
    if key.readable:
        return Finding(part, False, "everybody on this machine can read the key", "chmod o= the file")
    short = f" ({key.bits} bits: {WANTED_BITS} are better)" if key.bits < WANTED_BITS else ""
    return Finding(part, True, f"signs{short}; this must stand in DNS: {key.record}")
