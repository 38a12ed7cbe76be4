"""What customers read at each step: always said, never too long for a text, and nothing that it must not say."""

from __future__ import annotations

import re

import pytest

from bot.casework.regulators import ICO, regulator_of
from bot.casework.values import Told
from bot.casework.wording import KEYS, NEEDS_WORDS, NoWords, TooLong, worded
from bot.conversations import replies
from channels.sms import segments, straighten

DATE = "Wednesday 30 September 2026"
LINK = "https://privacy.iomartgroup.com/package/" + "x" * 43
KINDS = (*replies.KIND_WORDS, "enquiry", "other")


def told(kind: str = "portability", **values: object) -> Told:
    """A step with the longest plausible values."""
    given: dict[str, object] = {
        "due": DATE, "words": "This is what staff typed: sixty plain characters in all, yes", "link": LINK,
        "until": DATE, "into": "DR-7K3M9-QX4RT", "received": DATE, "waits_for": "authority", "last": True,
        "regulator": regulator_of("FR"), "company": "iomart", "site": "iomart", "name": "Ann Lee",
    } | values  # fmt: skip
    return Told(reference="DR-7K3M9-QX4RT", kind=kind, kind_words=replies.KIND_WORDS.get(kind, ""), **given)  # type: ignore[arg-type]  # each has its field's type


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("key", KEYS)
def test_a_text_takes_two_segments_with_the_longest_values(key: str, kind: str) -> None:
    """Whatever the step and the request, a text is two segments of plain letters."""
    for waits_for in ("identity", "authority", "fee", "clarification"):
        text = straighten(worded("sms", key, told(kind, waits_for=waits_for)))
        assert segments(text).encoding == "GSM-7"
        assert segments(text).count <= 2


@pytest.mark.parametrize("channel", ["sms", "mail", "webchat"])
@pytest.mark.parametrize("key", KEYS)
def test_every_wording_names_the_reference_and_keeps_to_the_house_s_manners(channel: str, key: str) -> None:
    """The reference is in each; no exclamation, no doubled blank, and none of the words that providers take."""
    for kind in KINDS:
        text = worded(channel, key, told(kind, due="" if kind == "access" else DATE))
        assert "DR-7K3M9-QX4RT" in text
        assert not re.search(r"!|  |\bNone\b|\n\n\n| \n| \.", text), text
        assert not re.search(r"\b(YES|END|CANCEL|QUIT|HELP|INFO|STOP)\b", text)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("stage", "answer"),
    [("code", "code"), ("address", "mobile number"), ("details", "your full name"), ("claimed", "please answer here")],
)
def test_a_reminder_says_what_to_answer(stage: str, answer: str, kind: str) -> None:
    """A code of days ago opens nothing: they hear how to get another, or what else is missing; a text still fits."""
    for channel in ("sms", "mail", "webchat"):
        text = worded(channel, "reminder", told(kind, waits_for="identity", stage=stage))
        assert answer in text.replace("CODE", "code")
        assert not re.search(r"  |\n\n\n| \n| \.", text), text
        assert channel != "sms" or segments(straighten(text)).count <= 2


@pytest.mark.parametrize("key", ["identity_wanted", "authority_wanted", "fee_wanted", "clarification_wanted"])
@pytest.mark.parametrize("channel", ["sms", "mail", "webchat"])
def test_nothing_is_confirmed_before_identity_is_known(channel: str, key: str) -> None:
    """Before it is known who asks, no wording says that there is an account, or that data is held."""
    text = worded(channel, key, told("access", words="", due="") if key not in NEEDS_WORDS else told("access"))
    assert not re.search(r"your account|we found|our records|you are registered|customer number", text, re.IGNORECASE)


def test_a_refusal_tells_the_reason_as_typed_the_way_to_complain_and_the_regulator() -> None:
    """Article 12(4): why, and to whom one may complain, on every channel."""
    reason = "The letters were written by somebody else <about them> & we may not show those."
    for channel in ("sms", "mail", "webchat"):
        text = worded(channel, "refused", told(words=reason, regulator=ICO))
        assert reason in text
        assert "ico.org.uk" in text
        assert "court" in text


@pytest.mark.parametrize("key", NEEDS_WORDS)
def test_a_step_that_says_nothing_without_staff_s_words_is_refused_without_them(key: str) -> None:
    """The error says what to write."""
    with pytest.raises(NoWords, match=r"write|say"):
        worded("webchat", key, told(words="  "))


def test_words_too_long_for_a_text_are_refused_with_how_much_to_leave_out() -> None:
    """Nothing of staff's is cut: they hear how many characters are too many, and so many fewer do fit."""
    words = "word " * 60
    with pytest.raises(TooLong) as raised:
        worded("sms", "refused", told(words=words))
    found = re.search(r"leave out (\d+) characters", str(raised.value))
    assert found
    fitting = words.strip()[: len(words.strip()) - int(found[1])]
    assert fitting.strip() in worded("sms", "refused", told(words=fitting))
    assert words.strip() in worded("mail", "refused", told(words=words))


def test_words_without_end_are_refused_everywhere() -> None:
    """Two thousand characters are enough."""
    with pytest.raises(NoWords, match="2000"):
        worded("mail", "refused", told(words="x" * 2_001))


def test_a_text_asks_for_the_clarification_word_for_word() -> None:
    """The question as staff typed it, with the reference, and how to answer."""
    text = worded("sms", "clarification_wanted", told("access", words="Which year do you mean?", due=""))
    assert text == "DR-7K3M9-QX4RT, our question: Which year do you mean? Please answer here."
