"""What speaks for and against a message's sender, and why it got no answer: the stored evidence in plain words. Pure.

The console shows it beside each line, the API hands it out with the transcript. A From line proves nothing; staff weigh
this before they give anybody their data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from bot.conversations.evidence import NAMES as OF_ANSWERS

NAMES = {
    "envelope_from": "Sent in the name of (envelope)",
    "peer": "Came from the network address",
    "helo": "The sending server called itself",
    "dkim_claimed_by": "Signed in the name of (not checked here)",
    "kind": "What kind of mail it is",
    "inline": "Pictures that its text shows",
    "receipt_asked": "Asks for a read receipt",
    "spoken": "Spoken in a call",
    "pressed": "Pressed on the telephone",
    "caller id": "What the network says of the number shown",
    "media": "Files",
    "host_sign_in": "Signed in on the site (control of an account there, and no more)",
    "host_user": "User there",
    "host_email": "Email there",
    "host_name": "Name on the page (not signed)",
    "automatic": "Automatic message",
    "undecodable": "Could not be read",
    "authentication-results": "Our mail relay's checks, as written",
    "received-spf": "Our mail relay's SPF check, as written",
}
"""What the desk keeps, in the order of showing. What it holds beside (why there was no answer, an invitation's words,
that a mail is encrypted) stands in the line itself, the page of a chat's visitor in the conversation's head.
"""
CHECKS = {
    "dmarc": "DMARC (the From address belongs to the sender)",
    "spf": "SPF (the sending server may send for its domain)",
    "dkim": "DKIM (signed and unchanged)",
}
RESULTS = {
    "pass": "passed",
    "fail": "failed",
    "hardfail": "failed",
    "softfail": "probably failed",
    "none": "the domain has set up none",
    "neutral": "undecided",
    "policy": "not accepted",
    "temperror": "could not be checked at the time",
    "permerror": "could not be checked",
}
FAILED = {"fail", "hardfail"}
CHECKED_HERE = "DKIM, checked by the desk (signed and unchanged)"
SIGNED = {
    "pass": "passed",
    "fail": "failed",
    "policy": "holds, but proves too little (a weak key, or only a part is signed)",
    "neutral": "passed, but its domain only tries it out",
    "temperror": "could not be checked at the time",
    "permerror": "could not be checked: there is no key that can be used",
}

# RFC 8601: method=result, with comments in brackets anywhere.
_COMMENT = re.compile(r"\([^()]*\)")
_METHOD = re.compile(r"(?:^|[;\s])(dmarc|spf|dkim)\s*=\s*([a-z]+)", re.IGNORECASE)
_SIGNER = re.compile(r"\bdkim=([a-z]+) header\.d=([^\s;]+)")
_FROM = re.compile(r"\bheader\.from\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)


class Shown(NamedTuple):
    """`facts` are (name, value) pairs, `warnings` short sentences, `silent` why nothing answered, "" where it did."""

    facts: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    silent: str


def read(stored: Mapping[str, str], address: str) -> Shown:
    """Put a message's evidence into words; `address` is whose message it is said to be."""
    results = _results(stored)
    facts = [(CHECKS[method], ", ".join(RESULTS.get(each, each) for each in found)) for method, found in results]
    facts += [(CHECKED_HERE, words) for words in (_signers(stored, address),) if words]
    facts += [(name, stored[key]) for key, name in NAMES.items() if stored.get(key)]
    known = {*NAMES, *OF_ANSWERS, "why_silent", "calendar", "encrypted", "dkim_checked", "page"}
    facts += [(key.replace("_", " ").capitalize(), value) for key, value in stored.items() if key not in known]
    return Shown(tuple(facts), tuple(_warnings(stored, results, address)), stored.get("why_silent", ""))


def _results(stored: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """Each method with its distinct results, in the order of CHECKS."""
    said = _METHOD.findall(_plain(stored.get("authentication-results", "")))
    # RFC 7208, 9.1: the header begins with the result.
    spf = _plain(stored.get("received-spf", "")).split(maxsplit=1)
    said += [("spf", spf[0].rstrip(";"))] if spf else []
    found = {method: [result.lower() for name, result in said if name.lower() == method] for method in CHECKS}
    return [(method, list(dict.fromkeys(each))) for method, each in found.items() if each]


def _signers(stored: Mapping[str, str], address: str) -> str:
    """Each signature that the desk looked at itself, with its domain and whether that is the sender's own."""
    found = []
    for result, domain in _SIGNER.findall(stored.get("dkim_checked", "")):
        whose = "the sender's domain" if _of_domain(address, domain) else "not the sender's domain"
        found.append(f"{SIGNED.get(result, result)} for {domain}, {whose}")
    return "; ".join(found)


def _of_domain(address: str, signer: str) -> bool:
    """RFC 7489 section 3.1.1, relaxed, but that a signer never stands for what is above it."""
    domain = _domain(address)
    return bool(domain) and (domain == signer or domain.endswith(f".{signer}"))


def _warnings(stored: Mapping[str, str], results: list[tuple[str, list[str]]], address: str) -> Iterator[str]:
    if stored.get("host_sign_in", "").startswith("refused"):
        yield "Said to be signed in on the site, which is not believed"
    for method, found in results:
        if FAILED & set(found):
            yield f"{method.upper()} failed: perhaps not from this sender"
    theirs = [
        result for result, signer in _SIGNER.findall(stored.get("dkim_checked", "")) if _of_domain(address, signer)
    ]
    if theirs and not {"pass", "policy", "neutral", "temperror"} & set(theirs) and "fail" in theirs:
        yield "Its DKIM signature does not hold: changed on the way, or not from this sender"
    domain = _domain(address)
    for said in _FROM.findall(_plain(stored.get("authentication-results", ""))):
        if domain and _domain(said) != domain:
            yield f"Checked for {_domain(said)[:80]}, but the sender is at {domain[:80]}"
            return


def _plain(text: str) -> str:
    return _COMMENT.sub(" ", text)


def _domain(address: str) -> str:
    return address.rpartition("@")[2].strip().rstrip(".").lower()
