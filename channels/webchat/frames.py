"""What travels over the socket: reading a visitor's frames and writing the desk's. Pure, no I/O.

Every frame is one JSON object with a "type". From the visitor: hello, message, typing, read. To the visitor:
ready, ack, message, typing, error.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from channels.context import Line

MAX_FRAME = 16 * 1024
"""Bytes in one frame; the longest text of 4-byte characters fits with room for its escapes."""
MAX_TEXT = 4_000
MAX_ID = 64
MAX_SEQ = 2**53 - 1
"""The largest whole number that JavaScript counts exactly."""
MAX_SITE = 64
MAX_SESSION = 128


class Hello(NamedTuple):
    """The first frame. `last_seq` is None where the visitor wants no replay."""

    site: str
    session: str
    last_seq: int | None


class Message(NamedTuple):
    """What the visitor wrote; `id` is theirs and makes a resend harmless."""

    id: str
    text: str


class Typing(NamedTuple):
    """The visitor is writing."""


class Read(NamedTuple):
    """The visitor has seen everything up to `seq`."""

    seq: int


Frame: TypeAlias = Hello | Message | Typing | Read


class BadFrame(Exception):
    """A frame that breaks the protocol. `close` is the WebSocket close code if it goes on; 0 where it is no offence."""

    def __init__(self, code: str, text: str, close: int, *, id: str = "") -> None:  # noqa: A002 - the field's name
        super().__init__(text)
        self.code = code
        self.close = close
        self.id = id


def clean(text: str) -> str:
    """Text without NUL, which databases refuse, and with lone surrogates, which UTF-8 refuses, made visible."""
    return text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def load(data: str | bytes) -> dict[str, Any]:
    """Read one JSON object. Raises BadFrame (1007)."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadFrame("bad_json", "A frame must be one JSON object.", 1007) from error
    if not isinstance(value, dict):
        raise BadFrame("bad_json", "A frame must be one JSON object.", 1007)
    return value


def parse(data: str | bytes) -> Frame:
    """Read a visitor's frame; bytes are a binary one, which there is no use for. Raises BadFrame."""
    if isinstance(data, bytes):
        raise BadFrame("binary", "Frames must be text.", 1003)
    value = load(data)
    match value.get("type"):
        case "hello":
            return _hello(value)
        case "message":
            return message(value)
        case "typing":
            return Typing()
        case "read":
            return Read(_seq(value, "seq"))
        case _:
            raise BadFrame("bad_type", "The type must be hello, message, typing or read.", 1008)


def _hello(value: Mapping[str, Any]) -> Hello:
    last_seq = None if value.get("last_seq") is None else _seq(value, "last_seq")
    return Hello(_text(value, "site", MAX_SITE), _text(value, "session", MAX_SESSION, absent=""), last_seq)


def message(value: Mapping[str, Any]) -> Message:
    """Read the fields of a message. Raises BadFrame; a text that is empty or too long is no offence."""
    id_ = value.get("id")
    if not isinstance(id_, str) or not 0 < len(id_) <= MAX_ID or not id_.isprintable():
        raise BadFrame("bad_id", f"The id must be 1 to {MAX_ID} printable characters.", 1008)
    text = value.get("text")
    if not isinstance(text, str):
        raise BadFrame("bad_text", "The text must be a string.", 1008, id=id_)
    if len(text) > MAX_TEXT:
        raise BadFrame("too_long", f"A message can have {MAX_TEXT:,} characters; this has {len(text):,}.", 0, id=id_)
    text = clean(text)
    if not text.strip():
        raise BadFrame("empty", "There is no text in this message.", 0, id=id_)
    return Message(id_, text)


def _text(value: Mapping[str, Any], name: str, longest: int, absent: str | None = None) -> str:
    text = value.get(name)
    if text is None and absent is not None:
        return absent
    if not isinstance(text, str) or len(text) > longest:
        raise BadFrame("bad_" + name, f"The {name} must be a string of at most {longest} characters.", 1008)
    return text


def _seq(value: Mapping[str, Any], name: str) -> int:
    seq = value.get(name)
    if type(seq) is not int or not 0 <= seq <= MAX_SEQ:
        raise BadFrame("bad_" + name, f"The {name} must be a whole number from 0.", 1008)
    return seq


def dump(type_: str, **fields: Any) -> str:
    """Write one frame to the visitor."""
    return json.dumps({"type": type_} | fields, ensure_ascii=False, separators=(",", ":"))


def line(one: Line) -> str:
    """Write one line of the conversation as a `message` frame; `choices` only where there are some."""
    fields: dict[str, Any] = {
        "seq": one.seq,
        "id": one.id,
        "from": one.author,
        "text": one.text,
        "citations": [dict(citation) for citation in one.citations],
        "at": one.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    if one.choices:
        fields["choices"] = list(one.choices)
    return dump("message", **fields)


def within(page: Sequence[Line], most: int) -> deque[Line]:
    """The first lines of a page with at most `most` characters of text and citations between them; at least one."""
    few: deque[Line] = deque()
    size = 0
    for one in page:
        size += len(one.text) + len(str(one.citations))
        if few and size > most:
            break
        few.append(one)
    return few


def seconds(number: int) -> str:
    """A number of seconds in words."""
    return "1 second" if number == 1 else f"{number} seconds"


def origin(text: str) -> str:
    """An origin in its one spelling, scheme://host[:port] in lower case without the default port; "" if it is none."""
    try:
        parts = urlsplit(text.strip().rstrip("/"))
        port = parts.port
    except ValueError:
        return ""
    more = parts.path or parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in ("http", "https") or not parts.hostname or more:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, usual) else "")
