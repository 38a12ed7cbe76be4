"""What the queue can show: its views, and what narrows them. Pure; queue_queries.py finds their rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class View(NamedTuple):
    """One entry of the left pane. `by` is what its rows are ordered by; `empty` says what to do when it is."""

    key: str
    label: str
    by: str
    empty: str


VIEWS: tuple[View, ...] = (
    View("mine", "Mine", "last", "Nothing waits for you. Take something from Unassigned."),
    View("unassigned", "Unassigned", "last", "Everything has somebody. Look at Due soon, or enjoy the quiet."),
    View("due", "Due soon", "due", "Nothing is due within seven days."),
    View("overdue", "Overdue", "due", "Nothing is overdue. Keep it so by looking at Due soon."),
    View("waiting", "Waiting for the customer", "due", "We wait for no customer now."),
    View("rights", "Rights requests", "due", "No rights request is open. New ones come here by themselves."),
    View("release", "To release", "due", "No package waits for a second person or for its customer."),
    View("breaches", "Breaches", "due", "No breach is reported. A report would be handed to a person at once."),
    View("undelivered", "Undelivered", "last", "Every message has reached its customer or is on its way."),
    View("unanswered", "Unanswered questions", "last", "No customer waits for an answer."),
    View("all", "All", "last", "Nobody has written yet. Text, email or chat with the desk to see it here."),
)
BY_KEY: Mapping[str, View] = {view.key: view for view in VIEWS}


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a view: a channel, a kind (of ticket, or the last intent), and open or closed conversations."""

    channel: str = ""
    kind: str = ""
    state: str = ""
