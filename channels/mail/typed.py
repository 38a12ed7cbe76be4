"""What kind of file an attachment is: by its content where that shows it, else by what its sender calls it. Pure."""

from __future__ import annotations

import mimetypes
import re

import filetype

UNKNOWN = "application/octet-stream"
LOOKED_AT = 8192
"""Bytes that tell a kind of file."""
SHOWN_BY_CONTENT = frozenset({"application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"})
"""Kinds whose content always begins alike: what does not is none of them, whatever it is called."""
CONTAINERS = frozenset({"application/zip", "application/gzip", "application/x-ole-storage"})
"""What other kinds are packed in: a document of an office program is a ZIP as well."""

_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,80}/[a-z0-9!#$&^_.+-]{1,80}\Z")


def of(declared: str, content: bytes) -> str:
    """The MIME type of a file that its sender declared so."""
    declared = declared if _TYPE.match(declared) else UNKNOWN
    guess = filetype.guess(content[:LOOKED_AT])
    found = str(guess.mime) if guess else ""
    if not found:
        return UNKNOWN if declared in SHOWN_BY_CONTENT else declared
    if found in CONTAINERS and declared not in {UNKNOWN, *SHOWN_BY_CONTENT}:
        return declared
    # Words may begin like a file of some kind ("BM"), but hold no NUL.
    return declared if declared.startswith("text/") and b"\0" not in content[:LOOKED_AT] else found


def ending(kind: str) -> str:
    """The usual ending of a file of that type, with its dot; empty where there is none."""
    return mimetypes.guess_extension(kind) or "" if kind != UNKNOWN else ""
