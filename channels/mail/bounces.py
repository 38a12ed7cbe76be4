"""What became of our mail: delivery status notifications (RFC 3464) and the bare ones that old servers write.

A machine's sender alone makes no bounce, and neither does a phrase alone: it takes both, so that a customer who
writes about undeliverable mail is still heard.
"""

from __future__ import annotations

from email.message import Message
from typing import Literal

from channels.base import DeliveryReport
from channels.mail import bounce_words as say
from channels.mail.addresses import normal, person
from channels.mail.charsets import header_text
from channels.mail.head import Head, ids
from channels.mail.parts import Content

State = Literal["failed", "delayed", "delivered"]

TEXT_LIMIT = 4000
"""Characters of a report that staff read; the original keeps the rest."""
BODY_LIMIT = 20_000
BAD_ADDRESS = frozenset({"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
"""RFC 3463 subject 1 codes, and RFC 7505's 5.1.10, that say the address itself is wrong."""

ACTIONS: dict[str, State] = {
    "failed": "failed",
    "delayed": "delayed",
    "delivered": "delivered",
    "relayed": "delivered",
    "expanded": "delivered",
}


def report(head: Head, content: Content, mail_from: str | None) -> DeliveryReport | None:
    """The delivery report that this mail is; None when it is no bounce."""
    if content.statuses:
        found = _structured(head, content)
        if found:
            return found
    said, original = _apart(content.text[:BODY_LIMIT])
    about = head.first("subject")
    titled = bool(say.SUBJECT.search(about))
    failed = bool(say.FAILED.search(said) or say.CODE.search(said))
    delayed = bool(say.DELAYED.search(said) or say.DELAYED.search(about)) and not say.GIVEN_UP.search(said)
    evident = titled or bool(content.originals or original or say.CODE.search(said))
    if not _signed(head, mail_from, evident=evident) or not (failed or delayed or titled):
        return None
    return _bare(head, content, said, original, "delayed" if delayed else "failed")


def resembles(head: Head, content: Content) -> bool:
    """It reads like a bounce, though no mail system signs it: never answered, but people see it."""
    return bool(say.SUBJECT.search(head.first("subject")) and say.FAILED.search(content.text[:BODY_LIMIT]))


def _signed(head: Head, mail_from: str | None, *, evident: bool) -> bool:
    """A mail system wrote this. Its daemon's name is enough; people write as postmaster too, and an empty envelope
    is any automatic answer's, so these need a subject, a code or a returned message beside.
    """
    senders = [head.first("from"), head.first("sender"), mail_from or "", head.first("return-path")]
    if any("mailer-daemon" in sender.lower() for sender in senders):
        return True
    named = any(say.MACHINE.search(sender) for sender in senders)
    return evident and (named or _is_null(head, mail_from))


def _is_null(head: Head, mail_from: str | None) -> bool:
    empty = mail_from is not None and not mail_from.strip("<> ")
    return empty or head.first("return-path").strip() == "<>"


def _apart(body: str) -> tuple[str, str]:
    """What the mail system says, and the returned message below it."""
    mark = say.RETURNED.search(body)
    return (body[: mark.start()], body[mark.start() :]) if mark and mark.start() else (body, "")


def _structured(head: Head, content: Content) -> DeliveryReport | None:
    """RFC 3464: of several recipients the worst, since we write to one person at a time."""
    best: Message | None = None
    for wanted in ("failed", "delayed", "delivered", "relayed", "expanded"):
        best = next((block for block in content.statuses if _action(block) == wanted), None)
        if best is not None:
            break
    if best is None:
        return None
    diagnostic = header_text(str(best.get("diagnostic-code", "")))
    status = say.CODE.search(str(best.get("status", "")))
    better = say.CODE.search(diagnostic)
    code = status[1] if status else ""
    if better and code.endswith(".0.0"):
        code = better[1]
    state = ACTIONS[_action(best)]
    return DeliveryReport(
        state=state,
        message_id=_original_id(head, content, ""),
        recipient=_recipient(best),
        code=code or _reply_code(diagnostic),
        text=(content.text or diagnostic).strip()[:TEXT_LIMIT],
        bad_address=state == "failed" and (code in BAD_ADDRESS or bool(say.NO_SUCH.search(diagnostic))),
    )


def _action(block: Message) -> str:
    words = header_text(str(block.get("action", ""))).lower().split()
    action = words[0].strip("();,") if words else ""
    return action if action in ACTIONS else ""


def _recipient(block: Message) -> str:
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        value = header_text(str(block.get(name, "")))
        address = normal(value.rpartition(";")[2])
        if address:
            return address
    return ""


def _bare(head: Head, content: Content, said: str, original: str, state: State) -> DeliveryReport:
    found = say.CODE.search(said)
    code = found[1] if found else _reply_code(said)
    return DeliveryReport(
        state=state,
        message_id=_original_id(head, content, original or said),
        recipient=_named_recipient(head, said),
        code=code,
        text=said.strip()[:TEXT_LIMIT] or head.first("subject"),
        bad_address=state == "failed" and (code in BAD_ADDRESS or bool(say.NO_SUCH.search(said))),
    )


def _reply_code(text: str) -> str:
    found = say.REPLY_CODE.search(text)
    return found[1] if found else ""


def _named_recipient(head: Head, said: str) -> str:
    """The failed address: the header that Exim adds, else the first address in the text that is not the mailer's."""
    failed = normal(head.first("x-failed-recipients"))
    if failed:
        return failed
    mailers = {person(raw).address for name in ("from", "to") for raw in head.all(name)[:1]}
    for match in say.ADDRESS.finditer(say.ENVELOPE_LINES.sub("", said)):
        address = normal(match[0].lower().removeprefix("smtp="))
        if address and address not in mailers and not say.MACHINE.search(address):
            return address
    return ""


def _original_id(head: Head, content: Content, text: str) -> str:
    """The returned message's id: from its own head, from the quoted text, or from the report's threading."""
    for place in [*content.originals, text]:
        found = say.ORIGINAL_ID.search(place)
        if found:
            return found[1].strip("<>")
    for name in ("x-original-message-id", "in-reply-to", "references"):
        found_ids = ids("".join(head.all(name)))
        if found_ids:
            return found_ids[-1]
    return ""
