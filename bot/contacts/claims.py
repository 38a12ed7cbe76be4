"""What somebody says of themselves, read out of their own words: "Ann Baker, G1 1AA, account 4471". Pure and total.

What can't be read is left out: nothing is guessed, for a person sees the words as well.
"""

from __future__ import annotations

import re
from datetime import date, datetime

import phonenumbers

LONGEST = 2_000
"""Characters of a message that are read."""
LONGEST_NAME = 120
MOST_WORDS = 5
"""Words of a name."""
COUNTRY = "GB"

_EMAIL = re.compile(r"[\w.+'-]{1,64}@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_POSTCODE = re.compile(r"\b([A-Z]{1,2}\d[A-Z\d]?)\s*(\d[A-Z]{2})\b", re.IGNORECASE | re.ASCII)
_REFERENCE = re.compile(
    r"\b(?:account|customer|client|member(?:ship)?|reference|ref|acc|a/c|order|invoice|contract)\b\W{0,3}"
    r"(?:(?:number|no|num|id|ref|reference|code|is|are|was)\b\W{0,3}){0,3}"
    r"((?=[A-Z]*[-/]?[A-Z]*\d)[A-Z0-9][A-Z0-9/-]{2,23})\b",
    re.IGNORECASE | re.ASCII,
)
_BARE = re.compile(r"(?<![\w/.-])([A-Z]{0,3}-?\d{3,12})(?![\w/-])", re.IGNORECASE | re.ASCII)
"""A number that nothing is said of: their own one at the company, which was asked for."""
_PHONE = re.compile(r"\+?\d[\d ()-]{8,18}\d", re.ASCII)
_DAY = re.compile(
    r"\b(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[./-](\d{1,2})[./-](\d{4})|(\d{1,2})(?:st|nd|rd|th)?\s+([A-Z]{3,9})\.?,?\s+(\d{4}))\b",
    re.IGNORECASE | re.ASCII,
)
_INTRO = re.compile(
    r"^\W*(?:(?:hi|hello|hey|thanks|thank you|ok|okay|yes|sure|dear \w+)\W+)*"
    r"(?:(?:my|the|full|name|is|it's|its|i'm|i am|this|here|details|are|called)\W+)*",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"\b(?:my|and|the|full|name|post ?code|zip|birthday|date|of|birth|born|dob|on|is|email|e-mail|mail|phone|mobile|"
    r"number|address|tel|live|lives|at|in|i|account|customer|reference)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*\.?")
_NO_NAME = frozenset(
    (  # noqa: SIM905  as a list of words it would take forty lines
        "why what how when where who which do does did can could should would will you your yours we it that this "
        "need want not no never please code data help stop person because already know sure don't dont yes thanks ask "
        "have has still here there again send sent got get be been was were me"
    ).split()
)
"""Words that stand in sentences and in no name."""


def parse(text: str) -> dict[str, str]:
    """The details in a message, by the names of `matching.FIELDS`: as written but for blanks, a phone number as
    +447700900123, a birth date as YYYY-MM-DD. Empty where nothing can be read.
    """
    found, rest = _taken(text)
    name = _name(rest)
    return {"name": name, **found} if name else found


def nothing_else(text: str) -> bool:
    """Whether a message is nothing but details and what they are called: "customer number IOM-20117", "G1 1AA"."""
    found, rest = _taken(text)
    named = set(_name(rest).split())
    pieces = re.split(r"[,;\n:|]| - |\. ", rest)
    left = [word for piece in pieces for word in _WORD.findall(_LABEL.sub(" ", _INTRO.sub("", piece.strip())))]
    return bool(found) and not re.search(r"\d", rest) and set(left) <= named


def _taken(text: str) -> tuple[dict[str, str], str]:
    """The details that have a form of their own, and the rest of the text."""
    rest = text[:LONGEST].replace("\0", " ")
    found: dict[str, str] = {}
    for field, take in (
        ("email", _email), ("birth_date", _birth_date), ("reference", _reference), ("postcode", _postcode),
        ("phone", _phone), ("reference", _bare),
    ):  # fmt: skip
        value, rest = take(rest) if field not in found else ("", rest)
        if value:
            found[field] = value
    return found, rest


def address(text: str) -> tuple[str, str] | None:
    """The one address in a message to which a code can be sent: ("mail", …) or ("sms", …); None for none or several."""
    text = text[:LONGEST]
    mails = {match[0].lower() for match in _EMAIL.finditer(text)}
    numbers = {number for match in _PHONE.finditer(_EMAIL.sub(" ", text)) if (number := _number(match[0]))}
    found = [("mail", each) for each in mails] + [("sms", each) for each in numbers]
    return found[0] if len(found) == 1 else None


def _email(text: str) -> tuple[str, str]:
    match = _EMAIL.search(text)
    return (match[0].lower(), _without(text, match)) if match else ("", text)


def _birth_date(text: str) -> tuple[str, str]:
    for match in _DAY.finditer(text):
        day = _day(*match.groups())
        if day is not None:
            return day.isoformat(), _without(text, match)
    return "", text


def _day(*parts: str | None) -> date | None:
    year, month, day, day2, month2, year2, day3, month3, year3 = parts
    try:
        if month3:
            number = datetime.strptime(month3[:3].title(), "%b").month  # noqa: DTZ007  a month has no zone
            return date(int(year3 or 0), number, int(day3 or 0))
        return date(int(year or year2 or 0), int(month or month2 or 0), int(day or day2 or 0))
    except ValueError:
        return None


def _reference(text: str) -> tuple[str, str]:
    match = _REFERENCE.search(text)
    return (match[1].upper(), _without(text, match)) if match else ("", text)


def _bare(text: str) -> tuple[str, str]:
    match = _BARE.search(text)
    return (match[1].upper(), _without(text, match)) if match else ("", text)


def _postcode(text: str) -> tuple[str, str]:
    match = _POSTCODE.search(text)
    return (f"{match[1]} {match[2]}".upper(), _without(text, match)) if match else ("", text)


def _phone(text: str) -> tuple[str, str]:
    for match in _PHONE.finditer(text):
        if number := _number(match[0]):
            return number, _without(text, match)
    return "", text


def _number(written: str) -> str:
    try:
        parsed = phonenumbers.parse(written, COUNTRY)
    except phonenumbers.NumberParseException:
        return ""
    possible = phonenumbers.is_possible_number(parsed)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) if possible else ""


def _name(text: str) -> str:
    """The first piece between commas, lines or semicolons that looks like a full name: two to five words."""
    for written in re.split(r"[,;\n:|]| - |\. ", text):
        piece = _LABEL.sub(" ", _INTRO.sub("", written.strip()))
        words = piece.split()
        if not 2 <= len(words) <= MOST_WORDS or len(piece) > LONGEST_NAME:  # noqa: PLR2004  a full name
            continue
        words = [word.strip(".,!?()\"'") for word in words]
        if all(word and _WORD.fullmatch(word) for word in words) and not _NO_NAME & {word.lower() for word in words}:
            return " ".join(words)
    return ""


def _without(text: str, match: re.Match[str]) -> str:
    """The rest of the text, with a comma where something was taken out, so that no name reaches over it."""
    return f"{text[: match.start()]},{text[match.end() :]}"
