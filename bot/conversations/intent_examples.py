"""Our own examples of each intent, from which the classifier is trained. Called by `training` and the tests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
"""Where the examples, the word lists and the trained weights stand."""

NAMES = (
    "access", "portability", "erasure", "rectification", "objection", "restriction", "complaint", "breach", "status",
    "human", "question", "other",
)  # fmt: skip
"""The intents, in the order of the classifier's columns."""


def examples() -> Mapping[str, tuple[str, ...]]:
    """Our own examples of each intent, as people would write them."""
    return {
        name: tuple(json.loads(line)["text"] for line in (CORPUS / f"{name}.jsonl").read_text("utf-8").splitlines())
        for name in NAMES
    }


def digest() -> str:
    """What the weights are trained on, in hexadecimal: the examples and the word lists that read them."""
    found = hashlib.sha256()
    for name in (*(f"{name}.jsonl" for name in NAMES), "words.toml"):
        found.update((CORPUS / name).read_text("utf-8").encode())
    return found.hexdigest()
