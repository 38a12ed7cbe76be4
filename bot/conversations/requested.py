"""Which tickets a message opens, how surely, and which of them waits for another. Pure; part of `states.decide`."""

from __future__ import annotations

from bot.conversations.standing import Heard, Standing
from bot.tickets.vocabulary import COPY, RIGHTS

URGENT = ("breach", "complaint")
"""The more pressing first: where both are reported, the reply is about it."""


def tickets_for(standing: Standing, heard: Heard) -> tuple[tuple[str, str], ...]:
    """Tickets to open: what was asked, a second request beside it, and what may be an access request."""
    kinds = [kind for kind in (heard.intent, *heard.also) if kind in RIGHTS + URGENT]
    if heard.invitation and not set(RIGHTS) & set(kinds):
        kinds = []  # A calendar's few words sound like anything; a person reads them.
    unsure = {kind for kind in kinds if heard.withdraws or (may_be_none(heard) and kind == heard.intent)}
    if heard.intent == "erasure" and not heard.copy_first:
        # "My data", the subject of a mail that wants it deleted, asks for no copy; perhaps it does, and a person looks.
        unsure |= set(COPY)
    if "erasure" in kinds and heard.copy_first and not set(COPY) & set(kinds):
        # "Send me my data and then delete it" asks for both; "once I have my data" may only speak of a copy.
        kinds.insert(0, "access")
        unsure |= {"access"} if heard.copy_first == "awaited" else set()
    elif heard.copy_first == "asked" and set(COPY) & set(kinds) and "erasure" not in kinds:
        kinds.append("erasure")
        unsure.add("erasure")
    if heard.maybe_access and not set(COPY) & set(kinds):
        kinds.append("access")
        unsure.add("access")
    # A copy first: what waits for it is opened after it.
    new = [kind for kind in sorted(kinds, key=lambda kind: kind not in COPY) if not standing.reference(kind)]
    if set(COPY) & set(new) and any(standing.reference(kind) for kind in COPY) and heard.copy_first == "awaited":
        new.remove("access")
    return tuple((kind, "suspected" if kind in unsure else "received") for kind in new)


def copy_comes_first(standing: Standing, heard: Heard) -> bool:
    """Whether deleting waits for a copy: what is deleted first can't be copied any more. A copy asked for long before
    is waited for only where they say so.
    """
    if heard.copy_first:
        return True
    return heard.intent in COPY and not standing.reference(heard.intent)


def may_be_none(heard: Heard) -> bool:
    """Whether the request may be none; who says in which order a copy is to come asks for one."""
    return heard.suspected and heard.copy_first != "asked"
