"""A customer asks to go on elsewhere ("email me instead at …"): they do, at an address that is proved to be theirs.

Called by handling before the decision, and by identity_turns once a code was typed. Of an address that is not proved
nobody learns here whether it takes messages; all that goes there is the code.
"""

from __future__ import annotations

from dataclasses import replace

from bot.audit.actors import CUSTOMER
from bot.contacts import claims
from bot.contacts import service as contacts
from bot.contacts.models import ContactAddress
from bot.conversations import elsewhere, moving, repository
from bot.conversations.arrivals import Arrival
from bot.conversations.elsewhere_words import asks_to_go_on
from bot.conversations.identity_codes import Taken, Turn
from bot.errors import PermanentError

SHARED = "They ask to go on elsewhere, and several people use this address: decide, and write to them there yourself."
WHERE, STAFF = "identity_move_where", "identity_away_staff"


def take(turn: Turn, *, stranger: bool) -> Taken | None:
    """What becomes of the message where it asks for that; None where it does not."""
    message = turn.arrival.message
    if not elsewhere.is_plain(turn, stranger=stranger) or not asks_to_go_on(message.text):
        return None
    kept = replace(turn.arrival, understanding=None)
    if turn.address.shared:
        return Taken(STAFF, kept, handover=SHARED)
    found = claims.address(message.text)
    if found is None or found == (turn.conversation.channel, turn.conversation.address):
        return Taken(WHERE, kept)
    if not elsewhere.is_sure(turn):
        return elsewhere.code_to(turn, turn.address, kept)
    return _to_given(turn, found, kept)


def after_code(turn: Turn, kept: Arrival) -> Taken | None:
    """A code was right after the customer, or staff for them, asked to go on elsewhere: now it does, or the next code
    goes out. Who only shows somebody's number or mail address has to type one that went there, too.
    """
    asked = next((each for each in elsewhere.lately(turn) if asks_to_go_on(each.text)), None)
    by_staff = moving.waiting(turn.session, turn.conversation.id, turn.now)
    found = claims.address(asked.text) if asked is not None else None
    asked_at = by_staff.at if by_staff is not None else asked.at if asked is not None and found else None
    if asked_at is None:
        return None
    if not elsewhere.holds(turn, asked_at):
        return elsewhere.code_to(turn, turn.address, kept)
    if by_staff is not None:
        there = repository.get(turn.session, by_staff.to_id)
        by_staff.ended_at = turn.now
        found = (there.channel, there.address)
    return _to_given(turn, found, kept) if found else None


def _to_given(turn: Turn, found: tuple[str, str], kept: Arrival) -> Taken:
    """Go on there, where it is proved to be theirs; else a code goes there, to be typed here."""
    given = contacts.find_or_create(turn.session, *found, "", turn.now, sign=turn.house.sign)
    proved = any(each.id == given.id for each in moving.choices(turn.session, turn.conversation, turn.now))
    moved = _moved(turn, given, kept) if proved else None
    return moved or elsewhere.code_to(turn, given, kept)


def _moved(turn: Turn, address: ContactAddress, kept: Arrival) -> Taken | None:
    if moving.goes_on_in(turn.session, turn.conversation.id) is not None:
        moving.take_back(turn.session, turn.conversation.id, CUSTOMER, turn.now)
    try:
        moving.move(
            turn.session, turn.conversation, address, CUSTOMER, turn.now, house=turn.house, site=turn.arrival.site,
            told_here=False,
        )  # fmt: skip
    except PermanentError:
        return None  # they opted out there since
    return Taken(f"identity_moved_{address.channel}", kept)
