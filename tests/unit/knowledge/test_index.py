"""Ranking of passages."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.index import Index, Weights, searcher

PASSAGES = [
    ("keep", "We keep your personal data for six years after your contract ends and then delete it."),
    ("cookies", "Our website uses cookies and similar technologies to remember your preferences."),
    ("share", "We share information with service providers who deliver your orders."),
    ("security", "We protect your information with encryption, firewalls and access controls."),
    ("children", "Our services are not for children under 13."),
    ("contact", "Write to us at 1 High Street, or telephone 0141 000 0000."),
]


@pytest.mark.parametrize(
    ("question", "best"),
    [
        ("How long is my data stored?", "keep"),
        ("hw lng do u keep my dtaa", "keep"),
        ("do you use cookeis", "cookies"),
        ("who gets my info", "share"),
        ("is my data safe from hackers", "security"),
        ("can my little boy sign up", "children"),
        ("whats ur address", "contact"),
    ],
)
def test_the_passage_that_answers_comes_first(question: str, best: str) -> None:
    """Words, meaning and topics together find the passage, asked formally or texted."""
    assert searcher(PASSAGES)(question)[0][0] == best


def test_the_rank_is_total_and_in_order() -> None:
    """Every passage of a small policy is ranked once, scores falling."""
    ranked = searcher(PASSAGES)("do you share my data")
    assert {key for key, _score in ranked} == {key for key, _text in PASSAGES}
    scores = [score for _key, score in ranked]
    assert scores == sorted(scores, reverse=True)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_question_is_ranked_and_always_alike(question: str) -> None:
    """No question breaks the ranking, and the same question has the same rank."""
    search = searcher(PASSAGES)
    assert search(question) == search(question)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=80), max_size=8))
def test_any_passages_can_be_indexed(texts: list[str]) -> None:
    """Empty and odd passages are indexed like others."""
    ranked = searcher([(str(number), text) for number, text in enumerate(texts)])("do you keep my data")
    assert len(ranked) == len(texts)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(["how long is my data kept", "wot do u do abt cookeis", "", "who can refuse a firewall"]))
def test_the_score_is_the_weighed_sum_of_the_views(question: str) -> None:
    """What tuning weighs is what is ranked by."""
    weights = Weights(0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
    index = Index(PASSAGES, weights=weights)
    scores = dict(zip((key for key, _text in PASSAGES), np.array(weights) @ index.views(question), strict=True))
    assert dict(index.search(question)) == pytest.approx(scores, abs=1e-4)


def test_a_passage_is_known_by_what_stands_beside_it() -> None:
    """Of two that say nothing themselves, the one between passages on the subject comes first."""
    cookies, other = "Our website uses cookies to remember you.", "Write to us at 1 High Street."
    pairs = [("a", other), ("b", "See below."), ("c", other), ("d", cookies), ("e", "See below."), ("f", cookies)]
    ranked = [key for key, _score in searcher(pairs)("do you use cookies")]
    assert ranked.index("e") < ranked.index("b")
    level = dict(Index(pairs, weights=Weights(neighbours=0)).search("do you use cookies"))
    assert level["e"] == pytest.approx(level["b"])


def test_without_repair_words_are_taken_as_they_are_spelt() -> None:
    """The switch by which tuning tells what mending words is worth."""
    assert Index(PASSAGES).search("cookeis")[0][0] == "cookies"
    mended, spelt = (Index(PASSAGES, repair=repair).views("cookeis")[0].max() for repair in (True, False))
    assert (mended, spelt) == (1, 0)


def test_an_index_over_nothing_finds_nothing() -> None:
    """An empty policy has no answer."""
    assert searcher([])("do you use cookies") == []


@pytest.mark.slow
def test_ten_thousand_passages_are_ranked_quickly() -> None:
    """The promise is 2 ms of this thread's processor time for 10,000 passages; the bound allows a busy machine."""
    many = [
        (f"{number}", f"{text} Rule {number} of part {number % 97}.") for number in range(1700) for _, text in PASSAGES
    ]
    search = searcher(many[:10_000])
    search("how long do you keep data")
    taken = []
    for _ in range(30):
        started = time.thread_time()
        search("do you share my information with other companies")
        taken.append(time.thread_time() - started)
    assert sorted(taken)[len(taken) // 2] < 0.005
