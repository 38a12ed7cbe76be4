"""What is written with digits or an "@" and may be somebody else's: card, telephone, national insurance and bank
numbers, addresses of the internet, postcodes and streets. Pure; called by `detection`.

Every pattern is bounded, so that a text is read in time that grows with its length alone.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import NamedTuple

import phonenumbers

_BETWEEN = r"[ \t\r\n\u00a0\u00ad\u2000-\u200f\u2010-\u2015\u202f\u2060\u3000\ufeff.\-]"
_DIGITS = re.compile(rf"\d(?:{_BETWEEN}{{0,3}}\d)*+")
_GROUP = re.compile(r"\d+")
CARD_LENGTHS = range(13, 20)
_ISSUED = re.compile(r"(?:4\d{15}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|6(?:011|5\d\d)\d{12}|35\d{14})")
_MOST_GROUPS = 19
_LEAST_GROUP = 3
"""Cards are printed in groups of three digits and more; what is grouped otherwise, such as a table of figures, is one
only when an issuer's number has that beginning and length."""

_EMAIL = re.compile(
    r"[^\W_](?:[\w.+%'\u2019\-]{0,63})@[^\W_][\w\-]{0,62}(?:\.[\w\-]{1,63}){1,8}"
    r"|[^\W_][\w.+\-]{0,63} ?(?:\(at\)|\[at\]|\{at\}) ?[\w\-]{1,63}(?: ?(?:\.|\(dot\)|\[dot\]) ?[\w\-]{1,63}){1,4}",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\w@])(?:\+|\(|00)?\d(?:[\s()./\-\u00a0\u2010-\u2015]{0,3}\d){6,16}(?!\w)")
_NINO = re.compile(
    r"(?<![A-Za-z0-9])[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ \-]?\d\d[ \-]?\d\d[ \-]?\d\d[ \-]?[A-D](?![A-Za-z0-9])",
    re.IGNORECASE,
)
_V4 = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d]|\.\d)")
_V6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:(?<=:)\d{1,3}(?:\.\d{1,3}){3})?(?![\w:])")
_POSTCODE = re.compile(
    r"(?<![A-Za-z0-9])(?:GIR ?0AA|[A-Z]{1,2}\d[A-Z\d]?[ \u00a0]{0,2}\d[ABD-HJLNP-UW-Z]{2})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_STREETS = (
    "street|st|road|rd|avenue|ave|lane|ln|drive|dr|close|crescent|cres|court|ct|place|pl|terrace|way|gardens|gdns|"
    "square|sq|grove|row|hill|park|walk|mews|view|wynd|brae|quay|parade|green|loan"
)
_STREET = re.compile(
    r"(?<!\w)(?:(?:flat|apartment|apt|unit|room)\.? ?\d{1,5}[a-z]?,? ?)?\d{1,5}[a-z]?(?:[/\-]\d{1,4})?,? "
    rf"(?:[^\W\d_][\w'\u2019.\-]{{0,30}} ){{1,4}}(?:{_STREETS})(?!\w)\.?",
    re.IGNORECASE,
)
_TO_POSTCODE = 90
"""Characters in which a postcode after a street belongs to the same address."""
_SORT_CODE = re.compile(r"(?<![\d\-])\d\d[ \-]?\d\d[ \-]?\d\d(?![\d\-])")
_ACCOUNT = re.compile(r"(?<![\d\-])\d{6,10}(?![\d\-])")
_BANK_WORDS = re.compile(r"\b(?:sort ?code|s/c|account|acc(?:t|ount)?|a/c|bank(?:ing)?|iban)\b", re.IGNORECASE)
_NEAR = 40
_IBAN = re.compile(
    r"(?<![A-Za-z0-9])[A-Z]{2}\d\d(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])",
    re.IGNORECASE | re.ASCII,  # without ASCII, "İ" would pass for an "I"
)


class Hit(NamedTuple):
    """Where something stands, half open, in characters; `confidence` from 0 to 1."""

    start: int
    end: int
    kind: str
    confidence: float


def passes_luhn(digits: str) -> bool:
    """Whether the last of the digits is the check digit of the others (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - the sum of the two digits of 10 to 18
    return total % 10 == 0


def numbers(text: str) -> Iterator[Hit]:
    """Everything of these kinds in a text, in no order, perhaps overlapping."""
    yield from cards(text)
    for found in _EMAIL.finditer(text):
        yield Hit(found.start(), found.end() - len(found[0]) + len(found[0].rstrip(".-_'\u2019")), "email", 0.98)
    yield from _phones(text)
    for found in _NINO.finditer(text):
        yield Hit(*found.span(), "nino", 0.95)
    yield from _internet(text)
    yield from _places(text)
    yield from _bank(text)


def cards(text: str) -> Iterator[Hit]:
    """Card numbers: 13 to 19 digits with a right check digit, with spaces or dashes between groups.

    A number begins where a group of digits does; one of a known issuer may be followed by more digits at once, as
    when a date was typed behind it without a space.
    """
    for run in _DIGITS.finditer(text):
        groups = [(run.start() + each.start(), each[0]) for each in _GROUP.finditer(run[0])]
        place = 0
        while place < len(groups):
            taken = _card_from(groups, place)
            if taken is None:
                place += 1
                continue
            count, end = taken
            yield Hit(groups[place][0], end, "card", 1.0)
            place += count


def _card_from(groups: list[tuple[int, str]], first: int) -> tuple[int, int] | None:
    """The longest card number from that group: how many groups it takes, and where it ends in the text."""
    digits, found, even = "", None, True
    for count, (start, group) in enumerate(groups[first : first + _MOST_GROUPS], 1):
        digits += group
        even = even and len(group) >= _LEAST_GROUP
        plausible = len(set(digits)) > 1 if even else _ISSUED.fullmatch(digits)
        if len(digits) in CARD_LENGTHS and plausible and passes_luhn(digits):
            found = count, start + len(group)
        if len(digits) > CARD_LENGTHS[-1]:
            break
    issued = _ISSUED.match(groups[first][1])
    if found is None and issued and passes_luhn(issued[0]):
        return 1, groups[first][0] + len(groups[first][1])
    return found


def _phones(text: str) -> Iterator[Hit]:
    for found in _PHONE.finditer(text):
        # A bracket that is not closed within the number stands around it: "(07911 123456)".
        start = found.start() + (found[0].startswith("(") and ")" not in found[0])
        written = text[start : found.end()]
        digits = sum(map(str.isdigit, written))
        likely = written.lstrip("(").startswith(("0", "+"))
        try:
            number = phonenumbers.parse(written, "GB")
        except phonenumbers.NumberParseException:
            continue
        valid = phonenumbers.is_valid_number(number)
        if valid or (likely and 9 <= digits <= 15):  # noqa: PLR2004 - E.164 has 15 at most
            # Without a leading 0 or + it may be any number of that length, such as an order's.
            yield Hit(start, found.end(), "phone", 0.95 if valid and likely else 0.6 if likely else 0.4)


def _internet(text: str) -> Iterator[Hit]:
    for pattern in (_V4, _V6):
        for found in pattern.finditer(text):
            try:
                ipaddress.ip_address(found[0])
            except ValueError:
                continue
            yield Hit(*found.span(), "ip", 0.8)


def _places(text: str) -> Iterator[Hit]:
    codes = [found.span() for found in _POSTCODE.finditer(text)]
    for start, end in codes:
        yield Hit(start, end, "address", 0.9)
    behind = iter([*codes, (len(text) + _TO_POSTCODE + 1, 0)])
    code = next(behind)
    for street in _STREET.finditer(text):
        while code[0] < street.end():
            code = next(behind)
        near = code[0] - street.end() <= _TO_POSTCODE
        yield Hit(street.start(), code[1] if near else street.end(), "address", 0.9 if near else 0.8)


def _bank(text: str) -> Iterator[Hit]:
    for found in _IBAN.finditer(text):
        compact = found[0].replace(" ", "").upper()
        if int("".join(str(int(each, 36)) for each in compact[4:] + compact[:4])) % 97 == 1:
            yield Hit(*found.span(), "bank", 0.98)
    ends = [found.end() for found in _BANK_WORDS.finditer(text)]
    place = 0
    for pattern in (_SORT_CODE, _ACCOUNT):
        place = 0
        for found in pattern.finditer(text):
            while place < len(ends) and ends[place] <= found.start() - _NEAR:
                place += 1
            if place < len(ends) and ends[place] <= found.start():
                yield Hit(*found.span(), "bank", 0.85)
