"""Whether somebody asks for what was said here by another channel: their conversation by email, answers by email, or to
go on elsewhere; and to which address. Pure; called by the three `…_turns` that carry it out.

A request for one's data is another thing, with a date by law: whatever speaks of data, of more than this conversation,
or of much else is left to `intents`. What the chat's own form says for its visitor (channels/webchat/frames.py) is one
of these requests.
"""

from __future__ import annotations

import re

from channels.mail.addresses import normal

MOST, MOST_WORDS = 500, 30
"""Characters and words of such a message; what is longer asks for more."""
_MAILBOX = r"[^\s<>,;:()\"']{1,64}@[^\s<>,;:()\"']{1,255}"
_MAIL_ADDRESS = re.compile(_MAILBOX)
_ANY_ADDRESS = re.compile(_MAILBOX + r"|\+?\d[\d \-()]{7,18}\d")

_THING = r"(?:transcript|(?:this|our|the|my|that) (?:whole |entire |full )?(?:conversation|chat|discussion|thread))"
_TRANSCRIPT = re.compile(
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

_BEGINS = (
    r"(?:(?:hi|hello|ok|okay|thanks|thank you|no|yes|sorry)\b[\s,.!]*)*"
    r"(?:(?:can|could|would|will) (?:you|u|we) )?(?:please |pls |just )*"
)
_ANSWERS = re.compile(
    _BEGINS + r"(?:(?:e-?mail|mail) me (?:with )?(?:the |your |any |all )?(?:answers?|repl(?:y|ies)|response)"
    r"|(?:send|forward) (?:me )?(?:the |your |any |all )?(?:answers?|repl(?:y|ies)|response)"
    r"(?: to me)? (?:(?:by|via|in an) e-?mail|(?:to|at|on) (?:my (?:e-?mail|mail)(?: address)?|ADDRESS@)))"
    r"(?:[\s,]*(?:here |instead |please |to |at |on |by |it'?s |via |e-?mail |my |address |is )*(?:ADDRESS@)?)?"
    r"(?: please| thanks| thank you)?\W*",
    re.IGNORECASE,
)
_GO_ON = re.compile(
    _BEGINS + r"(?:(?:e-?mail|mail|text|sms|message) me (?:instead|from now on)"
    r"|(?:e-?mail|text|sms) me (?:at|on) ADDRESS@ instead"
    r"|(?:continue|carry on|go on|move) (?:this |it )?(?:by|via|over|to|in) (?:an? )?(?:e-?mail|mail|text|sms))"
    r"[\s,:]*(?:(?:please|at|on|to|my|number|address|it'?s|is|e-?mail)\b[\s,:]*)*(?:ADDRESS@)?"
    r"[\s,]*(?:please|thanks|thank you|instead)?\W*",
    re.IGNORECASE,
)


def asks_for_transcript(text: str) -> bool:
    """Whether the message asks for this conversation by email, and for nothing else.

    >>> asks_for_transcript("Can you email me a transcript of this chat?")
    True
    >>> asks_for_transcript("send me a copy of my data from this chat")
    False
    """
    if not _is_short(text):
        return False
    words = _MAIL_ADDRESS.sub(" ADDRESS@ ", text)
    return bool(_TRANSCRIPT.search(words) and _BY_MAIL.search(words) and not _MORE.search(words))


def asks_for_answers(text: str) -> bool:
    """Whether the message asks for answers by email, and for nothing else.

    >>> asks_for_answers("can you email me the answer at sam@example.com?")
    True
    >>> asks_for_answers("email me the answer and all my data")
    False
    """
    return _is_short(text) and bool(_ANSWERS.fullmatch(_MAIL_ADDRESS.sub("ADDRESS@", text.strip()) + " "))


def asks_to_go_on(text: str) -> bool:
    """Whether the message asks to go on by another channel, and for nothing else.

    >>> asks_to_go_on("can you email me instead at sam@example.com?"), asks_to_go_on("email me my data instead")
    (True, False)
    """
    return _is_short(text) and bool(_GO_ON.fullmatch(_ANY_ADDRESS.sub("ADDRESS@", text.strip())))


def mail_address(text: str) -> str:
    """The mail address that the message names, "" where it names none or several."""
    found = {normal(each.rstrip(".!?")) for each in _MAIL_ADDRESS.findall(text)} - {""}
    return found.pop() if len(found) == 1 else ""


def _is_short(text: str) -> bool:
    return len(text) <= MOST and len(text.split()) <= MOST_WORDS
