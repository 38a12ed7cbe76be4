"""What becomes of each table when a person is erased, as data. `removing` carries it out, `planning` counts by it.

A row belongs to a person by the columns of `of`: (column, owner), where the owner is a table of OWNERS. Rows that must
stay so that the record can be proved (a ticket's dates, a line's place) lose their content; all others go. A table that
is named neither here nor in STAYS fails a test: whoever adds one says what becomes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from bot.contacts.models import ERASED

GONE = "erased"
"""The state of a line whose words are gone."""
NOWHERE = ERASED
KEPT_EVIDENCE = ("knowledge", "question", "policy", "effective", "today", "outcome", "topic")
"""What of a line's evidence tells nothing of its customer: by what the desk answered."""

Made = Callable[[Mapping[str, Any]], Any]
"""A column's new value, made from the row."""


class Fate(NamedTuple):
    """What becomes of a person's rows in one table. `title` is the category as people read it.

    `blank` gives columns their new values, constants or made from the row; without it the rows go. A row is blank
    once its column `mark` has its new value, or without a mark when every column has its constant. `stays` names the
    columns that are left as they are, beside `id`: they tell nothing of the person by themselves.
    """

    table: str
    title: str
    of: tuple[tuple[str, str], ...]
    blank: Mapping[str, Any] | None = None
    mark: str = ""
    stays: str = ""


def _evidence(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name, value in (row["evidence"] or {}).items() if name in KEPT_EVIDENCE}


def nowhere(row: Mapping[str, Any]) -> str:
    """What stands where an address was: an address that nobody can have, another for each row."""
    return f"{NOWHERE}{row['id']}"


def _reasonless(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (row["data"] or {}).items() if name != "reason"}


def _as_told(row: Mapping[str, Any]) -> dict[str, Any]:
    """What goes out, without address and words; what `messages.outbox` reads of it stays readable."""
    return {name: [] if isinstance(value, list) else "" for name, value in (row["payload"] or {}).items()} | {
        "automatic": bool((row["payload"] or {}).get("automatic"))
    }


CONTACT, CONVERSATION, MESSAGE, TICKET = "contact", "conversation", "message", "ticket"
OF_CONTACT = (("contact_id", CONTACT),)
OF_TICKET = (("ticket_id", TICKET),)

FATES: tuple[Fate, ...] = (
    Fate("attachment", "attached files", (("message_id", MESSAGE),)),
    Fate(
        "inbox", "deliveries as they came", (("id", "inbox"),),
        {"payload": b"", "facts": {}, "sender": nowhere, "dedupe_key": nowhere, "error": ""}, "sender",
        "channel received_at state attempts due_at handled_at",
    ),
    Fate(
        "outbox", "deliveries to them", (("conversation_id", CONVERSATION),),
        {
            "payload": _as_told, "recipient": nowhere, "rfc_message_id": "", "provider_id": "", "error": "",
            "secret": None, "secret_until": None,
        },
        "recipient",
        "conversation_id message_id part parts channel state attempts due_at provider_state code created_at sent_at",
    ),
    Fate(
        "message", "messages, answers and notes", (("conversation_id", CONVERSATION),),
        {
            "text": "", "quoted": "", "subject": "", "rfc_id": "", "refs": [], "choices": [], "evidence": _evidence,
            "state": GONE,
        },
        "state",
        "conversation_id seq direction author staff_id inbox_id intent outcome confidence citations helpful judged "
        "created_at",
    ),
    Fate(
        "conversation", "conversations' names and addresses", (("id", CONVERSATION),),
        {
            "address": nowhere, "name": "", "subject": "", "question": "", "last_text": "", "offered": [],
            "handover_reason": "", "asked": "", "state": "closed", "recipient": "", "last_topic": "",
        },
        "address",
        "channel account site contact_id owner owner_since assignee_id failures answers asked_helpful last_intent "
        "last_direction last_seq read_seq seen_seq version quiet_until "
        "created_at last_at",
    ),
    Fate(
        "ticket", "requests' words", (("id", TICKET),),
        {"summary": "", "reason": "", "agent_for": "", "refusal_reason": ""}, "",
        "reference kind state conversation_id contact_id assignee_id regime calendar timezone received_at due_on "
        "due_at internal_due_on notice_limit_on trace extended identity_tier needed_tier agent_kind agent_for_adult "
        "waits_for_id merged_into_id about_id reviewed_by released_by acknowledged_at wrote_again_at closed_at "
        "settled_on updated_at",
    ),
    Fate("ticket_event", "reasons of steps", OF_TICKET, {"data": _reasonless}, "", "ticket_id type at"),
    Fate("one_time_code", "one-time codes", (("asker_id", CONTACT), ("address_id", "contact_address"), *OF_TICKET)),
    Fate(
        "proof", "what showed who they are", OF_CONTACT, {"evidence": {}, "address_id": None}, "",
        "contact_id ticket_id kind tier by_whom at valid_until ended_at",
    ),
    Fate(
        "identity_check", "what they said of themselves", OF_TICKET, {"claim": None, "address_id": None}, "",
        "ticket_id conversation_id stage reasonable reason by_whom asked_at claimed_at verdict agreed",
    ),
    Fate("found_item", "items found for requests", OF_TICKET),
    Fate("upload", "files that staff added", OF_TICKET),
    Fate(
        "search_run", "searches' remarks", OF_TICKET, {"error": "", "reason": "", "subject_key": ""}, "",
        "ticket_id source title covers state round attempts due_at items by_id at",
    ),
    Fate("redaction", "redactions", OF_TICKET),
    Fate("item_review", "decisions on items", OF_TICKET),
    Fate("package_access", "looks at packages", (("link_id", "package_link"),)),
    Fate("package_opening", "openings of packages", (("link_id", "package_link"),)),
    Fate("package_call", "codes read out by telephone", (("link_id", "package_link"),)),
    Fate("package_link", "links to packages", (("id", "package_link"),)),
    Fate("package_finding", "findings in packages", (("package_id", "package"),)),
    Fate("package_file", "files of packages", (("package_id", "package"),)),
    Fate(
        "package", "packages", (("id", "package"),), {"state": "deleted"}, "state",
        "ticket_id version built_by built_at digest inputs policies counts",
    ),
    Fate(
        "consent_entry", "wording and notes of consent", OF_CONTACT, {"wording": "", "note": None}, "",
        "contact_id purpose channel state at recorded_at source message_id ticket_id policy effective by",
    ),
    Fate(
        "legal_hold", "reasons of ended holds", OF_CONTACT, {"reason": ""}, "",
        "contact_id ticket_id placed_by placed_at ended_by ended_at",
    ),
)  # fmt: skip
"""In the order of removing: what belongs to a row by another goes before it."""

ALWAYS = {"ticket_event"}
"""Tables whose rows have no mark of being blank: looked at once, whole."""

STAYS: Mapping[str, str] = {
    "audit": "names nobody; its chain must verify for ever",
    "contact": "blanked last, with its addresses, in the step that proves that nothing is left",
    "contact_address": "removed last, with the contact's name",
    "continuation": "says only which conversation goes on in which other one",
    "contact_link": "says only that two numbers were one person",
    "suppression": "holds a keyed hash alone, so that nobody is written to who said STOP",
    "provider_copy": "has words and files at a provider go, and names nobody; goes with the raw deliveries once done",
    "erasure_run": "the record of the erasure itself, in numbers",
    "lesson": "see `lessons`: drafts go, what equals their words is blanked",
    "knowledge_version": "see `lessons`",
    "settled_question": "numbers only",
    "policy_text": "the company's own words",
    "api_once": "an integration's own key, and a hash",
    "api_token": "of staff",
    "staff": "of staff",
    "staff_session": "of staff",
    "sign_in_link": "of staff",
    "scheduled_run": "of the desk",
    "reminder": "dates of a request",
}
"""Tables of which nothing is removed by a Fate, each with its reason."""
