"""Counters of the desk for Prometheus. Labels are kinds and names of parts, never anything of a person."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """One registry for one desk, so that tests can run several in a process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        kit = self.registry
        self.accepted = Counter("desk_accepted", "Messages durably stored", ["channel"], registry=kit)
        self.duplicates = Counter("desk_duplicates", "Deliveries that were had before", ["channel"], registry=kit)
        self.rejected = Counter("desk_rejected", "Deliveries refused at the door", ["channel", "reason"], registry=kit)
        self.handled = Counter(
            "desk_handled", "Messages handled, by what came of them", ["channel", "outcome"], registry=kit
        )
        self.handed_over = Counter("desk_handed_over", "Conversations handed to a person", ["channel"], registry=kit)
        self.tickets = Counter("desk_tickets_opened", "Tickets opened", ["kind"], registry=kit)
        self.deliveries = Counter("desk_deliveries", "Delivery attempts by result", ["channel", "result"], registry=kit)
        self.handling = Histogram("desk_handling_seconds", "From accepted to handled", ["channel"], registry=kit)
        self.braked = Gauge("desk_texts_braked", "1 while strangers get no automatic text", registry=kit)
        self.waiting = Gauge("desk_queue_waiting", "Rows that wait", ["queue"], registry=kit)
        self.age = Gauge("desk_queue_age_seconds", "Age of the oldest row that waits", ["queue"], registry=kit)

    def text(self) -> bytes:
        """The exposition text."""
        return generate_latest(self.registry)
