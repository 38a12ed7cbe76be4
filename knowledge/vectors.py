"""Static sentence vectors: the mean of wordllama's token vectors, one row a text. Called by index and topics, and by
the desk's intents.

wordllama's own loader imports a training stack and asks the network for its tokenizer file, which its package holds;
so the two files are read directly. The weights stay on disk, mapped, in half precision; only the rows of a text's
tokens are read and widened.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

DIMENSIONS = 256
"""Length of a vector."""

MAX_TOKENS = 512
"""Tokens read of one text; the rest adds nothing to a mean, and a hostile text must not cost more."""

MAX_CHARACTERS = 8 * MAX_TOKENS
"""Characters given to the tokenizer, for the same reason."""

_lock = Lock()


class _Model(NamedTuple):
    tokenizer: Tokenizer
    weights: NDArray[np.float16]


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """Unit vectors of texts, shape (len(texts), 256); a text without a known token is a row of zeros."""
    rows = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    if not texts:
        return rows
    model = _model()
    for row, text in zip(rows, texts, strict=True):
        # One at a time: the batch call starts threads of its own, which a later fork warns of.
        ids = model.tokenizer.encode(text[:MAX_CHARACTERS], add_special_tokens=False).ids[:MAX_TOKENS]
        if ids:
            model.weights[ids].sum(axis=0, dtype=np.float32, out=row)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    np.divide(rows, lengths, out=rows, where=lengths > 0)
    return rows


@lru_cache(maxsize=4_096)
def word_vector(word: str) -> NDArray[np.float32]:
    """The sum of one word's token vectors, shape (256,), read-only: the unit vector of such sums is a text's."""
    model = _model()
    ids = model.tokenizer.encode(word[:MAX_CHARACTERS], add_special_tokens=False).ids[:MAX_TOKENS]
    vector: NDArray[np.float32] = model.weights[ids].sum(axis=0, dtype=np.float32)
    vector.flags.writeable = False
    return vector


def is_word(word: str) -> bool:
    """Whether the tokenizer knows a lower-case word as a whole: true for the common words of English."""
    return _model().tokenizer.token_to_id("\u2581" + word) is not None


def _model() -> _Model:
    with _lock:
        return _load()


@cache
def _load() -> _Model:
    folder = _package_folder()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizers" / "l2_supercat_tokenizer_config.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return _Model(tokenizer, _mapped(folder / "weights" / "l2_supercat_256.safetensors"))


def _package_folder() -> Path:
    """Where wordllama is installed, found without importing it."""
    spec = importlib.util.find_spec("wordllama")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("wordllama is not installed: install Privacy Desk with its dependencies (make run)")
    return Path(spec.submodule_search_locations[0])


def _mapped(path: Path) -> NDArray[np.float16]:
    """The one tensor of a safetensors file, mapped: an 8-byte little-endian header length, JSON, then the data."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
    (tensor,) = (value for name, value in header.items() if name != "__metadata__")
    if tensor["dtype"] != "F16" or tensor["shape"][1] != DIMENSIONS:
        raise RuntimeError(f"{path} holds {tensor['dtype']} {tensor['shape']}: install the pinned wordllama")
    offset = 8 + length + tensor["data_offsets"][0]
    mapped = np.memmap(path, dtype="<f2", mode="r", offset=offset, shape=tuple(tensor["shape"]))
    return mapped.view(np.ndarray)  # a plain array over the map: np.memmap itself makes every gather slow
