"""What a message asks for: the law's "no magic words", near misses, and hostile input."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversations.intent_examples import NAMES, digest, examples
from bot.conversations.intent_model import WEIGHTS, likelihoods, scores, weights
from bot.conversations.intent_text import plain
from bot.conversations.intents import Intent, classify
from bot.conversations.training import fit, read, weighed

KNOWN = [json.loads(line) for line in (Path(__file__).parent / "known_messages.jsonl").read_text("utf-8").splitlines()]
COPY = ("access", "portability")


def name(text: str) -> str:
    return classify(text).name


@pytest.mark.parametrize(
    "text",
    [
        "wot data do u hold on me",
        "SAR pls",
        "Subjct acess requst",
        "do you have anything about me?",
        "where did you get my number",
        "who have you passed my details to",
        "Section 7 DPA 1998, cheque for £10 enclosed, all data about me please",
        "Freedom of Information request: everything you hold about me",
        "I don't want my data deleted, just want to see it",
        "We act for Ms Doyle and require copies of all records about our client; authority enclosed.",
        "CCTV of me on Tuesday please",
        "please send my HR file, I left in March",
    ],
)
def test_asking_for_ones_own_data_is_access_in_any_words(text: str) -> None:
    """No magic words, a wrong statute, a third person: all ask for access."""
    assert name(text) == "access"


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("do u share info w 3rd parties", "question"),
        ("what's a SAR?", "question"),
        ("how much does it cost to get a copy of my data?", "question"),
        ("who can see my data?", "question"),
        ("what data do you collect?", "question"),
        ("I can't access my account", "other"),
        ("send me a copy of my invoice", "other"),
        ("restore my files from last night's backup", "other"),
        ("access to the server room", "other"),
        ("please erase everything you have about me", "erasure"),
        ("I want everything you hold on me deleted", "erasure"),
        ("your email had another customer's invoice attached", "breach"),
        ("any news on my subject access request?", "status"),
        ("you refused to give me my data, that's against the law", "complaint"),
        ("remove me from your mailing list", "objection"),
        ("stop processing my data until this is sorted out", "restriction"),
    ],
)
def test_what_only_looks_like_access_is_told_apart(text: str, intent: str) -> None:
    """A question about practice, log-in trouble or another right opens no access ticket."""
    assert name(text) == intent


@pytest.mark.parametrize("text", ["How long do you keep my call recordings?", "so how long are my calls stored"])
def test_how_long_something_is_kept_opens_no_request(text: str) -> None:
    """It asks the policy, unless a copy is asked for beside it or after what was done."""
    intent = classify(text)
    assert (intent.name, intent.maybe_access) == ("question", False)
    beside = classify(f"{text} Please send me a copy.")
    assert beside.name == "access" or beside.maybe_access


def test_a_second_request_in_the_message_is_kept() -> None:
    """Deleting it, but after a copy, is an access request, and an erasure beside it."""
    found = classify("delete it all but send me a copy first")
    assert found.name == "access"
    assert "erasure" in found.also


def test_a_clear_request_is_received_and_a_doubtful_one_suspected() -> None:
    """Only a person dismisses what may be a request, so doubt is told apart and never dropped."""
    assert not classify("This is a subject access request for all data you hold about me").suspected
    doubtful = classify("Do you have a record of my visit last year? Do you keep a log?")
    assert doubtful.suspected or doubtful.maybe_access or doubtful.name == "access"


def test_messages_that_the_classifier_never_saw_are_told_apart() -> None:
    """Recall first: outside the corpus 96 % are told right, 98 % of requests for a copy found, 4 % falsely seen."""
    got = [classify(row["text"]).name for row in KNOWN]
    wanted = [row["intent"] for row in KNOWN]
    right = sum(said == want for said, want in zip(got, wanted, strict=True))
    found = [said in COPY for said, want in zip(got, wanted, strict=True) if want in COPY]
    false = [said in COPY for said, want in zip(got, wanted, strict=True) if want not in COPY]
    assert right / len(KNOWN) >= 0.96
    assert sum(found) / len(found) >= 0.98
    assert sum(false) / len(false) <= 0.04


def test_messages_of_the_measure_are_not_among_the_examples() -> None:
    """Otherwise it would measure memory; only the shortest can hardly be written in another way."""
    known = {text.casefold() for texts in examples().values() for text in texts}
    assert not [row["text"] for row in KNOWN if row["text"].casefold() in known and len(row["text"].split()) > 3]


def test_the_weights_belong_to_the_corpus() -> None:
    """Whoever changes an example or a word list trains again: python -m bot.conversations.training."""
    assert weights().digest == digest()


def test_the_weights_are_small_and_were_measured() -> None:
    """They ship with the product; examples held out of training were told right as often as before."""
    assert WEIGHTS.stat().st_size < 1_000_000
    assert weights().right >= 0.8
    assert weights().found >= 0.85
    assert weights().false <= 0.08


def test_every_intent_has_examples_enough() -> None:
    """Forty at least of each, and no text twice."""
    for texts in examples().values():
        assert len(texts) >= 40
        assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("text", ["", " ", "\x00", "👍", "\u200b", "....", "\ufeff\n\n"])
def test_a_message_without_words_is_other(text: str) -> None:
    """Nothing is read into nothing."""
    assert classify(text) == Intent("other", 1.0)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=600))
def test_any_text_has_one_intent_and_a_confidence(text: str) -> None:
    """Whatever comes, the answer is a known intent, sure to between 0 and 1, and never its own second."""
    found = classify(text)
    assert found.name in NAMES
    assert 0 <= found.confidence <= 1
    assert found.name not in found.also


@pytest.mark.parametrize(
    "text",
    [
        "what do you have on me " * 4_000,
        "my " * 30_000,
        "have you " * 20_000,
        "a" * 200_000,
        "please send me " * 10_000,
        "you have the data and " * 10_000,
        "0" * 100_000,
        "a." * 50_000,
        "x@" * 50_000,
        "until while " * 10_000,
    ],
)
def test_a_hostile_message_costs_little(text: str) -> None:
    """No pattern runs away: a bounded part is read, well under a second of processor time."""
    classify("hello you have my data")
    before = time.process_time()
    classify(text)
    assert time.process_time() - before < 1.0


def test_a_request_at_the_end_of_a_long_letter_is_found() -> None:
    """A long letter asks in one of its sentences, often the last."""
    letter = "I have been a customer for many years and the weather was fine. " * 400
    assert name(letter + "Please send me all the personal data that you hold about me.") == "access"


def test_likelihoods_are_shares() -> None:
    """They make one whole, for a text without words too."""
    for text in ("what do you hold about me", ""):
        shares = likelihoods(plain(text))
        assert shares.shape == (len(NAMES),)
        assert shares.sum() == pytest.approx(1, abs=1e-4)


def test_the_weights_say_what_was_trained() -> None:
    """A text scores by its likeness to the examples, as when they were learned; no kind of feature weighs less."""
    few = {intent: texts[:6] for intent, texts in examples().items()}
    known = read(few)
    likeness = known.likeness()
    dual = fit(likeness, known.wanted, known.weight)
    texts = [text for of_one in few.values() for text in of_one]
    served = np.array([scores(plain(text), weighed(known, dual)) for text in texts])
    assert served == pytest.approx(likeness @ dual, abs=0.02)


@pytest.mark.parametrize(
    ("asked", "intent"),
    [
        ("Please send me a copy of everything you hold about me.", "access"),
        ("Please delete all my personal data.", "erasure"),
        ("Do you pass customers' names on to advertisers?", "question"),
        ("Please stop sending me marketing emails.", "objection"),
    ],
)
def test_greetings_and_stories_hide_no_request(asked: str, intent: str) -> None:
    """What stands around it asks for nothing: the sentences that ask decide."""
    before = "Hiya, thanks for the Christmas card, it made us laugh. We finally got the fibre put in."
    assert name(f"{before} {asked} The outage on Monday was not too bad. All the best, Karen") == intent


@pytest.mark.parametrize("reference", ["DR-7K3M9-QX4RT", "DR-T8VRX-WKYC4", "dr a3gr9 q7qcg", "DR-5KQY6-TB1AT"])
def test_a_reference_changes_nothing_of_what_is_asked(reference: str) -> None:
    """Its letters are chance, so that they are read as no words."""
    assert classify(f"Any news on {reference}?").name == "status"
    assert classify(f"I want to complain about {reference}").name == "complaint"
    assert classify(reference).name == "other"
