"""Grouping of questions by likeness: a partition, the same whatever the order, with the like together."""

from __future__ import annotations

import tomllib
from collections import Counter
from importlib.resources import files

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.learning.grouping import MOST, grouped

ASKED = (
    "how long do you keep my data",
    "how long do u keep my info?",
    "do you sell my details",
    "",
    "???",
    "hello",
    "鍵",
)
WORDS = st.one_of(st.sampled_from(ASKED), st.text(max_size=60))
QUESTIONS = st.lists(st.tuples(st.integers(1, 10_000), WORDS), unique_by=lambda each: each[0], max_size=30)


@settings(max_examples=60, deadline=None)
@given(QUESTIONS, st.randoms())
@example([], None)
def test_every_question_is_in_exactly_one_group_whatever_the_order(
    questions: list[tuple[int, str]], chance: object
) -> None:
    """Nothing is lost, nothing twice; the order given does not matter; the oldest leads, the newest stands first."""
    groups = grouped(questions)
    assert Counter(ident for group in groups for ident in group.ids) == Counter(ident for ident, _ in questions)
    again = list(questions)
    if chance is not None:
        chance.shuffle(again)  # type: ignore[attr-defined]  # a random.Random
    assert grouped(again) == groups
    for group in groups:
        assert group.leader == min(group.ids)
        assert list(group.ids) == sorted(group.ids, reverse=True)
    assert [len(group.ids) for group in groups] == sorted((len(group.ids) for group in groups), reverse=True)


@settings(max_examples=40, deadline=None)
@given(QUESTIONS, WORDS)
def test_a_new_question_parts_none_that_were_together(questions: list[tuple[int, str]], words: str) -> None:
    """A newer question joins a group or leads its own: those before it stay as they were, so that links stay good."""
    before = {group.leader: set(group.ids) for group in grouped(questions)}
    after = {group.leader: set(group.ids) - {99_999} for group in grouped([*questions, (99_999, words)])}
    assert {leader: ids for leader, ids in after.items() if ids} == before


@given(st.text(max_size=40))
def test_the_same_words_are_always_together(words: str) -> None:
    """Whatever the capitals and spaces, also words that nobody knows."""
    assert len(grouped([(1, words), (2, f"  {words} "), (3, words)])) == 1


def test_only_the_newest_are_grouped() -> None:
    """A bound on the work, whatever has gathered."""
    groups = grouped([(number, "do you sell my data") for number in range(1, MOST + 11)])
    assert [len(group.ids) for group in groups] == [MOST]
    assert groups[0].leader == 11


def test_what_is_alike_is_together_and_what_is_not_is_apart() -> None:
    """Texted or written out, one question; another thing asked in nearly the same words is another."""
    said = ["how long do you keep my data", "how long do u keep my data", "for how long do you keep my personal data?",
            "do you sell my data", "do u sell my info to anyone", "are you selling my data?"]  # fmt: skip
    groups = grouped(list(enumerate(said, start=1)))
    assert sorted(sorted(group.ids) for group in groups) == [[1, 2, 3], [4, 5, 6]]


def test_groups_hold_one_topic_on_our_own_examples() -> None:
    """Of all questions of the corpus, one in a hundred at most lies in a group of another topic; many lie together."""
    corpus = tomllib.loads((files("knowledge") / "corpus" / "topics.toml").read_text(encoding="utf-8"))
    asked = [(key, each) for key, topic in corpus["topics"].items() for each in topic["questions"].strip().splitlines()]
    asked = asked[::3][:MOST]
    groups = grouped([(number, words) for number, (_key, words) in enumerate(asked)])
    held = sum(Counter(asked[ident][0] for ident in group.ids).most_common(1)[0][1] for group in groups)
    assert held >= 0.99 * len(asked)
    assert len(groups) < 0.7 * len(asked)
