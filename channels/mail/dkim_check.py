"""The desk's own DKIM check (RFC 6376) of what came in: by whom a mail is signed, and whether it is unchanged.

Evidence only: a good signature shows that a domain's server sent these words, not which person wrote them. The keys
are looked up first, by name servers that strangers choose; the arithmetic and the walk over the body are done apart,
since a hostile mail or key can make either long.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from channels.base import InboundMessage, Received
from channels.errors import Temporary, Undecodable
from channels.evidence import Apart

SIGNATURES_LIMIT = 3
HEAD_LIMIT = 65_536
"""Bytes of the head in which signatures are looked for."""
BODY_LIMIT = 12_000_000
"""Bytes of a mail that is checked at all."""
KEY_LIMIT = 1_000
"""Characters of a key's record: RSA keys of 4,096 bits have about 740, and longer ones cost more than they prove."""
LOOKUP_SECONDS, CHECK_SECONDS = 2.0, 2.0

UNSURE = "temperror"
_SIGNATURE = re.compile(rb"^dkim-signature[ \t]*:((?:[^\n]*\n[ \t])*[^\n]*)", re.IGNORECASE | re.MULTILINE)
_LABELS = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\Z"
)
_TESTING = re.compile(rb"(?:^|;)\s*t\s*=\s*[^;]{0,100}\by\b")


class Claim(NamedTuple):
    """A signature as the head names it: the how-manieth it is, who signs, and under which name their key is."""

    place: int
    domain: str
    selector: str

    @property
    def name(self) -> str:
        """Where the key is in the DNS."""
        return f"{self.selector}._domainkey.{self.domain}"


class LookupFailed(Exception):
    """The name servers gave no answer in time, or none that counts."""


class Lookup(Protocol):
    """Asks the DNS for a key's record."""

    async def __call__(self, name: str, seconds: float) -> bytes | None:
        """The TXT record of that name; None where there is none. Raises LookupFailed."""
        ...


class Task(NamedTuple):
    """What is checked apart: the whole mail, and each signature with its key's record; an empty one for none."""

    payload: bytes
    keys: tuple[tuple[Claim, bytes], ...]


def claims(payload: bytes) -> tuple[Claim, ...]:
    """The first signatures of a mail whose domain and selector are names; an unusable one is no claim."""
    head = payload[:HEAD_LIMIT].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    found = []
    for index, match in zip(range(SIGNATURES_LIMIT), _SIGNATURE.finditer(head), strict=False):
        tags = _tags(match[1].decode("ascii", "replace"))
        domain, selector = tags.get("d", "").lower(), tags.get("s", "").lower()
        if "." in domain and _LABELS.match(domain) and _LABELS.match(selector):
            found.append(Claim(index, domain, selector))
    return tuple(found)


def _tags(value: str) -> dict[str, str]:
    pairs = (item.partition("=") for item in value[:4_000].split(";"))
    return {name.strip(): "".join(text.split()) for name, _, text in pairs}


async def checked(received: Received, message: InboundMessage, lookup: Lookup, apart: Apart) -> Mapping[str, str]:
    """The evidence `dkim_checked`, as RFC 8601 writes results; empty where nothing is signed, or where a relay of ours
    has looked already.
    """
    if "dkim=" in message.evidence.get("authentication-results", "").replace(" ", "").lower():
        return {}
    wanted = claims(received.payload) if "dkim_claimed_by" in message.evidence else ()
    if not wanted or len(received.payload) > BODY_LIMIT:
        return {}
    results: dict[Claim, str] = {}
    keys: list[tuple[Claim, bytes]] = []
    for claim in wanted:
        try:
            record = await lookup(claim.name, LOOKUP_SECONDS)
        except LookupFailed:
            results[claim] = UNSURE
            continue
        keys.append((claim, record or b""))
    if keys:
        try:
            answers = await apart(verify, Task(received.payload, tuple(keys)), CHECK_SECONDS)
        except (Undecodable, Temporary):
            answers = (UNSURE,) * len(keys)
        results |= {claim: answer for (claim, _), answer in zip(keys, answers, strict=True)}
    said = "; ".join(f"dkim={results[claim]} header.d={claim.domain}" for claim in wanted)
    return {"dkim_checked": said}


def verify(task: Task) -> Sequence[str]:
    """The result of each signature. Pure but for the day's time, which a signature may end at."""
    return [_result(task.payload, claim, key) for claim, key in task.keys]


def _result(payload: bytes, claim: Claim, key: bytes) -> str:
    """One of RFC 8601's results: pass, fail, policy (it holds, but proves too little), neutral or permerror."""
    import dkim  # noqa: PLC0415 - only signed mail needs it, in the process that checks

    if not key or len(key) > KEY_LIMIT:
        return "permerror"
    checker = dkim.DKIM(payload, minkey=0)
    try:
        good = checker.verify(claim.place, dnsfunc=lambda *_, **__: key)
    except (dkim.MessageFormatError, dkim.ParameterError, dkim.UnknownKeyTypeError, dkim.NaClNotFoundError):
        return "permerror"
    except Exception:  # noqa: BLE001 - the library raises KeyError, IndexError and others over what strangers write
        return "fail"
    if not good:
        return "permerror" if checker.keysize is None or checker.keysize == 0 else "fail"
    return _worth(checker, key)


def _worth(checker: object, key: bytes) -> str:
    """What a signature that holds is worth: nothing where others could have added words, or could have the key."""
    fields: dict[bytes, bytes] = getattr(checker, "signature_fields", {})
    signed = {bytes(name) for name in getattr(checker, "include_headers", ())}
    if b"from" not in signed or b"l" in fields or getattr(checker, "keysize", 0) < LEAST_BITS.get(_kind(key), 1024):
        return "policy"
    return "neutral" if _TESTING.search(key) else "pass"


LEAST_BITS = {"rsa": 1024, "ed25519": 256}
"""RFC 8301 section 3.2; keys of Ed25519 have one size."""


def _kind(key: bytes) -> str:
    return "ed25519" if b"ed25519" in key else "rsa"
