"""When a record agrees with what is claimed or proved: pure comparison of one field, as people really write it.

Called by data sources for `match` and `search`, so that "07700 900123" in a file is the number of "+447700900123".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime

import phonenumbers
from rapidfuzz import fuzz

from bot.contacts import forms
from bot.contacts.matching import Claim

HOME = "GB"
"""The country whose numbers are written without a country code."""
LONGEST = 320
"""Characters of a value that are compared."""
ALIKE = 90
"""From 0 to 100, how alike two names must be that may be one name misspelt: "Jon Smith" and "John Smith" are 95."""
_ONE_PERSONS = frozenset({"reference", "birth_date"})
"""Details that people who live together seldom share."""
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "dame", "rev"})
_DAYS = ("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d %B %Y", "%d %b %Y")


def email(value: object) -> str:
    """The address in lower case, without blanks; "" where it is none."""
    text = str(value or "").strip().lower()
    return text if "@" in text and len(text) <= LONGEST else ""


def phone(value: object) -> str:
    """The number as +447700900123, "" where it can't be one; numbers with no country are taken for `HOME`'s."""
    text = str(value or "").strip()
    if not 5 <= sum(map(str.isdigit, text)) <= 17:  # noqa: PLR2004  E.164 has fifteen at most, with 00 before
        return ""
    try:
        parsed = phonenumbers.parse(text[:40], HOME)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def phone_at_home(value: str) -> str:
    """A number of `HOME` as it is dialled there, digits only: 07700900123; "" for another country's."""
    try:
        parsed = phonenumbers.parse(value[:40])
    except phonenumbers.NumberParseException:
        return ""
    if parsed.country_code != phonenumbers.country_code_for_region(HOME):
        return ""
    national = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    return "".join(filter(str.isdigit, national))


def name(value: object) -> frozenset[str]:
    """The words of a name without case, accents and titles: in any order they are the same name."""
    plain = unicodedata.normalize("NFKD", str(value or "")[:LONGEST]).casefold()
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return frozenset(re.findall(r"[^\W\d_]+", plain)) - _TITLES


def code(value: object) -> str:
    """A postcode or a customer number: its letters and digits, in upper case."""
    return "".join(char for char in str(value or "")[:LONGEST].upper() if char.isalnum())


def day(value: object) -> date | None:
    """The day that a field holds: a date, ISO 8601, or the ways in which it is written in Britain; else None."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value or "").strip()[:40]
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        pass
    for form in _DAYS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007  a day has no zone
        except ValueError:
            continue
    return None


def agrees(field: str, claimed: object, recorded: object) -> bool | None:
    """Whether the two are the same, None where either says nothing that can be compared.

    A name agrees when one of them has all words of the other, and at least two that are more than an initial: "Sam
    Carter" is "Carter, Sam J.". A list of initials would fit many, so a record with fewer such words says nothing.
    """
    if field == "name":
        one, other = name(claimed), name(recorded)
        if not one or len(_full(other)) < 2:  # noqa: PLR2004  see above
            return None
        return len(_full(one & other)) >= 2 and (one <= other or other <= one)  # noqa: PLR2004  see above
    read = {"email": email, "phone": phone, "birth_date": day}.get(field, code)
    mine, theirs = read(claimed), read(recorded)
    if not mine or not theirs:
        return None
    return mine == theirs


def names_alike(one: object, other: object) -> bool:
    """Whether two full names may be one, misspelt; word order, case, accents and titles count for nothing."""
    first, second = name(one), name(other)
    if min(len(first), len(second)) < 2:  # noqa: PLR2004  a full name
        return False
    return fuzz.ratio(" ".join(sorted(first)), " ".join(sorted(second))) >= ALIKE


def _full(words: frozenset[str]) -> frozenset[str]:
    return frozenset(word for word in words if len(word) > 1)


def compared(claim: Claim, recorded: Mapping[str, object]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The fields of the record that agree with the claim, and those that differ. `recorded` goes by claim field.

    A name that is only alike agrees where a detail agrees that a household does not share; by itself it says nothing
    either way, and beside a postcode alone it differs: "John Carter" may live with Joan. Then a person decides.
    """
    same: list[str] = []
    other: list[str] = []
    for field, value in recorded.items():
        found = [
            verdict for claimed in _claimed(claim, field) if (verdict := agrees(field, claimed, value)) is not None
        ]
        if found:
            (same if any(found) else other).append(field)
    if "name" in other and any(names_alike(each, recorded["name"]) for each in _claimed(claim, "name")):
        if set(same) & _ONE_PERSONS:
            other.remove("name")
            same.append("name")
        elif not set(same) - {"email", "phone"}:
            other.remove("name")
    return tuple(same), tuple(other)


def _claimed(claim: Claim, field: str) -> tuple[str, ...]:
    """What is claimed for a field; of addresses only those that are proved."""
    if field in {"email", "phone"}:
        return tuple(value for channel, value in claim.addresses if kind_of(channel, value) == field)
    value = claim.details.get(field, "")
    return (value,) if value else ()


def kind_of(channel: str, value: str) -> str:
    """What an address is to a record: "email", "phone", or "" for what no record has, such as a chat's name, or the
    WhatsApp or RCS form of a number, which shows control of no telephone.
    """
    if channel == "sms" and forms.form(value):
        return ""
    if channel == "mail" or (channel != "webchat" and email(value)):
        return "email"
    return "phone" if channel == "sms" or value.startswith("+") else ""
