"""`privacydesk deadline`: JSON lines in and out, and one case by flags."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands.deadline import LONGEST_LINE, answer_line, deadline

CASE: dict[str, Any] = {
    "id": 19,
    "regime": "uk-gdpr",
    "calendar": "GB-ENG",
    "timezone": "Europe/London",
    "events": [{"type": "received", "at": "2026-03-06T10:00:00Z"}],
}


def run(*arguments: str, given: bytes | str = "") -> Result:
    return CliRunner().invoke(deadline, arguments, input=given)


def answers(given: bytes) -> list[dict[str, Any]]:
    result = run("--jsonl", given=given)
    assert result.exit_code == 0
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_each_line_is_answered_in_order_with_its_id() -> None:
    """The id comes back as it was, with the due date and its reasons."""
    lines = [CASE | {"id": name} for name in (3, "b", 1)]
    got = answers("\n".join(json.dumps(line) for line in lines).encode())
    assert [answer["id"] for answer in got] == [3, "b", 1]
    assert {answer["due"] for answer in got} == {"2026-04-07"}
    assert got[0]["trace"][-1] == "It is due by the end of 7 April 2026."


def test_a_paused_case_is_due_null_and_names_what_it_waits_for() -> None:
    """Null is the contract's word for a clock that waits."""
    asked = {"type": "clarification_requested", "at": "2026-03-09T10:00:00Z"}
    answer = answers(json.dumps(CASE | {"events": [*CASE["events"], asked]}).encode())[0]
    assert answer["due"] is None
    assert answer["waiting_for"] == ["clarification"]
    assert answer["challenges"] == [{"cause": "clarification", "due": "2026-04-07"}]


@pytest.mark.parametrize(
    "bad",
    [b"not json", b"[]", b"7", b"null", b"\xff\xfe", b"{" * 100_000, b"[" * 100_000, b'{"id": 5}', b"NaN", b"{}",
     b'{"events": 1e999999}'],
)  # fmt: skip
def test_a_bad_line_answers_an_error_and_the_rest_go_on(bad: bytes) -> None:
    """Its place in the output is kept, and it names the mend."""
    good = json.dumps(CASE).encode()
    before, broken, after = answers(b"\n".join([good, bad, good]))
    assert before["due"] == after["due"] == "2026-04-07"
    assert broken.keys() <= {"id", "error"}
    assert broken["error"]


def test_an_error_keeps_the_id() -> None:
    """Whoever reads the answers knows which case was wrong."""
    assert answer_line(b'{"id": 5, "regime": "x"}')["id"] == 5


def test_a_line_beyond_the_bound_is_one_error() -> None:
    """It is skipped to its end without being held, and the next line is answered."""
    long = b'{"id": "' + b"x" * (3 * LONGEST_LINE) + b'"}'
    broken, fine = answers(long + b"\n" + json.dumps(CASE).encode())
    assert "too long" in broken["error"]
    assert fine["due"] == "2026-04-07"


def test_blank_lines_are_no_cases() -> None:
    """They get no answer; no input at all gives no output."""
    assert len(answers(b"\n  \n" + json.dumps(CASE).encode() + b"\r\n\n")) == 1
    assert answers(b"") == []


def test_flags_show_the_date_and_the_reasons() -> None:
    """The first line is the date alone, so that a script can take it."""
    result = run("--calendar", "GB-SCT", "--received", "2026-07-03T10:00:00Z")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "2026-08-04"
    assert "Scotland" in lines[1]


@pytest.mark.parametrize(
    ("arguments", "mend"),
    [
        ([], "--received"),
        (["--received", "2026-07-03T10:00:00"], "add Z"),
        (["--received", "yesterday"], "2026-03-02T10:00:00Z"),
        (["--received", "2026-07-03T10:00:00Z", "--calendar", "GB"], "GB-ENG"),
        (["--received", "2026-07-03T10:00:00Z", "--regime", "ccpa"], "use one of US"),
        (["--received", "2026-07-03T10:00:00Z", "--timezone", "London"], "Europe/London"),
    ],
)
def test_wrong_flags_are_one_line_on_stderr_and_exit_2(arguments: list[str], mend: str) -> None:
    """The line names the mend, and nothing goes to stdout."""
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert mend in result.stderr


def test_help_shows_an_example() -> None:
    """An example that can be copied."""
    result = run("--help")
    assert result.exit_code == 0
    assert "privacydesk deadline --jsonl < cases.jsonl" in result.output


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([*CASE, "type", "at", "reasonable"]), json_values)
def test_no_value_in_any_field_breaks_a_line(field: str, value: Any) -> None:
    """Whatever stands in a field, the line is answered with a date or an error."""
    wrong = CASE | {field: value} if field in CASE else CASE | {"events": [CASE["events"][0] | {field: value}]}
    answer = answer_line(json.dumps(wrong).encode())
    assert "error" in answer or "due" in answer
    json.dumps(answer)
