"""Rules from a file: another edition of the table in rules.py, written in TOML with the same fields.

    edition = "2027-draft"

    [[rule]]
    regime = "uk-gdpr"
    law = "article 12A of the UK GDPR as it is proposed"
    since = 2027-01-01                  # until = a date; without one, for ever
    countries = ["GB"]
    period = {days = 45}                # or {months = 1}; inclusive = true counts the first day
    extended = {months = 3}             # left out where there is no extension
    resets = ["identity", "authority", "fee"]
    pauses = ["clarification"]
    presumed = ["authority"]
    rolls = true
    confirm_in = 0

Called by `privacydesk tickets replay`. What the file doesn't say of a regime is as it is now.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, cast, get_args

from bot.tickets.rules import EDITIONS, IN_FORCE, REGIMES, Ground, Period, Regime, Rule, RuleSet

LONGEST_FILE = 200_000
MOST_RULES = 100
MOST_MONTHS, MOST_DAYS = 24, 731
_GROUNDS = frozenset(get_args(Ground))
_FIELDS = frozenset({
    "regime", "law", "since", "until", "countries", "period", "extended", "resets", "pauses", "presumed", "rolls",
    "confirm_in",
})  # fmt: skip
_NAME = re.compile(r"[\w.-]{1,40}")


class RulesError(ValueError):
    """The rules can't be read; the text names the place and the mend."""


def find(name: str) -> RuleSet:
    """The edition of that name, or the rules in the file of that name.

    Raises:
        RulesError: there is neither, or the file is not as it should be.
    """
    if name in EDITIONS:
        return EDITIONS[name]
    try:
        with Path(name).open("rb") as file:
            content = file.read(LONGEST_FILE + 1)
    except (OSError, ValueError):
        known = ", ".join(EDITIONS)
        raise RulesError(
            f"{name[:200]!r} is no edition of the rules and no file: use {known}, or a TOML file"
        ) from None
    if len(content) > LONGEST_FILE:
        raise RulesError(f"the file has more than {LONGEST_FILE} bytes: rules are a few rows")
    return read(content)


def read(content: bytes) -> RuleSet:
    """The rules that a file says, with the desk's own for every regime of which it says nothing.

    Raises:
        RulesError: it is no TOML, or a field is missing, unknown or impossible.
    """
    try:
        data = tomllib.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise RulesError(f"the file is no TOML in UTF-8: {str(error)[:120]}") from None
    edition, found = data.get("edition"), data.get("rule")
    if not isinstance(edition, str) or not _NAME.fullmatch(edition) or edition in EDITIONS:
        raise RulesError('name the edition, unlike those that ship: edition = "2027-draft"')
    if unknown := sorted(data.keys() - {"edition", "rule"}):
        raise RulesError(f"unknown field {unknown[0][:40]!r}: a file has an edition and [[rule]] tables")
    if not isinstance(found, list) or not 0 < len(found) <= MOST_RULES:
        raise RulesError(f"write 1 to {MOST_RULES} [[rule]] tables")
    rules = sorted((_rule(row, number) for number, row in enumerate(found, 1)), key=lambda rule: rule.since)
    _apart(rules)
    named = {rule.regime for rule in rules}
    return RuleSet(edition, (*rules, *(rule for rule in IN_FORCE.rules if rule.regime not in named)))


def _rule(row: Any, number: int) -> Rule:
    """One [[rule]] table."""
    where = f"rule {number}"
    if not isinstance(row, Mapping):
        raise RulesError(f"{where} is no table: write [[rule]] above its fields")
    if unknown := sorted(row.keys() - _FIELDS):
        raise RulesError(f"{where} has an unknown field {unknown[0][:40]!r}: use {', '.join(sorted(_FIELDS))}")
    if missing := next((name for name in ("regime", "law", "since", "countries", "period") if name not in row), ""):
        raise RulesError(f"{where} says no {missing!r}: add it")
    if row["regime"] not in REGIMES:
        raise RulesError(f"{where} has an unknown regime: use one of {', '.join(REGIMES)}")
    law = row["law"]
    if not isinstance(law, str) or not 0 < len(law.strip()) <= 200:  # noqa: PLR2004  a sentence names it
        raise RulesError(f"{where}: 'law' is the law's name in words, up to 200 characters")
    since, until = _day(row, "since", where), _day(row, "until", where) if "until" in row else date.max
    if until < since:
        raise RulesError(f"{where} ends before it begins: put 'until' after 'since'")
    return Rule(
        regime=cast("Regime", row["regime"]),
        law=law.strip(),
        since=since,
        until=until,
        countries=_countries(row["countries"], where),
        period=_period(row["period"], f"{where}: 'period'"),
        extended=_period(row["extended"], f"{where}: 'extended'") if "extended" in row else None,
        rolls=_flag(row, "rolls", where, default=True),
        confirm_in=_number(row.get("confirm_in", 0), 60, f"{where}: 'confirm_in'"),
        **_grounds(row, where),
    )


def _apart(rules: list[Rule]) -> None:
    """On no day two rules of one regime."""
    for regime in REGIMES:
        rows = [rule for rule in rules if rule.regime == regime]
        for one, other in pairwise(rows):
            if other.since <= one.until:
                raise RulesError(f"two rules of {regime} are in force on {other.since}: end the first with 'until'")


def _day(row: Mapping[str, Any], name: str, where: str) -> date:
    value = row[name]
    if not isinstance(value, date) or isinstance(value, datetime):
        raise RulesError(f"{where}: {name!r} is a date without quotes, like 2027-01-01")
    return value


def _countries(value: Any, where: str) -> frozenset[str]:
    if (
        not isinstance(value, list)
        or not value
        or not all(isinstance(each, str) and re.fullmatch(r"[A-Z]{2}", each) for each in value)
    ):
        raise RulesError(f"{where}: 'countries' is a list of country codes, like [\"GB\"]")
    return frozenset(value)


def _period(value: Any, where: str) -> Period:
    if not isinstance(value, Mapping) or not value or value.keys() - {"months", "days", "inclusive"}:
        raise RulesError(
            f"{where} is {{months = 1}} or {{days = 40}}, with inclusive = true where the first day counts"
        )
    months = _number(value.get("months", 0), MOST_MONTHS, f"{where}, months")
    days = _number(value.get("days", 0), MOST_DAYS, f"{where}, days")
    if bool(months) == bool(days):
        raise RulesError(f"{where} has months or days, one of the two")
    return Period(months, days, _flag(value, "inclusive", where, default=False))


def _number(value: Any, most: int, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise RulesError(f"{where} is a whole number from 0 to {most}")
    return value


def _flag(row: Mapping[str, Any], name: str, where: str, *, default: bool) -> bool:
    value = row.get(name, default)
    if not isinstance(value, bool):
        raise RulesError(f"{where}: {name!r} is true or false")
    return value


def _grounds(row: Mapping[str, Any], where: str) -> dict[str, frozenset[Ground]]:
    """`resets`, `pauses` and `presumed`, which fit each other."""
    found: dict[str, frozenset[Ground]] = {}
    for name in ("resets", "pauses", "presumed"):
        value = row.get(name, [])
        if not isinstance(value, list) or not all(isinstance(each, str) and each in _GROUNDS for each in value):
            raise RulesError(f"{where}: {name!r} is a list of {', '.join(sorted(_GROUNDS))}")
        found[name] = frozenset(value)
    if found["resets"] & found["pauses"]:
        raise RulesError(f"{where}: what resets the clock can't pause it too: name each ground once")
    if not found["presumed"] <= found["resets"]:
        raise RulesError(f"{where}: 'presumed' holds only what is in 'resets' too")
    if found["pauses"] - {"clarification"}:
        raise RulesError(f"{where}: only a clarification pauses the clock")
    return found
