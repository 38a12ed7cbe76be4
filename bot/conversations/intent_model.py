"""How likely each intent is: a multinomial logistic regression over `intent_features`, trained by `training`.

The weights ship (corpus/weights.npz); one small matrix product a message.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.conversations.intent_examples import CORPUS
from bot.conversations.intent_features import MEANING, places
from knowledge.vectors import embed

WEIGHTS = CORPUS / "weights.npz"
"""The trained weights, made by `make train`."""


class Weights(NamedTuple):
    """`meaning` (256, intents), `words` (BUCKETS, intents) and `bias` (intents) make scores; `digest` names the corpus.

    `right`, `found` and `false` are what cross-validation measured, as shares: intents told right, requests for a
    copy found, and other messages taken for one.
    """

    meaning: NDArray[np.floating]
    words: NDArray[np.float16]
    bias: NDArray[np.float32]
    digest: str = ""
    right: float = 0.0
    found: float = 0.0
    false: float = 0.0


def likelihoods(text: str) -> NDArray[np.float32]:
    """How likely each of NAMES is for plain text: shape (12,), the sum is 1, calibrated by cross-validation."""
    found = scores(text, weights())
    powers = np.exp(found - found.max())
    shares: NDArray[np.float32] = powers / powers.sum()
    return shares


def scores(text: str, model: Weights) -> NDArray[np.float32]:
    """What a model says of plain text, shape (12,): the logarithms of the shares, but for a constant."""
    where, much = places(text)
    found: NDArray[np.float32] = MEANING * (embed([text])[0] @ model.meaning) + model.bias
    found += much @ model.words[where].astype(np.float32)
    return found


@cache
def weights() -> Weights:
    """The weights that ship, read at first use."""
    with np.load(WEIGHTS, allow_pickle=False) as file:
        return Weights(
            file["meaning"].astype(np.float32),
            file["words"],
            file["bias"].astype(np.float32),
            str(file["digest"]),
            *(float(file[name]) for name in ("right", "found", "false")),
        )
