"""The classifier's weights are learnt from the corpus, offline."""

import re
import tomllib
from importlib.resources import files
from pathlib import Path

import numpy as np

from knowledge.topics import Classifier, learnt
from knowledge.training import Corpus, Example, corpus, save, train

SMALL = Corpus(
    {"cookies": "cookies", "calls": "recording of calls"},
    (
        Example("do you use cookies", "cookies", asked=True),
        Example("are cookies set by the website", "cookies", asked=True),
        Example("do you record calls", "calls", asked=True),
        Example("is my phone call recorded", "calls", asked=True),
        Example("good morning", "off:greeting", asked=True),
        Example("hello there", "off:greeting", asked=True),
    ),
    digest="small",
)


def test_the_weights_that_ship_belong_to_the_corpus() -> None:
    """After a change of the examples the weights were learnt anew: `python -m knowledge.training`."""
    held = learnt()
    assert held.digest == corpus().digest
    assert dict(held.names) == dict(corpus().names)
    assert set(held.labels) == {example.label for example in corpus().examples}


def test_the_file_is_small() -> None:
    """The weights are a small part of what is installed."""
    path = Path(str(__import__("knowledge").__path__[0])) / "corpus" / "topics.npz"
    assert path.stat().st_size < 1_500_000


def test_a_classifier_learns_its_examples() -> None:
    """A few examples make a classifier that tells their topics apart."""
    reader = Classifier(train(SMALL))
    for example in SMALL.examples:
        reading = reader.read(example.text)
        if example.label.startswith("off:"):
            assert reading.off > 0.5
        else:
            assert reader.topics[int(reading.topics.argmax())] == example.label


def test_learning_twice_makes_the_same_file(tmp_path: Path) -> None:
    """Nothing is left to chance, and a file says nothing of when it was made."""
    for name in ("one.npz", "two.npz"):
        save(train(SMALL), tmp_path / name)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    with np.load(tmp_path / "one.npz") as held:
        assert held["weights"].dtype == np.int8


def test_every_topic_is_defined_in_plain_words() -> None:
    """Each topic has one short sentence that says what belongs to it, and no two have the same."""
    text = files("knowledge").joinpath("corpus", "topics.toml").read_text("utf-8")
    found = [str(topic["definition"]) for topic in tomllib.loads(text)["topics"].values()]
    assert len({*found}) == len(found) == len(corpus().names)
    for definition in found:
        assert re.fullmatch(r"[A-Z].{20,110}\.", definition), definition


def test_every_topic_reads_well_in_a_sentence() -> None:
    """Names finish the sentence "Our policy doesn't say …": lower case, and no full stop."""
    for name in corpus().names.values():
        assert re.fullmatch(r"(?:[a-z]|IP ).*[a-z]", name), name
