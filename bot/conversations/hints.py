"""What a request says beside what it asks for: that somebody asks for another person, that a copy is to come before
deleting, that a request is taken back. Pure; called by `intents` with plain words (`intent_text.plain`).

They change what staff are told and how a ticket is opened; none of them opens or ends one. A hint that is wrong costs a
customer a needless question, so each pattern wants the words of who asks ("I act for", "on behalf of my mother"), and a
name alone is none.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple


class Hints(NamedTuple):
    """`agent` is who asks for somebody else, a word of `tickets.vocabulary.AGENTS` or "". `copy_first` says that a copy
    is wanted before something is deleted: asked for here, or awaited ("once I have my data"). `withdraws` says that
    they take a request back.
    """

    agent: str = ""
    copy_first: Literal["", "asked", "awaited"] = ""
    withdraws: bool = False


NONE = Hints()

_CHILD = (
    r"(?:(?:young|little|baby|eldest|youngest|\w+ year old) )?(?:son|daughter|child|children|kid|kids|baby|boy|girl)"
)
_ADULT = (
    r"(?:(?:late|elderly|dear|old) )?(?:mother|father|mum|mom|mam|dad|parents|wife|husband|partner|spouse|brother"
    r"|sister|grandmother|grandfather|grandma|grandad|gran|nan|aunt|uncle|friend|neighbour|tenant|patient)"
)
_TITLE = r"(?:mr|mrs|ms|miss|mx|dr|prof|professor|sir|lady|lord)"
_DATA = r"(?:data|information|info|records?|details|files?|everything|anything|hold|held|holding|stored?|kept?|keep)"
_ABOUT = rf"\b{_DATA}(?: \w+){{0,5}} (?:about|on|of|for|from|regarding|concerning) (?:my|our)"
_ASKS_FOR = r"\b(?:act|acting|ask|asking|write|writing|request|requesting) for (?:my|our)"
_LAWYER = r"(?:solicitors?|lawyers?|barristers?|legal representatives?)"
_ATTORNEY = r"(?:lasting |enduring )?power of attorney"


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


_AGENTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("power_of_attorney", _any(
        rf"(?<!need )(?<!need a )(?<!without )(?<!without a )(?<!no )\b{_ATTORNEY} (?:for|of|over|on behalf)\b",
        rf"\b(?:hold|have|holding|under|with|by) (?:a |the |my |full |registered )*{_ATTORNEY}\b",
        rf"\battorney for (?:my|{_TITLE})\b",
        r"\b(?:as|am) (?:the |her |his |their )?(?:court appointed )?deputy (?:for|of)\b",
    )),
    ("solicitor", _any(
        r"\b(?:we|i) (?:are|am|have been|were|was) (?:instructed|retained|engaged) (?:by|to act)\b",
        r"\b(?:on behalf of|act for|acting for|represent|representing|about|for|of) (?:my|our) client\b",
        r"\b(?:my|our) client (?:has|wants|requests?|asks|wishes|requires|would)\b",
        r"\bwe (?:act|are acting) (?:for|on behalf of)\b",
        rf"\b(?:am|are|as) (?:the )?{_LAWYER} (?:for|of|acting)\b",
        rf"\b(?:am|are) (?:his|her|their) {_LAWYER}\b",
    )),
    ("parent", _any(
        rf"\bon behalf of (?:my|our) {_CHILD}\b",
        rf"\bon (?:my|our) {_CHILD}(?: s)? behalf\b",
        rf"{_ASKS_FOR} {_CHILD}\b",
        rf"{_ABOUT} {_CHILD}\b",
        r"\b(?:am|as) (?:the |her |his |their )(?:mother|father|mum|dad|parent|legal guardian|guardian)"
        r"(?: of| and| so| $|$)",
        r"\b(?:have|hold|with) parental responsibility\b",
    )),
    ("other", _any(
        rf"\bon behalf of (?:my|our|a|another) {_ADULT}\b",
        rf"\bon (?:my|our) {_ADULT}(?: s)? behalf\b",
        rf"\bon behalf of {_TITLE} \w+",
        rf"{_ASKS_FOR} {_ADULT}\b",
        rf"\bi (?:act|am acting) (?:for|on behalf of) (?:{_TITLE}|my|our|the|a)\b",
        rf"{_ABOUT} {_ADULT}\b(?! (?:and|or) (?:i|me)\b)",
        r"\bon (?:his|her|their) behalf\b",
    )),
)  # fmt: skip

_ERASE = r"(?:delet(?:e|ed|ing)|eras(?:e|ed|ing)|remov(?:e|ed|ing)|wip(?:e|ed|ing)|destroy(?:ed)?|clos(?:e|ed|ing))"
_COPY = (
    r"(?:cop(?:y|ies)"
    r"|(?:send|sent|give|get|download|export|see|have|want|receive|show)(?: me| us)?(?: \w+){0,4}"
    r" (?:data|information|info|everything|files?|records?|details)"
    r"|(?:send|give|show)(?: me| us) (?:it|them|all|what you))"
)
_HAVING = (
    r"\b(?:once|after|when|as soon as) (?:i(?: have| had)? (?:have|had|get|got|receive|received)"
    r"|you(?: have| had)? (?:send|sent|give|given))"
    r" (?:\w+ ){0,3}(?:data|cop(?:y|ies)|it|them|that|information|everything|files?|records?)\b"
)
_BEFORE = rf"\bbefore (?:you |it is |they are |anything is |any of it is )?(?:\w+ ){{0,2}}{_ERASE}\b"
_THEN = r"\b(?:then|after that|afterwards|after which)\b"
_DELETING = re.compile(rf"\b{_ERASE}\b")
# Order between a copy and deleting; it counts only where something is to be deleted. How far apart the two may stand is
# bounded, so that a crafted message costs little.
_COPY_ASKED = _any(
    rf"{_BEFORE}(?=.{{0,200}}\b{_COPY}\b)",
    rf"\b{_COPY}\b[^?]{{0,200}}{_BEFORE}",
    rf"\b{_COPY}\b[^?]{{0,100}} first\b",
    rf"\bfirst(?: \w+){{0,4}} {_COPY}\b",
    rf"\b{_COPY}\b[^?]{{0,200}}{_THEN}(?: \w+){{0,6}} {_ERASE}\b",
    rf"\b{_COPY}\b[^?]{{0,60}} (?:and|plus|also)(?: \w+){{0,3}} {_ERASE}\b",
    rf"\b{_ERASE}\b[^?]{{0,60}} (?:and|plus|also|but)(?: \w+){{0,4}} {_COPY}\b",
)
_COPY_AWAITED = _any(
    rf"{_HAVING}[^.?]{{0,100}}\b{_ERASE}\b",
    rf"\b{_ERASE}\b[^.?]{{0,100}}{_HAVING}",
)

_WHICH = (
    r"(?:my|the|that|this|our|previous|earlier|last|data|subject|access|personal|erasure|deletion|privacy|gdpr"
    r"|information)"
)
_BACK = (
    r"(?:withdraw(?:ing)?|cancel(?:ling)?|retract(?:ing)?|drop(?:ping)?|scrap|abandon|call off|take back"
    r"|forget(?: about)?|never mind(?: about)?|ignore|disregard|do not (?:need|want|bother with)"
    r"|no longer (?:need|want)|changed my mind about)"
)
_TAKEN_BACK = re.compile(rf"\b{_BACK} (?:{_WHICH} ){{1,5}}(?:requests?|sar|dsar|application)\b(?! to be\b)")
_CLAUSE_ENDS = re.compile(r" [.,?]| (?:and|but|just|instead)\b")
_ONLY_ASKED = re.compile(
    r"\b(?:can i|could i|may i|how do i|how can i|how to|what if|if i|should i|do i|not|never|did you|have you|why|you"
    r"|who|they)(?: \w+){0,2} (?:withdraw|cancel|retract|drop|scrap|abandon|forget|ignore|disregard)"
)
_WILL_YOU = re.compile(
    r"\b(?:can|could|would|will) you (?:please |kindly )?(?:withdraw|cancel|retract|drop|forget|ignore)"
)


def hints(words: str) -> Hints:
    """The hints in plain words, those of `intent_text.plain`."""
    order: Literal["", "asked", "awaited"] = ""
    if not _DELETING.search(words):
        order = ""
    elif _COPY_ASKED.search(words):
        order = "asked"
    elif _COPY_AWAITED.search(words):
        order = "awaited"
    return Hints(_agent(words), order, _withdraws(words))


def without_withdrawal(words: str) -> str:
    """What is left to be understood beside the clause that takes a request back."""
    found = _TAKEN_BACK.search(words)
    if not found:
        return words
    begins = max(words.rfind(mark, 0, found.start()) for mark in (" .", " ?", " ,")) + 1
    ends = _CLAUSE_ENDS.search(words, found.end())
    return f"{words[:begins]} {words[ends.end() :] if ends else ''}".strip(" .,?")


def _agent(words: str) -> str:
    return next((kind for kind, pattern in _AGENTS if pattern.search(words)), "")


def _withdraws(words: str) -> bool:
    """Whether a sentence plainly takes a request back: no question whether one may, and nothing about others' doing."""
    if not _TAKEN_BACK.search(words):
        return False
    return bool(_WILL_YOU.search(words)) or not _ONLY_ASKED.search(words)
