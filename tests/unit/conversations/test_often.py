"""What many write in the same words: kept when it came twice, for its version of the knowledge, within bounds."""

from __future__ import annotations

from datetime import date

import pytest

from bot.conversations import often
from bot.conversations.intents import Intent
from bot.conversations.often import Asking, Often
from bot.conversations.understand import Understanding
from knowledge.base import OffTopic

ASKING = Asking("do you sell my data?", 1, "iomart", date(2026, 11, 20))
MEANT = Understanding(Intent("question", 1.0), "off_topic", OffTopic("other", 1.0), 1.0)


def test_words_are_kept_when_they_come_for_the_second_time() -> None:
    """Of what one customer alone wrote nothing is kept."""
    seen = Often()
    seen.note(ASKING, MEANT)
    assert seen.find(ASKING) is None
    seen.note(ASKING, MEANT)
    assert seen.find(ASKING) is MEANT


@pytest.mark.parametrize(
    "other",
    [{"words": "do you sell my data"}, {"knowledge": 2}, {"policy": "acme"}, {"today": date(2026, 11, 21)}],
    ids=lambda other: next(iter(other)),
)
def test_another_question_version_policy_or_day_is_understood_anew(other: dict[str, object]) -> None:
    """Each of these may have another answer."""
    seen = Often()
    seen.note(ASKING, MEANT)
    seen.note(ASKING, MEANT)
    assert seen.find(ASKING._replace(**other)) is None  # type: ignore[arg-type]  # each value has its field's type


def test_what_is_kept_is_bounded_and_the_newest_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long messages are not kept; of many, those that came last are."""
    monkeypatch.setattr(often, "MOST", 2)
    seen = Often()
    askings = [ASKING._replace(words=words) for words in ("a", "b", "c", "d" * (often.LONGEST + 1))]
    for asking in askings:
        seen.note(asking, MEANT)
        seen.note(asking, MEANT)
    assert [seen.find(asking) for asking in askings] == [None, MEANT, MEANT, None]
