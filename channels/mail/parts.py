"""Walks a MIME message with bounds: the text to show, the files that came with it, and a delivery report's parts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.message import Message

from channels.base import Attachment
from channels.mail.charsets import clean, decode_bytes, header_text
from channels.mail.flowed import unflow
from channels.mail.html_text import html_to_text

PARTS_LIMIT = 200
DEPTH_LIMIT = 30
TEXT_LIMIT = 500_000
"""Characters of text that are shown; the original keeps the rest."""
NAME_LIMIT = 120

_UNSAFE_NAME = re.compile('[\x00-\x1f\x7f-\x9f<>:"|?*\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]')
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,80}/[a-z0-9!#$&^_.+-]{1,80}\Z")


@dataclass
class Content:
    """What a walk found. `left_out` counts parts beyond the bounds: kept in the original, not shown."""

    texts: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    statuses: list[Message] = field(default_factory=list)
    originals: list[str] = field(default_factory=list)
    seen: int = 0
    left_out: int = 0

    @property
    def text(self) -> str:
        """All shown text in order, bounded, with a line for what was left out."""
        joined = "\n\n".join(text for text in self.texts if text.strip())
        notes = []
        if len(joined) > TEXT_LIMIT:
            joined = joined[:TEXT_LIMIT]
            notes.append("[The text goes on; the original message has all of it.]")
        if self.left_out:
            notes.append(f"[{self.left_out} more parts are in the original message.]")
        return "\n\n".join([joined, *notes]).strip("\n")


def read(message: Message) -> Content:
    """Walk the message."""
    content = Content()
    _walk(message, content, 0)
    return content


def _walk(part: Message, content: Content, depth: int) -> None:
    if content.seen >= PARTS_LIMIT or depth > DEPTH_LIMIT:
        content.left_out += 1
        return
    content.seen += 1
    kind = part.get_content_type()
    if kind == "message/delivery-status":
        _status(part, content)
    elif kind in {"message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers"}:
        _original(part, content)
    elif kind == "multipart/alternative" and part.is_multipart():
        _alternative(part, content, depth)
    elif part.is_multipart():
        for child in _children(part):
            _walk(child, content, depth + 1)
    else:
        _leaf(part, kind, content)


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []


def _alternative(part: Message, content: Content, depth: int) -> None:
    """Show the plain version where it says anything, else the other; files in any version are kept."""
    plain, other = Content(seen=content.seen), Content(seen=content.seen)
    for child in _children(part):
        chosen = plain if child.get_content_type() == "text/plain" else other
        chosen.seen = content.seen
        _walk(child, chosen, depth + 1)
        content.seen = max(content.seen, chosen.seen)
    content.texts += plain.texts if any(text.strip() for text in plain.texts) else other.texts
    for version in (plain, other):
        content.attachments += version.attachments
        content.statuses += version.statuses
        content.originals += version.originals
        content.left_out += version.left_out


def _leaf(part: Message, kind: str, content: Content) -> None:
    data = payload_bytes(part)
    textual = kind.startswith(("text/", "multipart/")) or kind == "message/disposition-notification"
    named = part.get_filename() is not None and kind not in {"text/plain", "text/html"}
    attached = (part.get_content_disposition() or "") == "attachment"
    if attached or named or not textual or kind == "text/calendar":
        content.attachments.append(Attachment(file_name(part, content), _safe_type(kind), data))
        return
    content.texts.append(body_text(part, kind, data))


def body_text(part: Message, kind: str, data: bytes) -> str:
    """The readable text of one text part."""
    text = decode_bytes(data, part.get_content_charset())
    if kind == "text/html":
        return clean(html_to_text(text))
    if str(part.get_param("format") or "").lower() == "flowed":
        return unflow(text, delsp=str(part.get_param("delsp") or "").lower() == "yes")
    return text


def payload_bytes(part: Message) -> bytes:
    """A leaf's bytes after its transfer encoding; whatever is there when the encoding is broken."""
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, TypeError, AttributeError):
        payload = None
    if isinstance(payload, bytes):
        return payload
    raw = part.get_payload()
    return raw.encode("utf-8", "surrogateescape") if isinstance(raw, str) else b""


def _status(part: Message, content: Content) -> None:
    """A delivery-status part is a list of header blocks; some programs send it as plain text or encoded."""
    children = _children(part)
    if children:
        content.statuses += children[:PARTS_LIMIT]
        return
    from email import message_from_string  # noqa: PLC0415 - only this rare form needs it

    blocks = re.split(r"\n\s*\n", decode_bytes(payload_bytes(part), None))[:PARTS_LIMIT]
    content.statuses += [message_from_string(block.strip()) for block in blocks if block.strip()]


def _original(part: Message, content: Content) -> None:
    """A forwarded or returned message: kept as a file, and its head for finding our own message again."""
    children = _children(part)
    try:
        data = children[0].as_bytes() if children else payload_bytes(part)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        data = b""
    content.originals.append(decode_bytes(data[:50_000], None))
    if data and part.get_content_type().startswith("message/"):
        name = header_text(str(children[0].get("subject", ""))) if children else ""
        clean_name = safe_name(part.get_filename() or (f"{name[:80]}.eml" if name else ""), "message.eml")
        content.attachments.append(Attachment(clean_name, "message/rfc822", data))


def file_name(part: Message, content: Content) -> str:
    """The part's file name without folders; `part-N` where it has none."""
    return safe_name(part.get_filename() or "", f"part-{max(1, content.seen - 1)}")


def safe_name(raw: str, fallback: str) -> str:
    """A file name that is only a name: no folders, no control or direction characters, no leading dots, bounded."""
    name = _UNSAFE_NAME.sub("", header_text(raw).replace("\\", "/").rsplit("/", 1)[-1]).strip(" .")
    if len(name) > NAME_LIMIT:
        stem, dot, suffix = name.rpartition(".")
        short = len(suffix) <= 10  # noqa: PLR2004 - longer is no suffix
        name = f"{stem[: NAME_LIMIT - 11]}{dot}{suffix}" if dot and short else name[:NAME_LIMIT]
    return name or fallback


def _safe_type(kind: str) -> str:
    return kind if _TYPE.match(kind) else "application/octet-stream"
