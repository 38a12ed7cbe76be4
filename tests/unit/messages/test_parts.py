"""What became of a message that went in several parts, as one."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.messages.parts import together
from tests.support import NOON


def row(ident: int, part: int, parts: int, state: str, **more: Any) -> Any:
    """A row of the outbox."""
    plain = {
        "message_id": 1, "provider_state": "", "error": "", "code": "", "attempts": 1, "due_at": None,
        "sent_at": None, "recipient": "+44",
    }  # fmt: skip
    return SimpleNamespace(id=ident, part=part, parts=parts, state=state, **(plain | more))


def test_it_is_delivered_when_every_part_is() -> None:
    """One part that is only sent makes the whole sent, and it was sent when the last part was."""
    first = row(1, 1, 2, "delivered", provider_state="delivered", sent_at=NOON)
    second = row(2, 2, 2, "sent", provider_state="sent", sent_at=NOON + timedelta(minutes=1))
    (told,) = together([first, second])
    assert (told.state, told.provider_state, told.parts) == ("sent", "sent", 2)
    assert told.sent_at == NOON + timedelta(minutes=1)
    second.state = second.provider_state = "delivered"
    assert together([first, second])[0].state == "delivered"


def test_a_part_that_failed_is_named() -> None:
    """The whole has failed, the reason says which part, and another try begins with that row."""
    parts = [row(1, 1, 3, "delivered"), row(2, 2, 3, "failed", error="the phone was off"), row(3, 3, 3, "cancelled")]
    (told,) = together(parts)
    assert (told.state, told.id) == ("failed", 2)
    assert told.error == "part 2 of 3: the phone was off"
    assert told.sent_at is None


def test_a_part_that_was_sent_again_counts_by_its_newest_row() -> None:
    """What a colleague sent once more replaces what failed."""
    old = row(2, 2, 2, "cancelled", error="sent again by staff")
    (told,) = together([row(1, 1, 2, "delivered"), old, row(3, 2, 2, "delivered")])
    assert told.state == "delivered"


def test_messages_of_one_part_stay_as_they_are() -> None:
    """Each of their rows is shown, as before."""
    told = together([row(1, 1, 1, "cancelled", error="sent again by staff"), row(2, 1, 1, "sent")])
    assert [each.id for each in told] == [1, 2]
    assert together([]) == []


@given(st.lists(st.sampled_from(["failed", "waiting", "cancelled", "sent", "delivered"]), min_size=2, max_size=9))
def test_the_whole_is_never_better_than_a_part(states: list[str]) -> None:
    """Delivered only where all are; failed wherever one is; waiting wherever one is and none failed."""
    (told,) = together([row(at, at, len(states), state) for at, state in enumerate(states, 1)])
    assert (told.state == "delivered") == (set(states) == {"delivered"})
    assert (told.state == "failed") == ("failed" in states)
    assert "failed" in states or (told.state == "waiting") == ("waiting" in states)
