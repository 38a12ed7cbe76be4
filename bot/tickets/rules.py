"""The rules of each regime as data: how long, from when, what moves the clock, and since when that is the law.

A changed law is a new row with its own dates of force; rows are never edited, so that an old due date can always be
counted again. `EDITION` changes with every change to the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple

from bot.tickets.calendars import add_months

EDITION = "2026-11"

Regime = Literal["uk-gdpr", "eu-gdpr", "dpa-1998", "ccpa"]
REGIMES: tuple[Regime, ...] = ("uk-gdpr", "eu-gdpr", "dpa-1998", "ccpa")

Ground = Literal["identity", "authority", "fee", "clarification"]
"""What a company may have to wait for before it can answer."""

EUROPE = frozenset(
    "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO".split()  # noqa: SIM905 - thirty quoted codes would fill the screen
)


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time in months or in days. `inclusive` counts the first day as day one."""

    months: int = 0
    days: int = 0
    inclusive: bool = False

    def end(self, start: date) -> date:
        """The last day of the period that starts with `start`."""
        last = add_months(start, self.months) + timedelta(days=self.days)
        return last - timedelta(days=1) if self.inclusive else last

    def __str__(self) -> str:
        words = {1: "one", 3: "three", 30: "thirty", 40: "forty"}
        number, unit = (self.months, "month") if self.months else (self.days, "day")
        return f"{words.get(number, number)} {unit}{'s' if number > 1 else ''}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One regime's clock while one version of its law is in force (`since` to `until`, both counted).

    `resets` start the clock anew when they are settled; `pauses` stop it and let it go on. `presumed` are resets
    that count even when nobody noted the asking. `rolls` moves a last day that is no working day to the next one.
    `confirm_in` is the number of working days to confirm receipt; 0 where the law sets none.
    """

    regime: Regime
    law: str
    since: date
    until: date
    countries: frozenset[str]
    period: Period
    extended: Period | None
    resets: frozenset[Ground] = frozenset()
    pauses: frozenset[Ground] = frozenset()
    presumed: frozenset[Ground] = frozenset()
    rolls: bool = True
    confirm_in: int = 0


_MONTH, _THREE_MONTHS = Period(months=1), Period(months=3)
_RESETS: frozenset[Ground] = frozenset({"identity", "authority", "fee"})
_AUTHORITY: frozenset[Ground] = frozenset({"authority"})
_CLARIFICATION: frozenset[Ground] = frozenset({"clarification"})
_FOREVER = date.max

RULES: tuple[Rule, ...] = (
    Rule(
        regime="uk-gdpr",
        law="article 12(3) of the GDPR as the ICO's guidance counts it",
        since=date(2018, 5, 25),
        until=date(2026, 2, 4),
        countries=frozenset({"GB"}),
        period=_MONTH,
        extended=_THREE_MONTHS,
        resets=_RESETS,
        pauses=_CLARIFICATION,
        presumed=_AUTHORITY,
    ),
    Rule(
        # Data (Use and Access) Act 2025 s.76, in force by SI 2026/82; weekends and holidays: Reg 1182/71 art 3(4).
        regime="uk-gdpr",
        law="article 12A of the UK GDPR",
        since=date(2026, 2, 5),
        until=_FOREVER,
        countries=frozenset({"GB"}),
        period=_MONTH,
        extended=_THREE_MONTHS,
        resets=_RESETS,
        pauses=_CLARIFICATION,
        presumed=_AUTHORITY,
    ),
    Rule(
        # Regulation 1182/71 art 3: the day of receipt is not counted; the period ends on the same date.
        regime="eu-gdpr",
        law="article 12(3) of the GDPR with Regulation 1182/71",
        since=date(2018, 5, 25),
        until=_FOREVER,
        countries=EUROPE,
        period=_MONTH,
        extended=_THREE_MONTHS,
        resets=_RESETS,
        presumed=_AUTHORITY,
    ),
    Rule(
        # s.7(3) makes the information needed to find the data a condition like proof of identity. The fee of up to
        # £10 was announced beforehand rather than asked for each time, so that a payment counts by itself.
        regime="dpa-1998",
        law="section 7(8) and (10) of the Data Protection Act 1998",
        since=date(2000, 3, 1),
        until=date(2018, 5, 24),
        countries=frozenset({"GB"}),
        period=Period(days=40, inclusive=True),
        extended=None,
        resets=_RESETS | _CLARIFICATION,
        presumed=frozenset({"authority", "fee"}),
        rolls=False,
    ),
    Rule(
        # Cal. Code Regs. tit. 11, s.7021: verification never stops the 45 days; confirm within 10 business days.
        regime="ccpa",
        law="section 7021 of the CCPA regulations",
        since=date(2020, 1, 1),
        until=_FOREVER,
        countries=frozenset({"US"}),
        period=Period(days=45),
        extended=Period(days=90),
        rolls=False,
        confirm_in=10,
    ),
)

COMPLAINTS_SINCE = date(2026, 6, 19)
"""From here on UK complaints must be acknowledged (DPA 2018 s.164A, in force by SI 2026/82)."""

COMPLAINT_PERIOD = Period(days=30)
BREACH_PERIOD = timedelta(hours=72)
"""From awareness to the regulator: article 33(1) of the GDPR and the UK GDPR. Hours run through weekends."""


class RuleSet(NamedTuple):
    """One edition of the table: what the desk counts by now, or what it is asked to count by instead."""

    edition: str
    rules: tuple[Rule, ...]


IN_FORCE = RuleSet(EDITION, RULES)
EDITIONS: Mapping[str, RuleSet] = {EDITION: IN_FORCE}
"""Every edition that ships. When the table changes, its rows of before stay here under their own edition."""


def rule_for(regime: Regime, day: date, rule_set: RuleSet = IN_FORCE) -> Rule:
    """The regime's rule in force on `day`; where none was, the nearest, which `due` then says in its trace. The set
    has a rule for that regime.
    """
    rows = [rule for rule in rule_set.rules if rule.regime == regime]
    return next(
        (rule for rule in rows if rule.since <= day <= rule.until), rows[0] if day < rows[0].since else rows[-1]
    )
