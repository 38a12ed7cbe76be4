"""Words that only point at what is attached ("please see the attached file"). Pure.

They sound like somebody who wants to see a file, and ask for nothing: what the message asks stands in its other words,
or in what is attached, which a person reads.
"""

from __future__ import annotations

import re

_AT = frozenset(("attached", "attachment", "attachments", "enclosed", "enclosure", "enclosures"))
_BESIDE = frozenset(
    (
        *("please", "kindly", "see", "find", "look", "view", "open", "read", "check", "review", "refer", "here", "fyi"),
        *("the", "a", "an", "this", "that", "these", "my", "our", "your", "it", "is", "are", "have", "i", "we", "you"),
        *("to", "at", "in", "as", "with", "for", "and", "also", "herewith", "below", "hi", "hello", "thanks", ","),
        *("requested", "discussed", "agreed", "promised", "attention", "reference", "email", "mail", "message"),
        *("file", "files", "document", "documents", "letter", "letters", "form", "forms", "pdf", "scan", "scans"),
        *("fw", "fwd", "re"),
        *("image", "images", "picture", "pictures", "photo", "photos", "screenshot", "screenshots", "page", "pages"),
        *("invoice", "invoices", "receipt", "receipts", "contract", "spreadsheet", "paper", "papers", "winmail"),
    )
)
"""Words that may stand beside, and still nothing is said of data, of a request or of a right."""
_HELLO = re.compile(r"(?:hi|hello|hey|dear|good (?:morning|afternoon|evening))(?: \w+){0,3}")
_BYE = re.compile(r"(?:(?:kind|best|warm|many) )?(?:regards|thanks|wishes)\b|thank you\b|cheers\b|yours (?:\w+)")


def rest(words: str) -> str:
    """What plain words (`intent_text.plain`) say without the sentences that only point at something attached, and those
    that name it ("documents", in the subject above).

    >>> rest("good morning . please see attached . do you sell my data ?")
    'good morning . do you sell my data ?'
    """
    if not any(mark in words for mark in ("attach", "enclos")):
        return words
    parts = re.split(r"(?<= [.?]) ", words)
    if not any(_points(each) for each in parts):
        return words
    return " ".join(each for each in parts if not (_points(each) or _names(each))).strip(" .,")


def only(words: str) -> bool:
    """Whether plain words say nothing but that something is attached, with a greeting and a name at most."""
    left = rest(words)
    if left == words:
        return not words
    for each in filter(None, (part.strip(" .,") for part in left.split(" . "))):
        if _BYE.match(each):
            return True
        if not _HELLO.fullmatch(each):
            return False
    return True


def _points(sentence: str) -> bool:
    """Whether it says that something is attached, and nothing else."""
    words = set(sentence.strip(" .").split())
    return not _AT.isdisjoint(words) and _BESIDE.issuperset(words - _AT)


def _names(sentence: str) -> bool:
    return _BESIDE.issuperset(sentence.strip(" .").split())
