"""One-time codes: making them, and judging what somebody types. Pure; `proving` keeps them.

Six digits, good for ten minutes and three tries; how many may be sent and how often somebody may be wrong is data
(`LIMITS`). A digest is made with the desk's key and a salt of its own: a million codes are tried quickly, but not
without the key. Whoever is told "wrong" learns nothing of why: `SAME_WORDS` are the verdicts that look alike outside.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

Sign = Callable[[str, str], str]
"""A keyed hash, `desk.sign(purpose, text)`."""
Purpose = Literal["identity", "package", "link", "status"]
"""What a code is for: showing who one is for a ticket, a package, another address of one's own, news of a ticket."""
Verdict = Literal["ok", "wrong", "expired", "used", "locked", "none"]
"""What a typed code is. `locked`: tried too often; `none`: no code is out."""
Purse = Literal["own", "package", "others"]
"""Whose codes to an address are counted together: asked for by its own person, for a package, by somebody else."""
SAME_WORDS: frozenset[Verdict] = frozenset({"wrong", "expired", "used", "locked", "none"})

DIGITS = 6
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_CODE = re.compile(r"(?<![\w+])(?<![A-Za-z]-)(\d{3})[ \-.]?(\d{3})(?!\w)", re.ASCII)
_RUN = re.compile(r"\+?\d(?:[ \-.()/]{0,2}\d)*", re.ASCII)
_OTHER = re.compile(
    r"\b(?:order|account|invoice|ref|reference|booking|ticket|customer|case|policy|member(?:ship)?|contract|sort)\b"
    r"(?:\W+\w+){0,2}\W*$",
    re.IGNORECASE,
)
"""What stands before digits that are some other number: "order", "account number is"."""
_LONGEST = 2_000
"""Characters of a message in which a code is looked for."""


class Limits(NamedTuple):
    """How codes are bounded: how long one is good and how often it may be tried, how many an hour go to one address
    and are asked for by one contact, and how many wrong tries a day one address bears over all its codes.

    An address has three purses (`Purse`), each with these limits, so that nobody uses up what its owner needs;
    `others_a_day` is how many codes a day others may have sent there.
    """

    good_for: timedelta = timedelta(minutes=10)
    tries: int = 3
    address_an_hour: int = 3
    contact_an_hour: int = 5
    wrong_a_day: int = 9
    others_a_day: int = 6


LIMITS = Limits()


class Out(NamedTuple):
    """A code that went out, as it is kept. `tries` counts the wrong ones; `void` where a newer one took its place."""

    digest: str
    salt: str
    expires_at: datetime
    tries: int = 0
    used: bool = False
    void: bool = False


def new_code(randbelow: Callable[[int], int] = secrets.randbelow) -> str:
    """Six random digits, leading zeros and all."""
    return f"{randbelow(10**DIGITS):0{DIGITS}}"


def new_salt() -> str:
    """Sixteen random hex digits, so that the same code never has the same digest twice."""
    return secrets.token_hex(8)


def digest(sign: Sign, salt: str, code: str) -> str:
    """What is kept of a code: a keyed hash."""
    return sign("one-time code", f"{salt}:{code}")


def typed(text: str) -> str:
    """The code that a message holds, its six digits; "" where it holds none, or several that differ.

    "123 456", "123-456" and "my code is 123456." are codes; digits in a longer number, a reference, a date, an amount
    or a phone number are none.
    """
    text = text[:_LONGEST]
    found = {"".join(match.groups()) for match in _CODE.finditer(text) if _alone(text, match)}
    return found.pop() if len(found) == 1 else ""


def _alone(text: str, match: re.Match[str]) -> bool:
    """Whether the digits are no part of a longer number: of a phone number, an account, a price, a date."""
    run = next(run for run in _RUN.finditer(text) if run.start() <= match.start() < run.end())
    if sum(character.isdigit() for character in run[0]) != DIGITS or run[0].startswith("+"):
        return False
    before, after = text[: run.start()].rstrip(" ")[-1:], text[run.end() :][:2]
    if _OTHER.search(text[max(0, run.start() - 60) : run.start()]):
        return False
    return before not in ("£", "$", "€", "#") and not re.match(r"[-/.,:]\w|[£$€%]", after)


def judge(out: Out | None, code: str, sign: Sign, wrong_today: int, now: datetime, limits: Limits = LIMITS) -> Verdict:
    """What a typed code is, held against the one that is out. `wrong_today` counts the address's wrong tries of a day.

    A right code counts only within its time and tries: a guess that comes right after the third wrong one is locked.
    """
    if out is None or out.void:
        return "none"
    if out.used:
        return "used"
    if out.tries >= limits.tries or wrong_today >= limits.wrong_a_day:
        return "locked"
    if now >= out.expires_at:
        return "expired"
    return "ok" if hmac.compare_digest(digest(sign, out.salt, code), out.digest) else "wrong"


def purse(purpose: str, *, own: bool) -> Purse:
    """Where a code to an address counts; `own` says that the address's own person asked for it."""
    if purpose == "package":
        return "package"
    return "own" if own else "others"


def again_at(
    to_address: Sequence[datetime],
    by_contact: Sequence[datetime],
    wrong: Sequence[datetime],
    now: datetime,
    limits: Limits = LIMITS,
    *,
    of: Purse = "own",
) -> datetime | None:
    """When the next code may go out; None for now. The moments are of codes sent to the address and asked for by the
    contact, and of the address's wrong tries; all of one purse.
    """
    waits = (
        _free(to_address, limits.others_a_day, DAY, now) if of == "others" else None,
        _free(to_address, limits.address_an_hour, HOUR, now),
        _free(by_contact, limits.contact_an_hour, HOUR, now),
        _free(wrong, limits.wrong_a_day, DAY, now),
    )
    return max((at for at in waits if at is not None), default=None)


def _free(moments: Sequence[datetime], most: int, period: timedelta, now: datetime) -> datetime | None:
    """When fewer than `most` of the moments lie within the period; None where that is so now."""
    recent = sorted(moment for moment in moments if moment > now - period)
    return recent[-most] + period if len(recent) >= most else None
