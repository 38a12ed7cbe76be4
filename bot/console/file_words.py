"""A file of a message in plain words: which kind it is, and why it can't be opened. Pure."""

from __future__ import annotations

from typing import Any

from bot.console.words import Said

_KINDS = {
    "application/pdf": "PDF document",
    "text/plain": "text",
    "text/html": "web page",
    "text/csv": "table (CSV)",
    "text/calendar": "calendar entry",
    "text/vcard": "contact card",
    "application/json": "data (JSON)",
    "application/zip": "ZIP archive",
    "message/rfc822": "forwarded email",
    "application/ms-tnef": "Outlook's own format (winmail.dat)",
    "application/pgp-encrypted": "PGP message",
    "application/pgp-signature": "PGP signature",
    "application/pgp-keys": "PGP key",
    "application/pkcs7-mime": "S/MIME message",
    "application/x-pkcs7-mime": "S/MIME message",
    "application/pkcs7-signature": "S/MIME signature",
    "application/x-pkcs7-signature": "S/MIME signature",
    "application/octet-stream": "unknown kind",
}
_FAMILIES = (
    ("image/", "picture"), ("audio/", "sound"), ("video/", "film"), ("font/", "typeface"),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml", "Word document"),
    ("application/msword", "Word document"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml", "Excel table"),
    ("application/vnd.ms-excel", "Excel table"),
    ("application/vnd.openxmlformats-officedocument.presentationml", "PowerPoint slides"),
    ("application/vnd.ms-powerpoint", "PowerPoint slides"),
    ("application/vnd.oasis.opendocument", "OpenDocument"),
    ("text/", "text"),
)  # fmt: skip


def kind(content_type: str) -> str:
    """The kind in words, with the exact type where the words say less: "picture (image/png)"."""
    if content_type in _KINDS:
        return _KINDS[content_type]
    family = next((words for start, words in _FAMILIES if content_type.startswith(start)), "")
    if family in ("picture", "sound", "film", "typeface"):
        return f"{family} ({content_type.partition('/')[2][:20]})"
    return family or content_type


def state(file: Any) -> Said:
    """Why a file can't be opened, or what is odd about it; no words where all is well. `file` is a row of a message."""
    if file.state == "kept":
        return Said(_sentence(file.problem), "warn") if file.problem else Said("", "")
    if file.state == "waiting" and file.size:
        return Said("Not scanned for viruses yet: it can be opened once it is", "info")
    if file.state == "waiting":
        why = f": {file.problem}" if file.problem else ""
        return Said(f"Still being fetched from the provider{why}", "info")
    if file.state == "infected":
        return Said(f"Infected, and removed: {file.problem}", "bad")
    return Said(f"Not kept: {file.problem or 'the provider has it no more'}", "warn")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
