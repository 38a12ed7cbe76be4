"""Groups of questions as the console shows them: by policy, with their state."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.console.clusters import clusters
from bot.console.views.lessons import content_of
from bot.learning.questions import Question

AT = datetime(2026, 11, 20, tzinfo=UTC)
POLICY_OF = {"one": "a", "two": "b", "three": "a"}


def asked(ident: int, text: str = "how long do you keep my data", site: str = "one", **more: Any) -> Question:
    values: dict[str, Any] = {
        "outcome": "silent", "state": "open", "reply_id": 0, "reply": "", "clauses": (), "confidence": None,
        "helpful": None, "judged": "", "asked": "",
    }  # fmt: skip
    return Question(ident, 1, site, "sms", AT, text, **(values | more))


def test_each_policy_has_its_own_groups() -> None:
    """The same words to two companies are two groups; two sites with one policy share one; a site of old has none."""
    found = clusters([asked(1), asked(2, site="two"), asked(3, site="three"), asked(4, site="gone")], POLICY_OF)
    assert [(each.policy, [question.id for question in each.questions]) for each in found] == [
        ("a", [3, 1]),
        ("b", [2]),
    ]


def test_a_group_is_open_while_one_question_is() -> None:
    """Else it is what most of its questions are."""
    states = (("open", "aside", "aside"), "open"), (("aside", "taught", "taught"), "taught"), (("aside",), "aside")
    for each, wanted in states:
        (cluster,) = clusters([asked(at, state=state) for at, state in enumerate(each)], POLICY_OF)
        assert cluster.state == wanted
        assert cluster.open == each.count("open")


def test_what_is_open_comes_first_and_newest_first_where_asked_for() -> None:
    """A big group that is settled stands behind a small one that is not."""
    settled = [asked(at, state="aside") for at in (1, 2, 9)]
    found = clusters([*settled, asked(5, "do you sell my data")], POLICY_OF)
    assert [each.leader for each in found] == [5, 1]
    assert [each.leader for each in clusters([*settled, asked(5, "do you sell my data")], POLICY_OF, "newest")] == [
        1,
        5,
    ]


def test_a_follow_up_is_grouped_by_what_it_asks_in_its_context() -> None:
    """Its own words say nothing: "and for how long?" after a question on call recordings."""
    found = clusters([asked(1), asked(2, "and mine?", asked="how long do you keep my data")], POLICY_OF)
    assert [question.id for question in found[0].questions] == [2, 1]


def test_what_was_found_wanting_is_told_by_whom() -> None:
    """Staff's word counts before the customer's."""
    (cluster,) = clusters(
        [asked(1), asked(2, outcome="answer", helpful=False), asked(3, helpful=False, judged="wrong"), asked(4)],
        POLICY_OF,
    )
    assert cluster.outcomes == [("silent", 2), ("wrong", 1), ("unhelpful", 1)]


def test_forms_become_the_fields_of_lessons() -> None:
    """Ticked boxes in any order, one more clause by hand, questions a line each; the main topic comes first, once."""
    assert content_of({"kind": "example", "question": "q", "clause": "3", "other": " 4 "}) == {
        "question": "q",
        "clause": "4",
    }
    form = {"kind": "curated", "questions": "a\r\n\n b \n", "text": "t", "cite-3.1": "on", "other": "3.1"}
    assert content_of(form) == {"questions": ["a", " b "], "text": "t", "clauses": ["3.1"]}
    tags = {"kind": "tags", "clause": "5", "main": "security", "also-security": "on", "also-breaches": "on"}
    assert content_of(tags) == {"clause": "5", "topics": ["security", "breaches"]}
