"""Which kind of answer a question asks for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.index import Index, Weights, searcher
from knowledge.kinds import KINDS, answered, asked
from knowledge.words import words

CHOICE, RECIPIENTS, TIME = 0, 2, 3
SHARING = [
    (
        "partners",
        "We share personal information with our affiliates, our suppliers and the companies that we work for.",
    ),
    ("refusing", "You may refuse that we share personal information, or opt out of it at any time in your settings."),
    ("lasting", "We retain the personal information that we share for twelve months, and indefinitely in our archive."),
]


@pytest.mark.parametrize(
    ("question", "best"),
    [
        ("who do you share personal information with", "partners"),
        ("can I refuse that you share personal information", "refusing"),
        ("how long do you retain the personal information you share", "lasting"),
    ],
)
def test_of_passages_on_one_subject_the_kind_asked_for_comes_first(question: str, best: str) -> None:
    """Who, whether and how long are answered by different passages on the same subject."""
    assert searcher(SHARING)(question)[0][0] == best


def test_kinds_alone_tell_a_choice_from_recipients() -> None:
    """With no other view counting, the kind decides."""
    index = Index(SHARING, weights=Weights(0, 0, 0, 0, 0, 1, 0))
    assert index.search("do I have any choice")[0][0] == "refusing"
    assert index.search("who gets it")[0][0] == "partners"


def test_a_choice_counts_for_more_than_other_kinds() -> None:
    """What is asked for has its weight, and nothing else has any."""
    wanted = asked(words("Who sees it, and can I refuse?"))
    assert wanted[CHOICE] == 1
    assert wanted[RECIPIENTS] == KINDS[RECIPIENTS].weight
    assert wanted[TIME] == 0


def test_pairs_of_neighbours_end_with_their_passage() -> None:
    """The last word of a passage and the first of the next make no pair."""
    vocabulary = ["opt", "out", "plainly"]
    apart = answered(vocabulary, np.array([2, 0, 1, 2]), np.array([0, 0, 1, 1]), 2)
    within = answered(vocabulary, np.array([2, 0, 1, 2]), np.array([0, 0, 0, 1]), 2)
    assert apart[:, CHOICE].tolist() == [0, 0]
    assert within[:, CHOICE].tolist() == [1, 0]


@settings(max_examples=60)
@given(st.lists(st.lists(st.sampled_from(["opt", "out", "third", "party", "months", "we"]), max_size=6), max_size=5))
def test_each_kind_is_scaled_to_the_passage_that_has_most(passages: list[list[str]]) -> None:
    """Between 0 and 1, whatever the passages are; 1 somewhere wherever any has the kind."""
    vocabulary = sorted({word for passage in passages for word in passage})
    ids = np.array([vocabulary.index(word) for passage in passages for word in passage], dtype=np.intp)
    owners = np.array([at for at, passage in enumerate(passages) for _word in passage], dtype=np.intp)
    held = answered(vocabulary, ids, owners, len(passages))
    assert held.shape == (len(passages), len(KINDS))
    assert set(held.max(axis=0, initial=0).tolist()) <= {0, 1}
    assert bool(held[:, TIME].any() if passages else False) == ("months" in vocabulary)
