"""Whether files can go by text to somebody, said before anything is sent. Pure.

Sources: Twilio's lists of accepted types for MMS, its guidance on media for WhatsApp and RCS, and its word on where MMS
is carried (help.twilio.com 223179808: the US and Canada together, Australia with its own long codes). Files by plain
text go only between numbers of one country, where Twilio carries them; WhatsApp and RCS take them everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.contacts.forms import FORMS, form, number
from bot.files.values import File

MOST_FILES = 10
MOST_BYTES = 5_000_000
"""Bytes of all files of one message."""
MOST_OTHER = 600_000
"""Bytes of one file by plain text that is no picture."""
_PICTURES = frozenset({"image/jpeg", "image/png", "image/gif"})
_OFFICE = "application/vnd.openxmlformats-officedocument."
_TYPES: Mapping[str, frozenset[str]] = {
    "": _PICTURES | {"application/pdf", "text/csv", "text/vcard", "text/calendar"},
    "whatsapp": frozenset({
        "image/jpeg", "image/png", "application/pdf", f"{_OFFICE}wordprocessingml.document",
        f"{_OFFICE}spreadsheetml.sheet", f"{_OFFICE}presentationml.presentation",
    }),
    "rcs": _PICTURES | {"application/pdf"},
}  # fmt: skip
_TAKEN = {
    "": "JPEG, PNG and GIF pictures, PDF and CSV go",
    "whatsapp": "JPEG and PNG pictures, PDF and office documents go",
    "rcs": "JPEG, PNG and GIF pictures and PDF go",
}
_TOGETHER = {"US": "US", "CA": "US", "PR": "US", "AU": "AU"}
"""Countries where files go by plain text, each with those that its numbers reach."""
MEND = "send it by email, or offer a download"


def refusal(address: str, sender: str, files: Sequence[File], *, reached: bool) -> str:
    """Why these files can't go by text to the address, and the mend; "" where they can.

    `sender` is our number, "" where it is not known. `reached` is whether Twilio can reach us for the files.

    >>> refusal("+447700900001", "", [File("a.pdf", "application/pdf", b"%PDF")], reached=True)[:47]
    'files go by text only to numbers in the US, Can'
    """
    way = form(address)
    if not files:
        return ""
    if not way and not _carried(address, sender):
        return f"files go by text only to numbers in the US, Canada and Australia, from one of ours there: {MEND}"
    if len(files) > MOST_FILES:
        return f"at most {MOST_FILES} files go with a text: send the others in another, or by email"
    if sum(len(each.content) for each in files) > MOST_BYTES:
        return f"files of {MOST_BYTES // 1_000_000} MB together go with a text, and these are larger: {MEND}"
    for each in files:
        if each.content_type not in _TYPES[way]:
            return f"the file {each.name} can't go by {FORMS.get(way, 'text')}, where {_TAKEN[way]}: {MEND}"
        if not way and each.content_type not in _PICTURES and len(each.content) > MOST_OTHER:
            return f"the file {each.name} is larger than {MOST_OTHER // 1_000} KB, which only pictures may be: {MEND}"
    if not reached:
        return f"Twilio can't get files from this desk until DESK_PUBLIC_URL is an https address: set it, or {MEND}"
    return ""


def apart(address: str) -> bool:
    """Whether each file is a message of its own there: they take one, and show no words beside documents."""
    return form(address) != ""


def _carried(address: str, sender: str) -> bool:
    """Whether files go by plain text from our number to that one, as far as is known."""
    theirs = _TOGETHER.get(_region(address), "")
    ours = _region(number(sender))
    return bool(theirs) and (not ours or _TOGETHER.get(ours) == theirs)


def _region(address: str) -> str:
    """The country of a number in E.164; "" for short codes, names and services, which stand for none."""
    import phonenumbers  # noqa: PLC0415  slow to load, and needed only with files

    if not address.startswith("+"):
        return ""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(address)) or "unknown"
    except phonenumbers.NumberParseException:
        return "unknown"
