"""Whether records show that somebody is who they say. Pure: sources compare, this decides, staff settle the rest.

One record must agree with a proved address and with at least one detail that the customer gave besides a name, and
differ in nothing. A name is no detail: whoever takes over somebody's number most often knows whose it was. Two records
with one phone, or a record with another name (the number was somebody else's before), are never settled by a machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple

from bot.contacts.matching import FIELDS, Match

Verdict = Literal["matched", "none", "several", "differs", "too_little"]
ADDRESSES = ("email", "phone")
WORDS: dict[str, str] = {
    "matched": "One record agrees with the proved address and what they told us.",
    "none": "No record has the proved address.",
    "several": "Several records have the proved address: it may be two people's.",
    "differs": "A record has the proved address but differs in what they told us.",
    "too_little": "A record has the proved address, but no detail that they told us besides a name.",
}
"""What staff are told of a verdict. The customer is told none of it."""


class Judged(NamedTuple):
    """The verdict, with the fields that agreed and those that differed, in the order of FIELDS."""

    verdict: Verdict
    agreed: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()


def judge(matches: Sequence[Match]) -> Judged:
    """What the sources' matches together show."""
    found = [match for match in matches if set(match.fields) & set(ADDRESSES)]
    agreed = tuple(field for field in FIELDS if any(field in match.fields for match in found))
    differs = tuple(field for field in FIELDS if any(field in match.differs for match in found))
    if not found:
        return Judged("none")
    if max(Counter(match.source for match in set(found)).values()) > 1:
        return Judged("several", agreed, differs)
    if differs:
        return Judged("differs", agreed, differs)
    enough = any(set(match.fields) - {*ADDRESSES, "name"} for match in found)
    return Judged("matched" if enough else "too_little", agreed)
