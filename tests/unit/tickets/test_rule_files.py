"""Rules from a file: what is read, and what is refused with its mend."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tickets.deadlines import due, read_case
from bot.tickets.rule_files import RulesError, find, read
from bot.tickets.rules import EDITION, IN_FORCE, Period, rule_for

DRAFT = """
edition = "2027-draft"
[[rule]]
regime = "uk-gdpr"
law = "article 12A as it is proposed"
since = 2027-01-01
countries = ["GB"]
period = {days = 45}
extended = {months = 4}
resets = ["identity", "authority"]
pauses = ["clarification"]
presumed = ["authority"]
rolls = false
confirm_in = 3
"""


def test_a_file_has_the_fields_of_the_table() -> None:
    """Each is read as it is meant; of the regimes that it doesn't name the desk's own rules are kept."""
    found = read(DRAFT.encode())
    rule = rule_for("uk-gdpr", date(2027, 3, 1), found)
    assert (found.edition, rule.law, rule.until) == ("2027-draft", "article 12A as it is proposed", date.max)
    assert (rule.period, rule.extended) == (Period(days=45), Period(months=4))
    assert (rule.resets, rule.pauses, rule.rolls, rule.confirm_in) == (
        {"identity", "authority"},
        {"clarification"},
        False,
        3,
    )
    assert rule_for("ccpa", date(2027, 3, 1), found) is rule_for("ccpa", date(2027, 3, 1))


def test_a_case_is_counted_by_the_rules_that_it_names() -> None:
    """Forty-five days instead of a month, and the trace names law and edition."""
    case = read_case({
        "regime": "uk-gdpr", "calendar": "GB-ENG", "timezone": "Europe/London",
        "events": [{"type": "received", "at": "2027-03-01T10:00:00Z"}],
    })  # fmt: skip
    other = due(type(case)(case.regime, case.calendar, case.timezone, case.events, read(DRAFT.encode())))
    assert (due(case).due, other.due) == (date(2027, 4, 1), date(2027, 4, 15))
    assert "article 12A as it is proposed (rules 2027-draft)" in other.trace[0]


def test_an_edition_that_ships_is_found_by_its_name(tmp_path: Path) -> None:
    """A name that is neither an edition nor a file is refused with those there are; a file is read."""
    assert find(EDITION) is IN_FORCE
    file = tmp_path / "draft.toml"
    file.write_text(DRAFT)
    assert find(str(file)).edition == "2027-draft"
    for name in ("2031-13", str(tmp_path), "no\0file", "x" * 5000):
        with pytest.raises(RulesError, match=EDITION) as caught:
            find(name)
        assert len(str(caught.value)) < 400
    file.write_bytes(b"#" * 200_001)
    with pytest.raises(RulesError, match="a few rows"):
        find(str(file))


@pytest.mark.parametrize(
    ("old", "new", "mend"),
    [
        ('edition = "2027-draft"', "", "name the edition"),
        ('"2027-draft"', f'"{EDITION}"', "unlike those that ship"),
        ('"2027-draft"', '"../x"', "name the edition"),
        ("[[rule]]", "[[rules]]", "unknown field 'rules'"),
        ("[[rule]]", "[rule]", r"\[\[rule\]\] tables"),
        ("uk-gdpr", "gdpr", "use one of uk-gdpr"),
        ("law = ", "lore = ", "unknown field 'lore'"),
        ('law = "article 12A as it is proposed"', "", "says no 'law'"),
        ('"article 12A as it is proposed"', '" "', "in words"),
        ("2027-01-01", '"2027-01-01"', "without quotes"),
        ("2027-01-01", "2027-01-01T00:00:00Z", "without quotes"),
        ("2027-01-01", "2027-01-01\nuntil = 2026-01-01", "ends before it begins"),
        ('["GB"]', '"GB"', "list of country codes"),
        ('["GB"]', '["gb"]', "list of country codes"),
        ("{days = 45}", "45", "months = 1"),
        ("{days = 45}", "{weeks = 6}", "months = 1"),
        ("{days = 45}", "{days = 45, months = 1}", "one of the two"),
        ("{days = 45}", "{days = 0}", "one of the two"),
        ("{days = 45}", "{days = 10000}", "from 0 to 731"),
        ("{days = 45}", "{days = true}", "whole number"),
        ("{days = 45}", '{days = 45, inclusive = "yes"}', "true or false"),
        ('["identity", "authority"]', '["mood"]', "is a list of authority"),
        ('["clarification"]', '["identity"]', "name each ground once"),
        ('["clarification"]', '["fee"]', "only a clarification"),
        ('presumed = ["authority"]', 'presumed = ["fee"]', "only what is in 'resets'"),
        ("rolls = false", "rolls = 0", "true or false"),
        ("confirm_in = 3", "confirm_in = -1", "whole number"),
        ("confirm_in = 3", "confirm_in = ", "no TOML"),
        ("confirm_in = 3", DRAFT.partition("\n\n")[0].partition('draft"')[2], "are in force on 2027-01-01"),
    ],
)
def test_a_bad_file_is_refused_with_its_mend(old: str, new: str, mend: str) -> None:
    """One short line that says where and what to write."""
    with pytest.raises(RulesError, match=mend) as caught:
        read(DRAFT.replace(old, new).encode())
    assert len(str(caught.value)) < 400
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """Nothing but RulesError, whatever the file holds."""
    with pytest.raises(RulesError):
        read(content)


VALUES: Any = st.one_of(st.booleans(), st.integers(), st.text(max_size=9), st.lists(st.text(max_size=5), max_size=3))


FIELDS = ["regime", "law", "since", "countries", "period", "extended", "resets", "pauses", "presumed", "rolls"]


@given(st.sampled_from(FIELDS), VALUES)
def test_any_value_in_any_field_is_read_or_refused(field: str, value: object) -> None:
    """A value of another kind is never taken for something else: it is refused, or it is what the field holds."""
    lines = [line for line in DRAFT.splitlines() if not line.startswith(f"{field} =")]
    try:
        rule = read("\n".join([*lines, f"{field} = {json.dumps(value)}"]).encode()).rules[0]
    except RulesError:
        return
    held = getattr(rule, field)
    assert held == (value.strip() if isinstance(value, str) else frozenset(value) if isinstance(value, list) else value)
