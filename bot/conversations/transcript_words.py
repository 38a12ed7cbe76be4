"""Whether somebody asks for their conversation by email, and to which address. Pure; called by `transcript_turns`.

A request for one's data is another thing, with a date by law: whatever speaks of data, of more than this conversation,
or of much else is left to `intents`.
"""

from __future__ import annotations

import re

from channels.mail.addresses import normal

MOST_WORDS = 30
_THING = r"(?:transcript|(?:this|our|the|my|that) (?:whole |entire |full )?(?:conversation|chat|discussion|thread))"
_ASKS = re.compile(
    rf"\b(?:e-?mail|send|forward|mail|get|have|want|need|give)\b[^.?!]{{0,60}}\b{_THING}\b"
    rf"|\b{_THING}\b[^.?!]{{0,30}}\b(?:by|to|as an?|per|via|in an?) (?:my )?e-?mail\b",
    re.IGNORECASE,
)
_BY_MAIL = re.compile(r"e-?mail|\bmail\b|transcript|\bsend\b|\bforward\b|@", re.IGNORECASE)
_MORE = re.compile(
    r"\b(?:data|information|info|personal|records?|details|everything|all|eras\w*|delet\w*|remov\w*|stop\w*|not|don'?t|never|"
    r"hold|held|recordings?|person|human|agent|someone|somebody|continue|carry|move|law|"
    r"legal|gdpr|rights?|subject access|sar|dsar)\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[^\s<>,;:()\"']{1,64}@[^\s<>,;:()\"']{1,255}")


def asks(text: str) -> bool:
    """Whether the message asks for this conversation by email, and for nothing else.

    >>> asks("Can you email me a transcript of this chat?"), asks("send me a copy of my data from this chat")
    (True, False)
    """
    if len(text) > 500 or len(text.split()) > MOST_WORDS:  # noqa: PLR2004  30 words are no longer
        return False
    words = _ADDRESS.sub(" ADDRESS@ ", text)
    return bool(_ASKS.search(words) and _BY_MAIL.search(words) and not _MORE.search(words))


def address(text: str) -> str:
    """The mail address that the message names, "" where it names none or several."""
    found = {normal(each.rstrip(".!?")) for each in _ADDRESS.findall(text)} - {""}
    return found.pop() if len(found) == 1 else ""
