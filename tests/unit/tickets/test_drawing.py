"""The drawing of the machine in ARCHITECTURE.md."""

from __future__ import annotations

import pytest

from bot.tickets.drawing import BEGIN, DOCUMENT, END, diagram, section, steps, written
from bot.tickets.states import ENDS, EVENTS, STATES, TRANSITIONS


def test_the_document_shows_the_machine_as_it_is() -> None:
    """What stands between the marks is exactly what is drawn now: `python -m bot.tickets.drawing` writes it."""
    document = DOCUMENT.read_text(encoding="utf-8")
    assert section() in document
    assert written(document) == document


def test_every_state_and_every_step_is_in_it() -> None:
    """No state is unreachable, every end ends, and the list has a line for each row of the table."""
    lines = diagram().splitlines()
    reached = {line.split(" --> ")[1].partition(":")[0] for line in lines if " --> " in line}
    assert set(STATES) <= reached
    assert all(f"    {state} --> [*]" in lines for state in ENDS)
    listed = steps().splitlines()
    assert len(listed) == len(TRANSITIONS) + 2
    assert {line.split(" | ")[0].removeprefix("| ") for line in listed[2:]} == set(EVENTS)


def test_only_what_is_between_the_marks_is_written() -> None:
    """The rest of the document stays; without the marks nothing is written and the error says what to do."""
    assert written(f"before {BEGIN} old {END} after") == f"before {section()} after"
    for text in ("", BEGIN, END):
        with pytest.raises(ValueError, match="write"):
            written(text)
