"""Finding the ranking's weights from development data."""

import json
from pathlib import Path

import pytest

from knowledge.index import Weights
from tests.bench.tuning import Recall, ablations, cases, climb, held_out, main

PASSAGES = [
    ["cookies", "Our website uses cookies."],
    ["sharing", "We share information with service providers who deliver your orders."],
    ["keeping", "We keep your information for six years and then delete it."],
    ["safety", "We protect your information with encryption and firewalls."],
]
QUESTIONS = [
    {"question": "do you use cookies", "gold": ["cookies"]},
    {"question": "who do you share it with", "gold": ["sharing"]},
    {"question": "how long do you keep it", "gold": ["keeping"]},
    {"question": "is it protected", "gold": ["safety"]},
]
POLICIES = [{"policy": name, "passages": PASSAGES, "questions": QUESTIONS} for name in ("one", "two", "three")]
NOTHING = Weights(0, 0, 0, 0, 0, 0, 1)


def test_recall_counts_right_passages_first_and_among_the_first_three() -> None:
    """By length alone the longest passage is first for every question, and the shortest is never among three."""
    assert cases(POLICIES).recall(NOTHING) == Recall(0.25, 0.75)
    assert cases(POLICIES).recall(Weights()) == Recall(1, 1)
    assert cases(POLICIES).recall(NOTHING._replace(length=0)) == Recall(0, 0)  # all alike: a tie is no merit


def test_climbing_finds_weights_that_answer() -> None:
    """From weights that rank by length alone it finds some that rank every question rightly."""
    found = cases(POLICIES)
    assert found.recall(climb(found, NOTHING)) == Recall(1, 1)


def test_weights_hold_on_policies_that_they_were_not_found_on() -> None:
    """Each policy is measured with weights found on the others; one policy alone can't be."""
    assert held_out(cases(POLICIES), Weights(), 1) == Recall(1, 1)
    with pytest.raises(ValueError, match="two policies"):
        held_out(cases(POLICIES[:1]), Weights(), 1)


def test_each_view_is_taken_off_in_turn() -> None:
    """Without words' mending a misspelt word is worth nothing; the other rows follow Weights."""
    policy = POLICIES[0] | {"questions": [{"question": "cookeis", "gold": ["cookies"]}]}
    weights = NOTHING._replace(words=1, length=0.1)
    rows = dict(ablations(cases([policy]), cases([policy], repair=False), weights))
    assert list(rows) == ["everything", *(f"without {name}" for name in Weights._fields), "without mending words"]
    assert (rows["everything"].first, rows["without mending words"].first, rows["without words"].first) == (1, 0, 0)


def test_the_command_prints_what_it_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file of JSON lines in, recall with every view and without each out."""
    file = tmp_path / "policies.jsonl"
    file.write_text("\n".join(json.dumps(policy) for policy in POLICIES), "utf-8")
    main([str(file)])
    said = capsys.readouterr().out
    assert "12 questions on 3 policies" in said
    assert "without kinds" in said
