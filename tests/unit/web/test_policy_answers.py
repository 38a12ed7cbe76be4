"""How long a question may be."""

from __future__ import annotations

import pytest

from bot.web.policy_answers import MOST_CHARACTERS, tidy, too_long


@pytest.mark.parametrize(
    ("question", "long"),
    [
        ("x" * MOST_CHARACTERS, False),
        ("x" * (MOST_CHARACTERS + 1), True),
        ("\ufdfa" * 28, True),
        ("\ufdfa" * 27, False),
        ("\u00df" * 251, True),
        ("\u00e9" * MOST_CHARACTERS, False),
    ],
)
def test_a_question_is_measured_as_the_desk_reads_it(question: str, long: bool) -> None:
    """Normalising may make eighteen letters of one: the bound holds afterwards too."""
    assert too_long(question) is long


def test_a_question_is_one_line() -> None:
    """Blanks are made even and NUL goes."""
    assert tidy("  Do you\n\n sell\0 data? ") == "Do you sell data?"
