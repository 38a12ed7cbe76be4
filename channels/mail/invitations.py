"""Calendar invitations and their answers (RFC 5545, RFC 5546) in words. No machine accepts or declines any."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from channels.mail.addresses import normal
from channels.mail.charsets import clean, one_line

SIZE_LIMIT, LINES_LIMIT, VALUE_LIMIT = 200_000, 5_000, 200
METHODS = {
    "REQUEST": "Invitation",
    "PUBLISH": "Calendar entry",
    "REPLY": "Answer to an invitation",
    "CANCEL": "Cancelled invitation",
    "COUNTER": "Other time proposed",
    "ADD": "Invitation",
    "REFRESH": "Invitation asked for again",
    "DECLINECOUNTER": "Other time declined",
}
ANSWERS = {
    "ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "perhaps", "DELEGATED": "passed to somebody else",
    "NEEDS-ACTION": "no answer yet",
}  # fmt: skip
FROM_CALENDARS = frozenset({"REPLY", "COUNTER", "REFRESH", "DECLINECOUNTER", "CANCEL"})
"""Methods that a calendar sends by itself once its owner has clicked: there is nothing to answer."""

_LINE = re.compile(r"([A-Z-]{1,40})((?:;[^:\";]{1,200}(?:\"[^\"]{0,200}\")?){0,20}):(.*)\Z", re.IGNORECASE)
_WHEN = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})?(Z?))?\Z")
_ZONE = re.compile(r";TZID=\"?([^;\"]{1,80})", re.IGNORECASE)
_ESCAPED = re.compile(r"\\([\\;,nN])")


class Invitation(NamedTuple):
    """What a calendar part says: its method in capitals, and all of it in one line for people."""

    method: str
    words: str


def read(text: str, method: str = "") -> Invitation | None:
    """The first event of a calendar; `method` is what its MIME part says. None where it is no calendar."""
    fields = _fields(text)
    if fields is None:
        return None
    said = one_line(fields.get("METHOD", ("", method))[1] or method).upper()[:20]
    parts = [METHODS.get(said, "Calendar entry")]
    parts += [_value(fields, "SUMMARY")]
    starts, ends = _when(fields, "DTSTART"), _when(fields, "DTEND")
    parts += [f"{starts} to {ends}" if starts and ends else starts]
    parts += ["repeated" if "RRULE" in fields else ""]
    parts += [f"at {_value(fields, 'LOCATION')}" if _value(fields, "LOCATION") else ""]
    parts += [f"from {normal(fields['ORGANIZER'][1])}" if normal(fields.get("ORGANIZER", ("", ""))[1]) else ""]
    if said in {"REPLY", "COUNTER"}:
        parts += [_answer(fields.get("ATTENDEE", ("", ""))[0])]
    return Invitation(said, "; ".join(part for part in parts if part))


def _fields(text: str) -> dict[str, tuple[str, str]] | None:
    """The first value of each field of the calendar and of its first event, with its parameters."""
    lines = clean(re.sub(r"\r?\n[ \t]", "", text[:SIZE_LIMIT])).split("\n")[:LINES_LIMIT]
    if not lines or lines[0].strip("\ufeff \t").upper() != "BEGIN:VCALENDAR":
        return None
    found: dict[str, tuple[str, str]] = {}
    inside: list[str] = []
    for line in lines:
        match = _LINE.match(line[:4000].strip())
        if not match:
            continue
        name, value = match[1].upper(), match[3].strip()
        if name == "BEGIN":
            inside.append(value.upper())
        elif name == "END":
            if inside and inside.pop() in {"VEVENT", "VTODO"}:
                break
        elif inside[-1:] in (["VCALENDAR"], ["VEVENT"], ["VTODO"]):
            found.setdefault(name, (match[2], value))
    return found


def _value(fields: dict[str, tuple[str, str]], name: str) -> str:
    raw = fields.get(name, ("", ""))[1]
    return one_line(_ESCAPED.sub(lambda found: " " if found[1] in "nN" else found[1], raw))[:VALUE_LIMIT]


def _when(fields: dict[str, tuple[str, str]], name: str) -> str:
    """As in Tuesday 3 March 2026, 14:00 (Europe/London); as it is written where it is no date."""
    parameters, raw = fields.get(name, ("", ""))
    found = _WHEN.match(raw)
    if not found:
        return one_line(raw)[:40]
    try:
        day = datetime(int(found[1]), int(found[2]), int(found[3]))  # noqa: DTZ001 - the zone is named in words
    except ValueError:
        return raw[:40]
    words = f"{day:%A} {day.day} {day:%B %Y}"
    if not found[4]:
        return words
    zone = _ZONE.search(parameters)
    named = "UTC" if found[7] else one_line(zone[1]) if zone else ""
    return f"{words}, {found[4]}:{found[5]}" + (f" ({named})" if named else "")


def _answer(parameters: str) -> str:
    found = re.search(r"PARTSTAT=([A-Z-]{1,20})", parameters, re.IGNORECASE)
    return ANSWERS.get(found[1].upper(), "") if found else ""
