"""What a telephone call is and what is said in it, without the network: where it stands, the words of a webhook, words
that a voice can read, and the settings. Used by voice.py alone. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from multidict import MultiDict

from channels.base import DeliveryReport, InboundMessage, Received
from channels.errors import Undecodable
from channels.twilio_form import fields_of, first

PATH = "/voice/twilio"
MOST_SPOKEN = 4_000
"""Characters that one <Say> takes; Twilio's own limit is 4,096."""
HARDLY = 0.35
"""Below this confidence Twilio's words are mostly not what was said: they are kept, asked for again, not answered."""
KEYS = {"0": "I'd like to speak to a person.", "9": "Text me the link, please."}
# How Twilio writes a withheld number: https://www.twilio.com/docs/voice/twiml#request-parameters
_WITHHELD = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})
_SID = re.compile(r"CA[0-9a-fA-F]{32}")
NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_WEB = re.compile(r"https?://\S+")
_REFERENCE = re.compile(r"\bDR-([0-9A-Z]{5})-([0-9A-Z]{5})\b")
_NO_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"(\w{3})-(\w{3}) ([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")

SAYS = {
    "hello": "Hello. This is the automatic privacy desk of {site}. What you say is written down and kept.",
    "recorded": "This call is recorded.",
    "ask": "Ask what our privacy policy says, or ask for the data we hold about you. For a person, press 0.",
    "more": "You can ask something else. To hear that again, press star. For a person, press 0.",
    "text": "To get it as a text message, press 9.",
    "moment": "One moment, please.",
    "unheard": "I did not hear anything.",
    "unclear": "I did not understand that well. Please say it again in other words, or press 0 for a person.",
    "not_kept": "I could not write that down. Please say it again.",
    "through": "I'm putting you through to a person now.",
    "nobody": "Nobody can take your call just now. What you said is written down for our team.",
    "number": "They have the number you are calling from.",
    "no_number": "Your number is withheld: say one if you would like to be called back.",
    "say_more": "Say whatever they should know, or hang up.",
    "noted": "That is written down. Say more, or hang up.",
    "late": "I can't answer that now.",
    "too_many": "Sorry. This number has called us very often in the last hour.",
    "bye": "Goodbye.",
}


@dataclass(frozen=True, slots=True)
class Call:
    """Where a call stands. `turn` counts what is said from 1, `round` the waits for one answer, `missed` what was not
    heard in a row; while `noting` a person has it and all that is said is written down for them.
    """

    sid: str
    address: str
    site: str
    turn: int = 1
    round: int = 0
    missed: int = 0
    noting: bool = False

    @property
    def number(self) -> str:
        """The number that the call shows, which proves nothing; "" where it is withheld or no telephone's."""
        return self.address.partition(" ")[0] if NUMBER.match(self.address) else ""

    @property
    def key(self) -> str:
        """What names this turn, for ever."""
        return f"{self.sid}:{self.turn}"

    def next(self) -> Call:
        """The turn after this one."""
        return replace(self, turn=self.turn + 1, round=0, missed=0)

    def path(self, step: str) -> str:
        """The path of the webhook at which the call goes on."""
        state = {"turn": self.turn, "round": self.round, "missed": self.missed, "noting": int(self.noting)}
        return f"{PATH}/{step}?{urlencode(state)}"


class Hours(NamedTuple):
    """When somebody takes calls, by the desk's own clock."""

    days: range
    start: time
    end: time

    def hold(self, now: datetime) -> bool:
        """Whether `now`, by that clock, is within them."""
        return now.weekday() in self.days and self.start <= now.time() < self.end


def decode(received: Received) -> InboundMessage | DeliveryReport:
    """From the fields of a webhook to a message. `facts`: kind said, person, dialled or status; format, site, key.

    Raises:
        Undecodable: it is of no call, or says nothing.
    """
    facts = received.facts
    fields = fields_of(received.payload, is_json=facts.get("format") == "json")
    kind, line = facts.get("kind"), str(facts.get("line", ""))
    if kind == "status" and line:
        return DeliveryReport("undelivered", provider_id=line, text="They hung up before this was said")
    call = call_of(fields, {}, str(facts.get("site", "")))
    if call is None:
        raise Undecodable("the webhook names no call: look at its fields in the Twilio console")
    text, automatic, evidence = _message(fields, str(kind))
    if not text:
        raise Undecodable("nothing was said and no key pressed")
    return InboundMessage(
        address=call.address, recipient=first(fields, "To"), text=text, site=call.site,
        message_id=str(facts.get("key", "")), automatic=automatic, evidence=evidence,
        account=first(fields, "AccountSid"),
    )  # fmt: skip


def _message(fields: MultiDict[str], kind: str) -> tuple[str, str, Mapping[str, str]]:
    """The words as they stand in the conversation, why no machine answers them, and the evidence."""
    if kind == "person":
        return KEYS["0"], "", {"spoken": "no: the call was passed on"}
    if kind == "dialled":
        seconds = first(fields, "DialCallDuration")
        spoke = first(fields, "DialCallStatus") in ("completed", "answered")
        text = (
            f"[They were put through, for {seconds or '?'} seconds]" if spoke else "[Nobody answered: call them back]"
        )
        return text, "what became of putting them through", {}
    heard = heard_in(fields)
    if first(fields, "Digits"):
        return KEYS.get(heard, heard), "", {"pressed": heard}
    hardly = "speech that was hardly heard" if unclear(fields) else ""
    evidence = {"spoken": f"heard with a confidence of {first(fields, 'Confidence') or 'unknown'}"}
    verified = first(fields, "StirVerstat")
    return heard, hardly, evidence | ({"caller id": verified[:60]} if verified else {})


def heard_in(fields: MultiDict[str]) -> str:
    """The key that was pressed, or the words that Twilio heard; "" for neither."""
    return first(fields, "Digits")[:1] or first(fields, "SpeechResult")


def unclear(fields: MultiDict[str]) -> bool:
    """Whether Twilio itself hardly believes the words; where it says nothing of that they count."""
    try:
        return not first(fields, "Digits") and float(first(fields, "Confidence") or 1) < HARDLY
    except ValueError:
        return False


def call_of(fields: MultiDict[str], state: Mapping[str, str], site: str) -> Call | None:
    """The call that a webhook is of, and where it stands; None where that can't be read."""
    sid, caller = first(fields, "CallSid"), "".join(first(fields, "From").split())[:120]
    counts = [state.get(name, default) for name, default in (("turn", "1"), ("round", "0"), ("missed", "0"))]
    if not _SID.fullmatch(sid) or not all(re.fullmatch(r"\d{1,4}", count, re.ASCII) for count in counts):
        return None
    known = caller.startswith(("sip:", "client:")) or (NUMBER.fullmatch(caller) and caller not in _WITHHELD)
    turn, waited, missed = (int(count) for count in counts)
    address = f"{caller if known else 'withheld'} {sid}"
    return Call(sid, address, site, max(turn, 1), waited, missed, state.get("noting") == "1")


def speakable(text: str) -> str:
    """Text as a voice can read it: no web addresses, references letter by letter, nothing that XML has no place for."""
    said = _WEB.sub("the web page", _NO_XML.sub(" ", text))
    said = _REFERENCE.sub(lambda found: f"D R, {' '.join(found[1])}, {' '.join(found[2])}", said)
    return said if len(said) <= MOST_SPOKEN else said[:MOST_SPOKEN].rsplit(" ", 1)[0]


def hours_of(setting: str) -> Hours | None:
    """DESK_VOICE_HOURS, like "mon-fri 09:00-17:30"; None for always. Raises ValueError."""
    if not setting.strip():
        return None
    found = _HOURS.fullmatch(setting.strip().lower())
    if not found or found[1] not in _DAYS or found[2] not in _DAYS:
        raise ValueError("DESK_VOICE_HOURS can't be read: write it like mon-fri 09:00-17:30")
    days = range(_DAYS.index(found[1]), _DAYS.index(found[2]) + 1)
    hours = Hours(days, time(int(found[3]), int(found[4])), time(int(found[5]), int(found[6])))
    if not days or hours.start >= hours.end:
        raise ValueError("DESK_VOICE_HOURS ends before it begins: write it like mon-fri 09:00-17:30")
    return hours


def languages_of(setting: str, sites: Sequence[str]) -> Mapping[str, str]:
    """DESK_VOICE_LANGUAGE by site, "" for all others: "en-GB", or "en-GB,easyspace=en-IE". Raises ValueError."""
    found = {"": "en-GB"}
    for entry in filter(None, (each.strip() for each in setting.split(","))):
        site, _, language = entry.rpartition("=")
        if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}", language) or (site and site not in sites):
            raise ValueError("DESK_VOICE_LANGUAGE can't be read: write it like en-GB, or en-GB,easyspace=en-IE")
        found[site] = language
    return found


def calls_an_hour(setting: str, usual: int) -> int:
    """DESK_VOICE_CALLS_AN_HOUR, 0 for no limit, `usual` where it is unset. Raises ValueError."""
    if not setting.strip():
        return usual
    if not re.fullmatch(r"\d{1,4}", setting.strip(), re.ASCII):
        raise ValueError("DESK_VOICE_CALLS_AN_HOUR is no number from 0 to 9999: write it like 20, or 0 for no limit")
    return int(setting)


def call_again(now: datetime, wait: float) -> str:
    """When somebody may call again who must wait so many seconds, by the clock of `now`, a minute later at least.

    >>> call_again(datetime(2026, 11, 20, 12, 0, 30), 170)
    'Please call again after 12:04. You can also write to us at any time.'
    """
    at = now + timedelta(seconds=wait)
    at = at.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return f"Please call again after {at:%H:%M}. You can also write to us at any time."


def yes_or_no(setting: str, name: str) -> bool:
    """A setting that is yes or no; "" is no. Raises ValueError."""
    if setting.strip().lower() not in ("", "no", "yes"):
        raise ValueError(f"{name} is neither yes nor no")
    return setting.strip().lower() == "yes"
