"""What Twilio's error codes mean for a message, in words that staff can act on. Pure.

Source: https://www.twilio.com/docs/api/errors. A code that is not listed follows the HTTP status: 429 and 5xx
may pass, other refusals stay.
"""

from __future__ import annotations

from typing import Literal, NamedTuple


class Meaning(NamedTuple):
    """What to do about a code. `desk` means that the desk's own settings are at fault, and the message may wait."""

    kind: Literal["opted_out", "permanent", "temporary", "desk"]
    text: str
    bad_address: bool = False


_OPTED_OUT = Meaning("opted_out", "the recipient has opted out of texts from this number; reach them another way")

MEANINGS: dict[str, Meaning] = {
    "14107": Meaning("temporary", "too many texts at once for this sender"),
    "20003": Meaning(
        "desk", "Twilio refuses the credentials: check DESK_TWILIO_ACCOUNT_SID and DESK_TWILIO_AUTH_TOKEN"
    ),
    "20005": Meaning("desk", "the Twilio account is not active: look at the Twilio console"),
    "20404": Meaning("desk", "Twilio knows no such account: check DESK_TWILIO_ACCOUNT_SID"),
    "20429": Meaning("temporary", "Twilio asks us to send more slowly"),
    "21211": Meaning("permanent", "the number is not a valid one: correct it", bad_address=True),
    "21408": Meaning("permanent", "texts to this country are not enabled: allow it in the Twilio console"),
    "21603": Meaning("desk", "there is no sender: set DESK_TWILIO_FROM"),
    "21606": Meaning("desk", "the sender is not a Twilio number of this account: check DESK_TWILIO_FROM"),
    "21610": _OPTED_OUT,
    "21611": Meaning("temporary", "too many texts wait for this sender"),
    "21612": Meaning("permanent", "this sender can't reach that number: choose another sender or another way"),
    "21614": Meaning("permanent", "the number can't receive texts", bad_address=True),
    "21617": Meaning("permanent", "the text is longer than 1,600 characters: shorten it"),
    "21659": Meaning("desk", "the sender is not a Twilio number of this account: check DESK_TWILIO_FROM"),
    "21660": Meaning("desk", "the sender belongs to another account: check DESK_TWILIO_FROM"),
    "21701": Meaning("desk", "there is no such Messaging Service: check DESK_TWILIO_FROM"),
    "21703": Meaning("desk", "the Messaging Service has no number: add one in the Twilio console"),
    "30001": Meaning("temporary", "Twilio's queue for this sender was full"),
    "30002": Meaning("desk", "the Twilio account was suspended while the text was on its way"),
    "30003": Meaning("permanent", "the phone was off or out of reach"),
    "30004": Meaning("permanent", "the network or the recipient blocks our texts"),
    "30005": Meaning("permanent", "the number does not exist or is no longer in use", bad_address=True),
    "30006": Meaning("permanent", "the number is a landline or can't be reached by text", bad_address=True),
    "30007": Meaning("permanent", "the network took the text for spam and dropped it"),
    "30008": Meaning("permanent", "the network did not deliver it and did not say why"),
    "30034": Meaning("permanent", "the sending number is not registered for this country: register it with Twilio"),
}


def words(code: str) -> str:
    """Plain words for staff; an unknown code is named, so that it can be looked up; "" for no code."""
    if not code:
        return ""
    known = MEANINGS.get(code)
    return known.text if known else f"Twilio error {code}: see twilio.com/docs/api/errors/{code}"


def is_bad_address(code: str) -> bool:
    """Say whether the code speaks against the number itself."""
    known = MEANINGS.get(code)
    return known is not None and known.bad_address
