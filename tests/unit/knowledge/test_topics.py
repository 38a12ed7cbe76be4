"""Topics of questions and passages."""

from pathlib import Path

import pytest

from knowledge.index import Index
from knowledge.topics import classifier
from knowledge.training import corpus


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("for how many years is my information kept", "retention"),
        ("are your web pages setting cookies", "cookies"),
        ("can my details be sold on", "sale"),
        ("do ur staff record fone calls", "calls"),
        ("who is the dpo", "dpo"),
        ("will u give stuff about me to the police", "legal"),
    ],
)
def test_a_question_is_read_for_its_topic(question: str, topic: str) -> None:
    """Questions that are no example, formal and texted, are read for what they are about."""
    reader = classifier()
    reading = reader.read(question)
    assert reading.off < 0.4
    assert reader.topics[int(reading.topics.argmax())] == topic


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("good afternoon to you", "greeting"),
        ("many thanks indeed", "thanks"),
        ("i have forgotten my password", "account"),
        ("what does a managed server cost", "sales"),
        ("my website is giving an error", "support"),
        ("what is the weather like tomorrow", "other"),
    ],
)
def test_small_talk_is_told_by_its_kind(text: str, kind: str) -> None:
    """What is not about privacy gets the receptionist's fitting words."""
    reading = classifier().read(text)
    assert reading.off > 0.5
    assert reading.kind == kind


def test_passages_are_weighed_for_topics() -> None:
    """A policy's own sentences get the topics that they speak of."""
    reader = classifier()
    texts = ["We set cookies in your browser.", "We keep records for six years and then delete them."]
    found = Index([(text, text) for text in texts]).topics
    assert [reader.topics[int(row.argmax())] for row in found] == ["cookies", "retention"]


def test_every_topic_has_a_name_and_enough_examples() -> None:
    """The corpus is sound: names in plain words, at least five questions and one sentence each, none twice."""
    texts = [example.text for example in corpus().examples]
    assert sorted(texts) == sorted(set(texts))
    for key, name in corpus().names.items():
        assert name[0].islower() or name.startswith(("I",))
        mine = [example for example in corpus().examples if example.label == key]
        assert sum(example.asked for example in mine) >= 5
        assert any(not example.asked for example in mine)


def test_no_held_out_question_is_an_example() -> None:
    """What the tests measure with, the classifier has never seen."""
    lines = Path(__file__).with_name("questions.txt").read_text("utf-8").splitlines()
    asked = {line.split("|")[0].strip().lower() for line in lines if "|" in line and not line.startswith("#")}
    assert not asked & {example.text.lower() for example in corpus().examples}


def test_an_empty_text_is_no_question() -> None:
    """Nothing said is about nothing."""
    assert classifier().read("").words == ()


def test_probabilities_make_one() -> None:
    """Topics and small talk share out the whole, so that their sums can be held against each other."""
    for question in ("do you use cookies", "hello", "zzz qqq", ""):
        reading = classifier().read(question)
        assert float(reading.topics.sum()) + reading.off == pytest.approx(1, abs=1e-5)
