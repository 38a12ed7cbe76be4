"""What a visitor sends: reading their frames. Pure, no I/O; what the desk sends is in writing.py.

Every frame is one JSON object with a "type":

    hello        site [session] [last_seq] [identity] [lang]   the first one
    message      id text                an id of the visitor's own makes a resend harmless
    typing                              again every three seconds while it goes on
    read         seq                    what the visitor has had in front of them
    transcript                          asks for the link under which this conversation may be saved
    leave_email  id email               the rest of the conversation goes on by mail

`identity` is what the host site says of a visitor who is signed in there: see identity.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import urlsplit

MAX_FRAME = 16 * 1024
"""Bytes in one frame; the longest text of 4-byte characters fits with room for its escapes."""
MAX_TEXT = 4_000
MAX_ID = 64
MAX_SEQ = 2**53 - 1
"""The largest whole number that JavaScript counts exactly."""
LEFT = "Please email me the answers at {}."
"""What stands in the conversation where an address was left: the desk reads it as the request that it is."""
MAX_SITE = 64
MAX_SESSION = 256
MAX_LANG = 35
"""The longest language tag in use (RFC 5646, 4.4.1)."""
MAX_EMAIL = 254
MAX_USER = 128
MAX_NAME = 120

_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
"""One address as browsers take it (HTML, valid e-mail address), with a domain that has a dot: no list, no name, no line
break.
"""


class Identity(NamedTuple):
    """What the host site says of its visitor. `at` is in seconds since 1970; `hash` is not checked yet."""

    user: str
    email: str
    at: int
    hash: str
    name: str = ""


UNREADABLE = Identity("", "", 0, "")
"""An identity that could not be read; it is refused like a wrong one."""


class Hello(NamedTuple):
    """The first frame. `last_seq` is None where the visitor wants no replay."""

    site: str
    session: str
    last_seq: int | None
    identity: Identity | None = None
    lang: str = ""


class Message(NamedTuple):
    """What the visitor wrote; `id` is theirs and makes a resend harmless."""

    id: str
    text: str


class Typing(NamedTuple):
    """The visitor is writing."""


class Read(NamedTuple):
    """The visitor has seen everything up to `seq`."""

    seq: int


class Transcript(NamedTuple):
    """The visitor wants to save the conversation."""


class LeaveEmail(NamedTuple):
    """The visitor leaves; answers go to this address. Whether it is theirs is not known yet."""

    id: str
    email: str


Frame: TypeAlias = Hello | Message | Typing | Read | Transcript | LeaveEmail


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
    return parsed(load(data))


def parsed(value: Mapping[str, Any]) -> Frame:
    """Read a visitor's frame that was JSON. Raises BadFrame."""
    match value.get("type"):
        case "hello":
            return hello(value)
        case "message":
            return message(value)
        case "typing":
            return Typing()
        case "read":
            return Read(_seq(value, "seq"))
        case "transcript":
            return Transcript()
        case "leave_email":
            return leave_email(value)
        case _:
            text = "The type must be hello, message, typing, read, transcript or leave_email."
            raise BadFrame("bad_type", text, 1008)


def hello(value: Mapping[str, Any]) -> Hello:
    """Read the fields of a hello. Raises BadFrame."""
    last_seq = None if value.get("last_seq") is None else _seq(value, "last_seq")
    return Hello(
        _text(value, "site", MAX_SITE),
        _text(value, "session", MAX_SESSION, absent=""),
        last_seq,
        None if value.get("identity") is None else _identity(value["identity"]),
        _text(value, "lang", MAX_LANG, absent=""),
    )


def _identity(value: Any) -> Identity:
    """What the host says; what can't be read is no reason to refuse the chat."""
    if not isinstance(value, dict):
        return UNREADABLE
    user, email, name, hash_ = (value.get(key, "") for key in ("user", "email", "name", "hash"))
    at = value.get("at")
    texts = ((user, MAX_USER), (email, MAX_EMAIL), (name, MAX_NAME), (hash_, MAX_ID))
    if not all(isinstance(text, str) and len(text) <= most and text.isprintable() for text, most in texts):
        return UNREADABLE
    if not user or type(at) is not int or not 0 <= at <= MAX_SEQ:
        return UNREADABLE
    return Identity(user, email, at, hash_, name)


def message(value: Mapping[str, Any]) -> Message:
    """Read the fields of a message. Raises BadFrame; a text that is empty or too long is no offence."""
    id_ = ident(value.get("id"))
    text = value.get("text")
    if not isinstance(text, str):
        raise BadFrame("bad_text", "The text must be a string.", 1008, id=id_)
    if len(text) > MAX_TEXT:
        raise BadFrame("too_long", f"A message can have {MAX_TEXT:,} characters; this has {len(text):,}.", 0, id=id_)
    text = clean(text)
    if not text.strip():
        raise BadFrame("empty", "There is no text in this message.", 0, id=id_)
    return Message(id_, text)


def ident(value: Any) -> str:
    """An id of the visitor's own. Raises BadFrame."""
    if not isinstance(value, str) or not 0 < len(value) <= MAX_ID or not value.isprintable():
        raise BadFrame("bad_id", f"The id must be 1 to {MAX_ID} printable characters.", 1008)
    return value


def leave_email(value: Mapping[str, Any]) -> LeaveEmail:
    """Read where answers are to go. Raises BadFrame; what is no address is no offence."""
    id_, email = ident(value.get("id")), value.get("email")
    if not isinstance(email, str):
        raise BadFrame("bad_email", "The email must be a string.", 1008, id=id_)
    email = email.strip()
    if len(email) > MAX_EMAIL or not _EMAIL.fullmatch(email):
        raise BadFrame("no_email", "That is not an email address. Write it like name@example.com.", 0, id=id_)
    return LeaveEmail(id_, email)


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
