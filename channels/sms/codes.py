"""What Twilio's error codes mean for a message, in words that staff can act on. Pure.

Source: https://www.twilio.com/docs/api/errors. In November 2026 the pages of 30003, 30004, 30006, 30450, 30453, 63014,
63023 and 63038 were held against this; the others stand as they were first written. A code that is not listed follows
the HTTP status: 429 and 5xx may pass, other refusals stay. Each text says what happened and then the mend; none names a
customer.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["opted_out", "permanent", "temporary", "desk", "window"]


class Meaning(NamedTuple):
    """What to do about a code. `desk` means that the desk's own settings are at fault, and the message may wait;
    `window` that only a template may go now. `bad_address` is said only where the number itself can never be reached:
    a phone that is off is no bad address.
    """

    kind: Kind
    text: str
    bad_address: bool = False


WINDOW = "63016"
"""WhatsApp takes free words only within 24 hours of the customer's last message."""
TOO_FAST = frozenset({"14107", "20429", "21611", "63018"})
"""The sending number must send more slowly, whoever it sends to."""
CONSOLE = "in the Twilio console"

_REFUSED: dict[str, Meaning] = {
    "11200": Meaning("temporary", "Twilio could not fetch the file from us: see that DESK_PUBLIC_URL can be reached"),
    "12300": Meaning("permanent", "Twilio can't send a file of this type: send it by email"),
    "14107": Meaning("temporary", "too many texts at once for this sender"),
    "20003": Meaning(
        "desk", "Twilio refuses the credentials: check DESK_TWILIO_ACCOUNT_SID and DESK_TWILIO_AUTH_TOKEN"
    ),
    "20005": Meaning("desk", f"the Twilio account is not active: look at it {CONSOLE}"),
    "20008": Meaning("desk", "these are Twilio's credentials for tests, which send nothing: set the live ones"),
    "20404": Meaning("desk", "Twilio knows no such account: check DESK_TWILIO_ACCOUNT_SID"),
    "20429": Meaning("temporary", "Twilio asks us to send more slowly"),
    "20500": Meaning("temporary", "Twilio had a fault of its own"),
    "20503": Meaning("temporary", "Twilio was not available"),
    "21211": Meaning("permanent", "the number is not a valid one: correct it", bad_address=True),
    "21212": Meaning("desk", "the sender is not a valid number: check DESK_TWILIO_FROM"),
    "21219": Meaning("desk", "a trial account texts only verified numbers: upgrade the Twilio account"),
    "21265": Meaning("permanent", "the number is a short code, which can't be texted", bad_address=True),
    "21266": Meaning("permanent", "the number is our own sender, so the text would go to ourselves", bad_address=True),
    "21267": Meaning("desk", "a trial account can't send under a name: upgrade the Twilio account"),
    "21268": Meaning("permanent", "the number is a premium or service number: ask for another", bad_address=True),
    "21408": Meaning("permanent", f"texts to this country are not enabled: allow it {CONSOLE}"),
    "21601": Meaning("desk", "the sender can't send texts: check DESK_TWILIO_FROM"),
    "21602": Meaning("permanent", "the text is empty"),
    "21603": Meaning("desk", "there is no sender: set DESK_TWILIO_FROM"),
    "21604": Meaning("permanent", "there is no number to send to: correct it"),
    "21606": Meaning("desk", "the sender is not a Twilio number of this account: check DESK_TWILIO_FROM"),
    "21608": Meaning("desk", "a trial account texts only verified numbers: upgrade the Twilio account"),
    "21610": Meaning(
        "opted_out", "the recipient has opted out of texts from this number; reach them another way"
    ),
    "21611": Meaning("temporary", "too many texts wait for this sender"),
    "21612": Meaning("permanent", "this sender can't reach that number: choose another sender or another way"),
    "21614": Meaning("permanent", "the number can't receive texts", bad_address=True),
    "21617": Meaning("permanent", "the text is longer than 1,600 characters: shorten it"),
    "21619": Meaning("permanent", "the text is empty and has no file"),
    "21620": Meaning("permanent", "Twilio can't use the address of the file: see that DESK_PUBLIC_URL is an https one"),
    "21623": Meaning("permanent", "there are more files than a text may have: send ten at most"),
    "21635": Meaning("permanent", "the number is a landline: ask for a mobile number", bad_address=True),
    "21654": Meaning("desk", f"Twilio knows no such template: check DESK_TWILIO_WHATSAPP_TEMPLATE {CONSOLE}"),
    "21655": Meaning("desk", "the template's ContentSid is not valid: check DESK_TWILIO_WHATSAPP_TEMPLATE"),
    "21656": Meaning("desk", "the template's variables are not valid: check DESK_TWILIO_WHATSAPP_TEMPLATE"),
    "21659": Meaning("desk", "the sender is not a Twilio number of this account: check DESK_TWILIO_FROM"),
    "21660": Meaning("desk", "the sender belongs to another account: check DESK_TWILIO_FROM"),
    "21661": Meaning("desk", "the sender can't send texts: check DESK_TWILIO_FROM"),
    "21701": Meaning("desk", "there is no such Messaging Service: check DESK_TWILIO_FROM"),
    "21703": Meaning("desk", f"the Messaging Service has no number: add one {CONSOLE}"),
    "21704": Meaning("desk", f"the Messaging Service has no number that can send this: add one {CONSOLE}"),
}  # fmt: skip

_DELIVERY: dict[str, Meaning] = {
    "30001": Meaning("temporary", "Twilio's queue for this sender was full: send it once more in a few minutes"),
    "30002": Meaning("desk", f"the Twilio account was suspended meanwhile: look at it {CONSOLE}"),
    "30003": Meaning("permanent", "the phone was off or out of reach: try later, or reach them another way"),
    "30004": Meaning("permanent", "the network or the recipient blocks our texts: reach them another way"),
    "30005": Meaning("permanent", "the number does not exist or is no longer in use", bad_address=True),
    "30006": Meaning("permanent", "the number is a landline or can't be reached by text", bad_address=True),
    "30007": Meaning("permanent", "the network took the text for spam and dropped it: word it otherwise"),
    "30008": Meaning("permanent", "the network did not deliver it and did not say why: send it once more"),
    "30009": Meaning("permanent", "a part of the text was lost on the way: send it once more"),
    "30010": Meaning("desk", f"it would have cost more than the most that is allowed: raise that {CONSOLE}"),
    "30011": Meaning("permanent", "their network takes no files by text: send the file by email"),
    "30012": Meaning("desk", f"the time that a text may take is set too short: make it longer {CONSOLE}"),
    "30017": Meaning("temporary", "their network was overloaded: send it once more in a few minutes"),
    "30018": Meaning("desk", f"their network wants senders registered first: register ours {CONSOLE}"),
    "30019": Meaning("permanent", "the file was too large for their network: send it by email"),
    "30022": Meaning("temporary", "we sent faster than the network allows us: send it once more in a few minutes"),
    "30023": Meaning("temporary", "the network's limit for today is reached: send it once more tomorrow"),
    "30024": Meaning("desk", f"their network does not know our number yet: use another sender {CONSOLE}"),
    "30027": Meaning("temporary", "the network's limit for today is reached: send it once more tomorrow"),
    "30032": Meaning("desk", f"the toll-free sender is not verified: verify it {CONSOLE}"),
    "30033": Meaning("desk", f"the network suspended our registration for texts: look at it {CONSOLE}"),
    "30034": Meaning("permanent", f"the sending number is not registered for this country: register it {CONSOLE}"),
    "30035": Meaning("desk", "the sending number is still being set up: wait until Twilio says that it is ready"),
    "30036": Meaning("temporary", "it waited too long at Twilio and was dropped: send it once more"),
    "30410": Meaning("temporary", "the network did not answer Twilio in time: send it once more"),
    "30450": Meaning(
        "temporary",
        "Twilio's protection against fraud blocks the number for now: send it once more in half an hour, or put the"
        f" number on the safe list {CONSOLE}",
    ),
    "30453": Meaning(
        "temporary",
        "Twilio's protection against fraud blocks the number for now: send it once more in a few hours, or put the"
        f" number on the safe list {CONSOLE}",
    ),
    "30454": Meaning("temporary", "the account's limit for today is reached: send it once more tomorrow"),
}  # fmt: skip

_CHANNELS: dict[str, Meaning] = {
    "63001": Meaning("desk", f"the channel refuses our credentials: connect the sender anew {CONSOLE}"),
    "63003": Meaning("permanent", "they are not on this channel, or the number is wrong", bad_address=True),
    "63005": Meaning("permanent", "the channel did not take what was sent: word it otherwise, or use a text"),
    "63007": Meaning("desk", f"our number is no sender of this channel: connect it {CONSOLE}"),
    "63010": Meaning("temporary", "the channel had a fault of its own: send it once more"),
    "63012": Meaning("temporary", "the channel had a fault of its own: send it once more"),
    "63013": Meaning("permanent", "the channel's rules forbid this message: word it otherwise, or use a text"),
    "63014": Meaning("permanent", "they blocked us there, or want no more messages: reach them another way"),
    "63015": Meaning("desk", "the WhatsApp sandbox reaches only those who joined it: use a sender of your own"),
    WINDOW: Meaning(
        "window",
        "WhatsApp takes our own words only within 24 hours of their last message: send the template, or use another"
        " verified address of theirs",
    ),
    "63017": Meaning("permanent", "the channel takes no file of this kind: send it by email"),
    "63018": Meaning("temporary", "we sent faster than the channel allows us: send it once more in a few minutes"),
    "63019": Meaning("temporary", "the channel could not fetch the file: see that DESK_PUBLIC_URL can be reached"),
    "63020": Meaning("desk", f"the business account has not accepted Twilio's invitation: accept it {CONSOLE}"),
    "63021": Meaning("permanent", "the channel found the content not valid: word it otherwise"),
    "63023": Meaning("temporary", "the channel had a fault of its own: send it once more"),
    "63024": Meaning("permanent", "the number can't receive on this channel", bad_address=True),
    "63025": Meaning("permanent", "the file is already being sent: wait a moment"),
    "63027": Meaning("desk", "the template does not exist in this language: check DESK_TWILIO_WHATSAPP_TEMPLATE"),
    "63028": Meaning("desk", "the template wants other variables: check DESK_TWILIO_WHATSAPP_TEMPLATE"),
    "63030": Meaning("desk", "the template's variables are not as it wants them: check DESK_TWILIO_WHATSAPP_TEMPLATE"),
    "63031": Meaning("permanent", "the number is our own sender, so it would go to ourselves", bad_address=True),
    "63032": Meaning("permanent", "WhatsApp limits what this person gets from businesses: reach them another way"),
    "63033": Meaning("permanent", "they blocked us on WhatsApp: reach them another way"),
    "63036": Meaning("permanent", "the number can't receive RCS: use a text instead"),
    "63038": Meaning("temporary", "the account's limit for today is reached: send it once more tomorrow"),
    "63040": Meaning("desk", f"the template was rejected by WhatsApp: look at it {CONSOLE}"),
    "63041": Meaning("desk", f"the template is paused by WhatsApp: look at it {CONSOLE}"),
    "63042": Meaning("desk", f"the template is disabled by WhatsApp: choose another {CONSOLE}"),
    "63049": Meaning("permanent", "WhatsApp chose not to deliver it: reach them another way"),
    "63051": Meaning("desk", f"our WhatsApp business account is locked: look at it {CONSOLE}"),
    "63112": Meaning("desk", f"our business account is disabled by the channel: look at it {CONSOLE}"),
}  # fmt: skip

MEANINGS: dict[str, Meaning] = {**_REFUSED, **_DELIVERY, **_CHANNELS}


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
