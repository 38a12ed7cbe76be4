"""Our own examples of each intent, from which the classifier is trained. Called by `training` and the tests.

The questions that the ontology of topics is learnt from, and its small talk, are examples too: what asks for a policy's
words in the breadth of its topics, which request nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from knowledge.training import corpus

CORPUS = Path(__file__).parent / "corpus"
"""Where the examples, the word lists and the trained weights stand."""

NAMES = (
    "access", "portability", "erasure", "rectification", "objection", "restriction", "complaint", "breach", "status",
    "human", "question", "other",
)  # fmt: skip
"""The intents, in the order of the classifier's columns."""

_ASK_FOR = frozenset(
    (
        *(
            "access",
            "portability",
            "erasure",
            "rectification",
            "objection",
            "complaints",
            "breach",
            "optout",
            "withdraw",
        ),
        *("sources", "obtained", "off:account"),
    )
)
"""Labels of the ontology's corpus under which much is a request as well."""


def examples() -> Mapping[str, tuple[str, ...]]:
    """Our own examples of each intent, as people would write them."""
    return {
        name: tuple(json.loads(line)["text"] for line in (CORPUS / f"{name}.jsonl").read_text("utf-8").splitlines())
        for name in NAMES
    }


def borrowed() -> Mapping[str, tuple[str, ...]]:
    """What the ontology's corpus adds to the examples of questions and of small talk."""
    own = {text for of_one in examples().values() for text in of_one}
    asked = [each for each in corpus().examples if each.asked and each.label not in _ASK_FOR and each.text not in own]
    return {
        "question": tuple(each.text for each in asked if not each.label.startswith("off:")),
        "other": tuple(each.text for each in asked if each.label.startswith("off:")),
    }


def digest() -> str:
    """What the weights are trained on, in hexadecimal: all examples, and the word lists that read them."""
    found = hashlib.sha256(corpus().digest.encode())
    for name in (*(f"{name}.jsonl" for name in NAMES), "words.toml"):
        found.update((CORPUS / name).read_text("utf-8").encode())
    return found.hexdigest()
