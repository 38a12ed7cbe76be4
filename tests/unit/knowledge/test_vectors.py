"""Static sentence vectors."""

import subprocess
import sys

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.vectors import DIMENSIONS, embed, is_word


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=5))
def test_any_texts_give_unit_rows_or_zeros(texts: list[str]) -> None:
    """Whatever is written, each row is finite and of length 1, or 0 where nothing is known."""
    rows = embed(texts)
    assert rows.shape == (len(texts), DIMENSIONS)
    assert rows.dtype == np.float32
    for length in np.linalg.norm(rows, axis=1):
        assert length == 0 or abs(length - 1) < 1e-5


def test_alike_sentences_are_nearer_than_others() -> None:
    """The vectors carry meaning: the same question in other words is nearer than the weather."""
    kept, retained, weather = embed(
        ["how long do you keep my data", "how long is information retained", "is it raining"]
    )
    assert kept @ retained > 2 * (kept @ weather)


def test_a_row_does_not_depend_on_its_neighbours() -> None:
    """Embedding texts together or one by one gives the same vectors."""
    texts = ["do you use cookies", "", "do you sell my data to others"]
    assert np.allclose(embed(texts), np.vstack([embed([text]) for text in texts]), atol=1e-6)


def test_common_words_are_known() -> None:
    """`is_word` tells a common word from a slip."""
    assert is_word("information")
    assert not is_word("infromation")


def test_importing_knowledge_loads_neither_wordllama_nor_a_network_client() -> None:
    """The package of wordllama, which asks the network, is never imported."""
    code = (
        "import sys, knowledge.library; "
        "from knowledge.vectors import embed; embed(['hello']); "
        "print([name for name in ('wordllama', 'huggingface_hub', 'requests', 'aiohttp') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
