"""Wake-ups inside one process: who waits for a topic is called on the event loop when something happened there.

A wake-up carries no data: whoever wakes reads the database, which is the truth. Losing one delays, never loses,
since every worker also looks at the database when it starts. Topics: "inbox:CHANNEL" and "outbox:CHANNEL" (the
workers), "inbox" and "outbox" (whoever follows every channel), "console", "chat:ADDRESS",
"tickets:STATE" (a ticket has come into that state), "searches", "claims", "knowledge",
"live:ADDRESS" (how a chat stands, for its visitor), "presence" (visitors come, go and write, for the console), "staff"
(staff come and go).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

Wake = Callable[[], None]


class LocalBus:
    """Wake-ups by direct call; all methods on the event loop."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[Wake]] = {}

    def listen(self, topic: str, wake: Wake) -> Callable[[], None]:
        """Call `wake` whenever `topic` is published; returns a function that ends it (harmless twice)."""
        self._waiting.setdefault(topic, set()).add(wake)

        def stop() -> None:
            waiting = self._waiting.get(topic)
            if waiting is not None:
                waiting.discard(wake)
                if not waiting:
                    del self._waiting[topic]

        return stop

    def publish(self, topics: Iterable[str]) -> None:
        """Wake everybody who waits for one of the topics."""
        for topic in topics:
            for wake in tuple(self._waiting.get(topic, ())):
                wake()
