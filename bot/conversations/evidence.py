"""What is stored with an answer so that it can be proved years later, beside its quotations and their digests.

`bot.learning.replay` reads it: from it the same question is asked of the same knowledge again.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.conversations.arrivals import Arrival

LONGEST_WORDS = 4_000
"""Characters that the library reads of a question."""
NAMES = ("knowledge", "question", "policy", "effective", "today", "outcome", "asked", "topic", "curated")


def of_answer(arrival: Arrival, question: int | None) -> Mapping[str, str]:
    """The evidence of a reply, all texts: `knowledge` is the number of the version that answered, `question` the `seq`
    of the customer's line, `policy` and `effective` say which text was read, and `today` on which day; `outcome` is
    what was understood. `asked` holds the words where they are not simply the line's, `topic` the key that was chosen
    for them, `curated` staff's own words that were used.
    """
    asked, understood = arrival.asked, arrival.understanding
    if asked is None or understood is None:
        return {}
    found = {
        "knowledge": str(asked.knowledge),
        "question": str(question or ""),
        "policy": arrival.site.policy,
        "effective": asked.effective.isoformat(),
        "today": asked.today.isoformat(),
        "outcome": understood.outcome,
    }
    if asked.words != arrival.message.text:
        found["asked"] = asked.words[:LONGEST_WORDS]
    more = {"topic": understood.topic, "curated": " ".join(understood.curated)}
    return found | {name: value for name, value in more.items() if value}
