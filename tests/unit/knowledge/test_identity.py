"""Clauses followed through versions."""

import random
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.base import Passage, Policy
from knowledge.identity import history, identities, match
from knowledge.policy import parse

WORDS = ["we", "may", "keep", "your", "data", "for", "a", "year", "send", "share", "letter", "call", "bank", "help"]
VOCABULARY = [f"word{number}" for number in range(400)]


def version(body: str, day: str) -> Policy:
    """A version of a policy."""
    return parse(body, defaults={"title": "A policy", "key": "acme", "effective": day}).policy


def passages(*texts: str) -> list[Passage]:
    """Clauses numbered from 1."""
    return [Passage(str(number), text) for number, text in enumerate(texts, start=1)]


A = "We keep call recordings for twelve months so that disputes can be settled."
B = "We never sell personal data to anybody, and nobody may advertise with it."
C = "Our shops have cameras whose pictures are deleted after thirty days."


def test_a_clause_that_moved_is_the_same() -> None:
    """The same words are the same clause under any number."""
    assert match(passages(A, B, C), passages(C, A, B)) == {"1": "3", "2": "1", "3": "2"}


def test_a_clause_that_changed_is_the_same_as_long_as_most_of_it_stays() -> None:
    """A period changed, and another clause put before it: still the same; other words are another clause."""
    changed = A.replace("twelve", "six")
    assert match(passages(A, B), passages(C, changed, B)) == {"2": "1", "3": "2"}
    assert match(passages(A), passages(C)) == {}


def test_the_same_words_twice_are_matched_one_to_one() -> None:
    """Boilerplate that stands in several places stays apart, each by its own number."""
    assert match(passages(A, A, B), passages(A, B, A)) == {"1": "1", "2": "3", "3": "2"}
    assert match(passages(A), passages(A, A)) == {"1": "1"}


def test_an_identity_is_where_a_clause_first_stood() -> None:
    """It stays through moves and changes, and comes back with the same words after a time away."""
    first = version(f"## 1. Calls\n\n{A}\n\n## 2. Sale\n\n{B}\n", "2024-01-01")
    second = version(f"## 1. Cameras\n\n{C}\n\n## 2. Calls\n\n{A.replace('twelve', 'six')}\n", "2025-01-01")
    third = version(f"## 1. Sale\n\n{B}\n\n## 2. Calls\n\n{A.replace('twelve', 'six')}\n", "2026-01-01")
    found = identities([first, second, third])
    assert found[0] == {"1": "2024-01-01/1", "2": "2024-01-01/2"}
    assert found[1] == {"1": "2025-01-01/1", "2": "2024-01-01/1"}
    assert found[2] == {"1": "2024-01-01/2", "2": "2024-01-01/1"}
    told = [
        (policy.effective.year, passage and passage.id)
        for policy, passage in history([first, second, third], third, "1")
    ]
    assert told == [(2024, "2"), (2025, None), (2026, "1")]


def test_entries_keep_their_identity_too() -> None:
    """A part of a list is followed by itself."""
    body = "## 1. Use\n\n1.1 We use it to:\n\n- send you what you ordered\n- {}\n"
    first = version(body.format("answer you when you write"), "2024-01-01")
    second = version(body.format("tell you of a delay\n- answer you when you write"), "2025-01-01")
    old, new = identities([first, second])
    assert new["1.1(c)"] == old["1.1(b)"]
    assert new["1.1(b)"] == "2025-01-01/1.1(b)"


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join), max_size=12),
    st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join), max_size=12),
)
def test_matching_is_one_to_one_and_misses_no_equal_words(old: list[str], new: list[str]) -> None:
    """No clause is matched twice; where the same words stand in both, they are matched; twice gives the same."""
    before, after = passages(*old), passages(*new)
    found = match(before, after)
    assert len(set(found.values())) == len(found)
    assert set(found.values()) <= {each.id for each in before}
    exact = sum(old[int(was) - 1] == new[int(key) - 1] for key, was in found.items())
    assert exact == sum(min(old.count(text), new.count(text)) for text in set(old))
    assert match(before, after) == found


def test_hundreds_of_versions_are_followed() -> None:
    """300 versions of 100 clauses, each with edits, an insertion and a move: seconds, and nothing is lost."""
    chance = random.Random(7)
    texts = [" ".join(chance.choices(VOCABULARY, k=35)) + f" item {number}" for number in range(100)]
    versions = []
    for at in range(300):
        for _ in range(3):
            place = chance.randrange(len(texts))
            texts[place] = texts[place].replace(chance.choice(texts[place].split()[:-2]), chance.choice(VOCABULARY), 1)
        texts.insert(chance.randrange(len(texts)), texts.pop(chance.randrange(len(texts))))
        day = date(2000, 1, 1) + timedelta(days=at)
        versions.append(Policy("acme", "A", "Acme", day, "in force", "", "", tuple(passages(*texts))))
    found = identities(versions)
    assert len({identity for ids in found for identity in ids.values()}) == 100
    by_item = {text.split()[-1]: found[0][str(number)] for number, text in enumerate(_texts(versions[0]), start=1)}
    last = {text.split()[-1]: found[-1][str(number)] for number, text in enumerate(_texts(versions[-1]), start=1)}
    assert sum(by_item[item] == identity for item, identity in last.items() if item in by_item) >= 95


def _texts(policy: Policy) -> list[str]:
    return [passage.text for passage in policy.passages]


def test_ten_thousand_clauses_that_all_changed_are_matched() -> None:
    """Candidates are found by the words that they share, not by comparing each with each."""
    chance = random.Random(3)
    vocabulary = [f"word{number}" for number in range(5000)]
    texts = [" ".join(chance.choices(vocabulary, k=25)) for _ in range(10_000)]
    changed = [f"{text} again" for text in texts]
    chance.shuffle(changed)
    found = match(passages(*texts), passages(*changed))
    assert all(changed[int(key) - 1] == f"{texts[int(was) - 1]} again" for key, was in found.items())
    assert len(found) == 10_000
