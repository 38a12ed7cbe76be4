"""Which kind of answer a question asks for, and which passages hold that kind: "who" wants names of recipients, "how
long" wants times, "can I refuse" wants a choice. Called by index.

Topics tell what a passage speaks of; of several passages on one topic, the kind tells which one answers. The lists are
our own, in the words that policies use; they are compared by their stems.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from knowledge.words import stem

Floats = NDArray[np.float32]
Ids = NDArray[np.intp]

_MOST_COUNTED = 12
"""Words of a kind in one passage that are counted; more of them make it no better an answer."""


class Kind(NamedTuple):
    """One kind: words that ask for it, and words, and pairs of neighbours (either of the first before either of the
    second), that answer it. `weight` is what it counts beside the others: what a customer may do is told by its words
    far more surely than what a company does.
    """

    asked: str
    answered: str
    pairs: tuple[tuple[str, str], ...] = ()
    weight: float = 0.25


KINDS = (
    Kind(  # a choice
        "choice choose control opt option setting permission consent modify stop refuse decline allow agree prevent "
        "unsubscribe avoid limit preference disable object withdraw force turn",
        "unsubscribe choose choosing choice disable turn settings preferences decline consent permission refuse reject "
        "elect prevent withdraw",
        (("opt opting opted", "out in"), ("you", "may can wish want prefer do don't would choose"), ("to", "stop")),
        weight=1.0,
    ),
    Kind(  # one's own data, seen or changed
        "access edit delete correct change update remove modify see view export deactivate erase copy",
        "access review edit update updating correct correcting delete deleting remove removing modify deactivate",
        (("change changing", "your the any"),),
        weight=1.0,
    ),
    Kind(  # recipients
        "who whom third party others else companies anyone somebody partners",
        "affiliate partner vendor contractor advertiser sponsor subsidiary agent companies supplier enforcement "
        "government court provider",
        (("third", "party"),),
    ),
    Kind(  # a time
        "long soon period duration retain retention keep kept store until expire",
        "days weeks months years retain retention indefinitely until",
        (("long", "as"),),
    ),
    Kind(  # a purpose
        "why purpose reason use",
        "purpose provide improve deliver help respond process send personalise personalize customise customize analyse "
        "analyze better communicate fulfil fulfill enhance operate understand verify",
        (("order", "to"),),
    ),
    Kind(  # items of data
        "type kind sort category",
        "name address email telephone phone number birth age gender credit browser location demographic username "
        "password device interests zip postal postcode",
    ),
    Kind(  # a way of collecting
        "how way means where method source track",
        "cookie beacon pixel log automatically register registration form survey purchase contest sweepstakes visit "
        "submit fill",
        (("when", "you"),),
    ),
    Kind(  # protection
        "protect secure security safe encrypt safeguard hack unauthorised unauthorized leak breach",
        "secure security encrypt encryption ssl firewall safeguard password unauthorised unauthorized protect",
    ),
    Kind(  # whether somebody can be known
        "anonymous anonymously anonymised anonymized aggregate aggregated identify identifiable identity",
        "anonymous anonymously anonymised anonymized aggregate aggregated identifiable identify identified identity",
    ),
)


def asked(found: Iterable[str]) -> Floats:
    """How much a question's words ask for each kind, shape (kinds,): its weight, or 0."""
    wanted = np.zeros(len(KINDS), dtype=np.float32)
    cues = _cues()
    for word in found:
        for kind in cues.get(stem(word), ()):
            wanted[kind] = KINDS[kind].weight
    return wanted


def answered(vocabulary: Sequence[str], ids: Ids, owners: Ids, count: int) -> Floats:
    """How much each passage holds of each kind, shape (count, kinds), 1 for the one that has most. `ids` are places in
    the vocabulary of all passages' words one after another, `owners` the passages that they belong to.
    """
    held = np.zeros((count, len(KINDS)), dtype=np.float32)
    stemmed = [stem(word) for word in vocabulary]
    same = owners[:-1] == owners[1:]
    for column, kind in enumerate(KINDS):
        often = np.bincount(owners[_flags(stemmed, kind.answered)[ids]], minlength=count)
        for first, second in kind.pairs:
            beside = _flags(stemmed, first)[ids[:-1]] & _flags(stemmed, second)[ids[1:]] & same
            often += np.bincount(owners[:-1][beside], minlength=count)
        held[:, column] = np.log1p(np.minimum(often, _MOST_COUNTED))
    return np.asarray(held / np.maximum(held.max(axis=0, initial=0), 1e-9), dtype=np.float32)


@cache
def _cues() -> dict[str, tuple[int, ...]]:
    """Stem → the kinds that it asks for."""
    cues: dict[str, tuple[int, ...]] = {}
    for number, kind in enumerate(KINDS):
        for word in _stems(kind.asked):
            cues[word] = (*cues.get(word, ()), number)
    return cues


def _flags(stemmed: Sequence[str], line: str) -> NDArray[np.bool_]:
    wanted = _stems(line)
    return np.array([each in wanted for each in stemmed], dtype=np.bool_)


@cache
def _stems(line: str) -> frozenset[str]:
    return frozenset(stem(word) for word in line.split())
