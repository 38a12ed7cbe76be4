"""Examples for the OpenAPI document. A test holds each against its schema. No real person is in them."""

from __future__ import annotations

from typing import Any

Example = dict[str, Any]

_URL = "https://privacy.example.com/policy/iomart/2007-12-15"
_QUOTE = "We will not sell, rent or share your personal information"

CITED: Example = {
    "id": "3.2",
    "text": _QUOTE,
    "policy": "iomart",
    "effective": "2007-12-15",
    "url": f"{_URL}#3.2",
}
CHANGED: Example = {
    "kind": "after",
    "clause": "3.2",
    "on": "2015-06-01",
    "dated": "in force",
    "id": "3.1",
    "text": _QUOTE,
    "policy": "iomart",
    "effective": "2015-06-01",
    "url": "https://privacy.example.com/policy/iomart/2015-06-01#3.1",
    "digest": "5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592",
}
ANSWERED: Example = {
    "intent": "question",
    "outcome": "answered",
    "passages": [CITED],
    "reply": f"Our policy says this: {_QUOTE}",
    "confidence": 0.86,
    "as_of": "2010-05-03",
    "note": "It says the same today.",
    "changes": [],
}
VERSION: Example = {"effective": "2007-12-15", "dated": "seen", "title": "Privacy policy", "url": _URL}
POLICY: Example = {
    "key": "iomart",
    "company": "iomart Limited",
    "in_force": "2007-12-15",
    "versions": [VERSION],
}
CLAUSE: Example = {
    "id": "3.2",
    "heading": "How we use your information",
    "context": "",
    "text": _QUOTE,
    "digest": "5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592",
    "url": f"{_URL}#3.2",
}
POLICY_TEXT: Example = {
    "key": "iomart",
    "title": "Privacy policy",
    "company": "iomart Limited",
    "effective": "2007-12-15",
    "dated": "seen",
    "source": "https://web.archive.org/",
    "clauses": [CLAUSE],
}
PERSON: Example = {"id": 2, "name": "Sam Reid"}
TICKET: Example = {
    "reference": "DR-7K3M9-QX4RT",
    "kind": "access",
    "state": "received",
    "certainty": "received",
    "conversation_id": 7,
    "assignee": PERSON,
    "summary": "wot data do u hold on me",
    "received_at": "2026-11-20T12:00:00Z",
    "due_on": "2026-12-21",
    "updated_at": "2026-11-20T12:30:00Z",
    "closed_at": None,
}
COUNTED: Example = {"type": "received", "at": "2026-11-20T12:00:00Z"}
TICKET_IN_FULL: Example = {
    **TICKET,
    "regime": "uk-gdpr",
    "calendar": "GB-SCT",
    "timezone": "Europe/London",
    "due_at": None,
    "trace": ["Received on Friday 20 November 2026.", "One month later is Sunday 20 December: the next working day."],
    "events": [COUNTED],
    "possible": ["ask"],
}
CONVERSATION: Example = {
    "id": 7,
    "channel": "sms",
    "address": "+447700900123",
    "name": "",
    "subject": "",
    "site": "iomart",
    "state": "open",
    "owner": "human",
    "assignee": PERSON,
    "handover_reason": "The customer asked for a person.",
    "last_intent": "access",
    "last_text": "wot data do u hold on me",
    "last_seq": 4,
    "undelivered": False,
    "ticket": "DR-7K3M9-QX4RT",
    "created_at": "2026-11-20T12:00:00Z",
    "last_at": "2026-11-20T12:30:00Z",
}
DELIVERY: Example = {"state": "delivered", "error": "", "attempts": 1, "sent_at": "2026-11-20T12:30:02Z"}
FILE: Example = {"id": 3, "name": "letter.pdf", "content_type": "application/pdf", "size": 48211}
LINE: Example = {
    "id": 31,
    "seq": 5,
    "direction": "out",
    "author": "staff",
    "staff": PERSON,
    "text": "We have sent your copy by email today.",
    "quoted": "",
    "subject": "",
    "intent": "",
    "outcome": "",
    "confidence": None,
    "helpful": None,
    "clauses": [],
    "state": "",
    "at": "2026-11-20T12:30:00Z",
    "deliveries": [DELIVERY],
    "files": [],
    "evidence": {},
    "warnings": [],
}
TRANSCRIPT: Example = {
    "conversation": CONVERSATION,
    "opted_out": False,
    "tickets": ["DR-7K3M9-QX4RT"],
    "lines": [LINE],
    "earlier": None,
}
ENTRY: Example = {
    "seq": 1204,
    "at": "2026-11-20T12:30:00.000000+00:00",
    "actor": "staff:2",
    "action": "conversation.replied",
    "subject": "conversation:7",
    "data": {"message": 31},
    "previous": "0" * 64,
    "hash": "9f2c" * 16,
}
