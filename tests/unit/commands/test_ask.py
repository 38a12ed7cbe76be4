"""`privacydesk ask` and `privacydesk classify`: text by flags, and JSON lines in and out."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from bot.commands.ask import ask
from bot.commands.classify import classify
from bot.commands.lines import LONGEST_LINE
from bot.errors import NotFound

BAD = [b"not json", b"[]", b"7", b"null", b"\xff\xfe", b"[" * 100_000, b'{"id": 5}', b'{"text": 5}', b'{"text": null}',
       b"x" * (LONGEST_LINE + 10)]  # fmt: skip


@pytest.fixture(autouse=True)
def _at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """No settings and no policies of the machine that runs the tests."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DESK_PUBLIC_URL", "https://privacy.example.com")


def lines(command: click.Command, *given: bytes, arguments: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    result = CliRunner().invoke(command, ["--jsonl", *arguments], input=b"\n".join(given))
    assert result.exit_code == 0
    return [json.loads(line) for line in result.stdout.splitlines()]


def line(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


def test_each_question_is_answered_in_order_by_the_contract() -> None:
    """Intent, outcome, passages, reply and confidence; the passage is verbatim with its link."""
    answered, silent, off, request, handoff = lines(
        ask, *(line(text=text) for text in ("do you sell my data?", "how long do you keep data?", "what's the weather",
                                            "send me my data", "a person please"))
    )  # fmt: skip
    outcomes = [answer["outcome"] for answer in (answered, silent, off, request, handoff)]
    assert outcomes == ["answered", "silent", "off_topic", "request", "handoff"]
    first = answered["passages"][0]
    assert first["id"] == "3.2"
    assert first["text"].startswith("We will not sell, rent or share")
    assert first["url"] == "https://privacy.example.com/policy/iomart/2007-12-15#3.2"
    assert first["text"] in answered["reply"]
    assert silent["passages"] == off["passages"] == request["passages"] == []
    assert handoff["reason"]


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("command", [ask, classify])
def test_a_bad_line_answers_an_error_and_the_rest_go_on(command: click.Command, bad: bytes) -> None:
    """Its place in the output is kept, and the error names the mend."""
    before, broken, after = lines(command, line(text="delete my data"), bad, line(text="hello"))
    assert (before["intent"], after["intent"]) == ("erasure", "other")
    assert list(broken) == ["error"]


def test_a_line_may_name_its_day_and_policy() -> None:
    """A wrong one is that line's error alone."""
    right, day, policy = lines(
        ask,
        line(text="do you use cookies?", as_of="2008-01-01", policy="iomart"),
        line(text="do you use cookies?", as_of="yesterday"),
        line(text="do you use cookies?", policy="nowhere"),
    )
    assert right["outcome"] == "answered"
    assert "2007-12-15" in day["error"]
    assert "iomart" in policy["error"]


def test_an_answer_says_for_which_day_it_is() -> None:
    """Today without a date, the one in the question, or the one asked for; a time without a version is noted."""
    today, told, asked, silent, off = lines(
        ask,
        line(text="do you use cookies?"),
        line(text="I signed up in 2006, do you use cookies?"),
        line(text="I signed up in 2006, do you use cookies?", as_of="2010-05-03"),
        line(text="I signed up in 2006, how long do you keep my data?"),
        line(text="hello in 2006"),
    )
    assert (today["note"], today["changes"]) == ("", [])
    nearest = "No version of our policy from 2006 is known to us. The nearest is the one seen on 15 December 2007."
    for answer, outcome in ((told, "answered"), (silent, "silent")):
        assert (answer["outcome"], answer["as_of"], answer["note"]) == (outcome, "2006-12-31", nearest)
        assert answer["reply"].startswith(nearest)
    assert told["passages"] == today["passages"]
    assert (asked["as_of"], asked["note"]) == ("2010-05-03", "It says the same today.")
    assert asked["reply"].startswith("On 3 May 2010, iomart's privacy policy said:")
    assert "as_of" not in off


def test_what_changed_is_told_with_its_own_citation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--as-of` answers by the words of that day; `changes` has the words since, with clause, date, link and digest."""
    monkeypatch.setenv("DESK_DATA_DIR", str(tmp_path))
    (tmp_path / "policies/acme").mkdir(parents=True)
    for day, words in (("2010-01-01", "We use no cookies."), ("2015-06-01", "We use many cookies.")):
        text = f"---\ntitle: Acme\nkey: acme\neffective: {day}\n---\n# 1. Cookies\n\n{words}\n"
        (tmp_path / f"policies/acme/{day}.md").write_text(text, "utf-8")
    given = ["--policy", "acme", "--as-of", "2011-01-01", "--json", "do you use cookies?"]
    answer = json.loads(CliRunner().invoke(ask, given).stdout)
    assert [each["text"] for each in answer["passages"]] == ["We use no cookies."]
    (change,) = answer["changes"]
    assert (change["kind"], change["on"], change["id"]) == ("after", "2015-06-01", "1")
    assert change["text"] == "We use many cookies."
    assert change["digest"] == sha256(b"We use many cookies.").hexdigest()
    assert change["url"] == "https://privacy.example.com/policy/acme/2015-06-01#1"
    assert answer["note"] == "Since 1 June 2015 it says: “We use many cookies.”"


def test_a_question_by_hand_is_answered_in_words() -> None:
    """The quotation, the clause with its date, and the link."""
    result = CliRunner().invoke(ask, ["do u use cookies"])
    assert result.exit_code == 0
    assert "We do not use Cookies" in result.stdout
    assert "clause 6.1, as seen on 15 December 2007" in result.stdout


def test_json_is_one_object() -> None:
    """The same fields as a line."""
    result = CliRunner().invoke(ask, ["--json", "do you use cookies?"])
    assert json.loads(result.stdout)["outcome"] == "answered"


def test_an_unknown_policy_is_a_failure_that_names_the_known() -> None:
    """The command line turns it into one line and exit 1."""
    result = CliRunner().invoke(ask, ["--policy", "nowhere", "do you use cookies?"])
    assert isinstance(result.exception, NotFound)
    assert "iomart" in str(result.exception)


@pytest.mark.parametrize("command", [ask, classify])
def test_no_text_is_a_usage_error_in_one_line(command: click.Command) -> None:
    """Exit 2, and the line says what to give."""
    result = CliRunner().invoke(command, [])
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "--jsonl" in result.stderr


@pytest.mark.parametrize("command", [ask, classify])
def test_help_shows_an_example(command: click.Command) -> None:
    """A newcomer can copy it."""
    assert "privacydesk " in CliRunner().invoke(command, ["--help"]).stdout


def test_an_intent_by_hand_says_why() -> None:
    """The intent, how sure, what else is asked, and which signals spoke."""
    result = CliRunner().invoke(classify, ["delete it all but send me a copy first"])
    assert result.stdout.startswith("access")
    assert "erasure" in result.stdout


def test_classify_lines_follow_the_contract() -> None:
    """Intent and confidence, in the order of the lines."""
    got = lines(classify, line(text="SAR pls"), line(text="hello"))
    assert [answer["intent"] for answer in got] == ["access", "other"]
    assert all(0 <= answer["confidence"] <= 1 for answer in got)
