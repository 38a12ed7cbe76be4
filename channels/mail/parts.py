"""Walks a MIME message with bounds: the text to show, the files that came with it, and a delivery report's parts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from email.message import Message

from channels.base import Attachment
from channels.mail import invitations, sealed, tnef, typed
from channels.mail.charsets import clean, decode_bytes, header_text
from channels.mail.flowed import unflow
from channels.mail.html_text import html_to_text

PARTS_LIMIT = 200
BLOCKS = {
    "message/delivery-status": "statuses",
    "message/global-delivery-status": "statuses",
    "message/disposition-notification": "receipts",
    "message/global-disposition-notification": "receipts",
    "message/feedback-report": "abuse",
}
"""Parts that are header blocks for machines, and where they are kept."""
DEPTH_LIMIT = 30
TEXT_LIMIT = 500_000
"""Characters of text that are shown; the original keeps the rest."""
NAME_LIMIT = 120

_UNSAFE_NAME = re.compile('[\x00-\x1f\x7f-\x9f<>:"|?*\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]')
_CID = re.compile(r"cid:([^\"'\s<>)]{1,250})", re.IGNORECASE)
CIDS_LIMIT = 200
TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
CALENDARS = frozenset({"text/calendar", "application/ics"})


@dataclass
class Content:
    """What a walk found. `left_out` counts parts beyond the bounds: kept in the original, not shown.

    `statuses`, `receipts` and `abuse` are the header blocks of delivery reports (RFC 3464), of read receipts (RFC 8098)
    and of abuse reports (RFC 5965). `encrypted` and `signed` name by what. `winmail` says what became of a winmail.dat,
    whose words are `spare`: shown where there are no others. `ids` are the attachments' content ids, "" for none, and
    `cids` those that the words show.
    """

    texts: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    statuses: list[Message] = field(default_factory=list)
    originals: list[str] = field(default_factory=list)
    receipts: list[Message] = field(default_factory=list)
    abuse: list[Message] = field(default_factory=list)
    events: list[invitations.Invitation] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    cids: set[str] = field(default_factory=set)
    encrypted: str = ""
    signed: str = ""
    winmail: str = ""
    spare: str = ""
    seen: int = 0
    left_out: int = 0

    def keep(self, file: Attachment, cid: str = "") -> None:
        """One more file."""
        self.attachments.append(file)
        self.ids.append(cid)

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
    if content.spare and not any(text.strip() for text in content.texts):
        content.texts.append(content.spare)
    # A picture that the words show is no file that somebody attached.
    content.attachments = [
        replace(each, inline=True) if cid in content.cids else each
        for each, cid in zip(content.attachments, content.ids, strict=True)
    ]
    return content


def _walk(part: Message, content: Content, depth: int) -> None:
    if content.seen >= PARTS_LIMIT or depth > DEPTH_LIMIT:
        content.left_out += 1
        return
    content.seen += 1
    kind = part.get_content_type()
    if kind in BLOCKS:
        getattr(content, BLOCKS[kind]).extend(_blocks(part))
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
        for name in ("attachments", "ids", "statuses", "originals", "receipts", "abuse", "events"):
            getattr(content, name).extend(getattr(version, name))
        content.cids |= version.cids
        content.left_out += version.left_out
        for name in ("encrypted", "signed", "winmail", "spare"):
            setattr(content, name, getattr(content, name) or getattr(version, name))


def _leaf(part: Message, kind: str, content: Content) -> None:
    data = payload_bytes(part)
    encrypted, signed = sealed.smime(kind, str(part.get_param("smime-type") or ""))
    content.encrypted, content.signed = content.encrypted or encrypted, content.signed or signed
    if kind == "application/pgp-encrypted":
        return  # holds the version number alone; what is encrypted is the next part
    if kind in CALENDARS:
        event = invitations.read(body_text(part, "text/plain", data), str(part.get_param("method") or ""))
        content.events += [event] if event else []
    named = given_name(part)
    if (kind in TNEF or (named or "").lower().endswith("winmail.dat")) and _winmail(data, content):
        return
    attached = (part.get_content_disposition() or "") == "attachment"
    textual = kind.startswith(("text/", "multipart/")) and kind not in CALENDARS
    if attached or (named is not None and kind not in {"text/plain", "text/html"}) or not textual:
        shown = kind.startswith("image/") and not attached
        cid = str(part.get("content-id", "")).strip(" <>")[:250] if shown else ""
        kind = typed.of(kind, data)
        content.keep(Attachment(file_name(part, content, kind), kind, data), cid)
        return
    content.texts.append(body_text(part, kind, data, content.cids))


def _winmail(data: bytes, content: Content) -> bool:
    """Take out what a winmail.dat holds; False where that can't be, so that it is kept as it came."""
    found = tnef.opened(data)
    if found is None:
        content.winmail = "could not be opened: it is kept as it came"
        return False
    content.winmail = "opened: its words and files stand here as if they had come alone"
    content.spare = content.spare or clean(found.text or html_to_text(found.html)).strip()
    for file in found.files:
        kind = typed.of(file.content_type or "application/octet-stream", file.content)
        fallback = f"part-{len(content.attachments) + 1}{typed.ending(kind)}"
        content.keep(Attachment(safe_name(file.name, fallback), kind, file.content))
    if found.rtf:
        content.keep(Attachment("message.rtf", "application/rtf", found.rtf))
    return True


def body_text(part: Message, kind: str, data: bytes, cids: set[str] | None = None) -> str:
    """The readable text of one text part; `cids` takes the ids of the pictures that it shows."""
    text = decode_bytes(data, part.get_content_charset())
    if kind == "text/html":
        if cids is not None:
            cids.update(found[1] for found, _ in zip(_CID.finditer(text), range(CIDS_LIMIT), strict=False))
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


def _blocks(part: Message) -> list[Message]:
    """A report's part is a list of header blocks; some programs send it as plain text or encoded."""
    children = _children(part)
    if children and any(child.keys() for child in children):
        return children[:PARTS_LIMIT]
    from email import message_from_string  # noqa: PLC0415 - only this rare form needs it

    text = decode_bytes(payload_bytes(children[0] if children else part), None)
    blocks = re.split(r"\n\s*\n", text)[:PARTS_LIMIT]
    return [message_from_string(block.strip()) for block in blocks if block.strip()]


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
        clean_name = safe_name(given_name(part) or (f"{name[:80]}.eml" if name else ""), "message.eml")
        content.keep(Attachment(clean_name, "message/rfc822", data))


def given_name(part: Message) -> str | None:
    """The name that a part gives its file, by RFC 2231 in whatever charset, or as it stands; None for none."""
    for header, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        value = part.get_param(parameter, None, header)
        if isinstance(value, tuple):
            return decode_bytes(value[2].encode("latin-1", "replace"), value[0])
        if value is not None:
            return str(value)
    return None


def file_name(part: Message, content: Content, kind: str) -> str:
    """The part's file name without folders; `part-N` with the ending of its type where it has none."""
    return safe_name(given_name(part) or "", f"part-{max(1, content.seen - 1)}{typed.ending(kind)}")


def safe_name(raw: str, fallback: str) -> str:
    """A file name that is only a name: no folders, no control or direction characters, no leading dots, bounded."""
    name = _UNSAFE_NAME.sub("", header_text(raw).replace("\\", "/").rsplit("/", 1)[-1]).strip(" .")
    if len(name) > NAME_LIMIT:
        stem, dot, suffix = name.rpartition(".")
        short = len(suffix) <= 10  # noqa: PLR2004 - longer is no suffix
        name = f"{stem[: NAME_LIMIT - 11]}{dot}{suffix}" if dot and short else name[:NAME_LIMIT]
    return name or fallback
