"""Bytes and encoded words to text, whatever they claim to be. Nothing here raises: what can't be read is replaced."""

from __future__ import annotations

import base64
import binascii
import codecs
import re

# Mail says the smaller set and uses the larger one (RFC 1922, RFC 1557, and what clients really send).
WIDER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "iso2022_jp": "iso2022_jp_ext",
    "iso8859-1": "cp1252",
    "ascii": "utf-8",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
}
ALIASES = {"ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "x-sjis": "cp932", "x-gbk": "gb18030"}
# Python codecs that are no mail charset: quadratic, escaping, or always failing.
REFUSED = frozenset({"punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})

HEADER_LIMIT = 10_000
"""Characters of one decoded header that are kept."""

_WORD = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]{0,8000})\?=")
_GAP = re.compile(r"(\?=)[ \t\r\n]+(?==\?)")
# All C0 controls but tab and newline, DEL, C1, lone surrogates, and the two non-characters.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Text without NULs, control characters and lone surrogates; newlines are bare."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", text)


def decode_bytes(data: bytes, charset: str | None) -> str:
    """The text of `data`, by the charset it names where that works.

    Without a usable charset: UTF-8 if it is UTF-8, else Windows-1252, which is what such mail mostly is.
    """
    codec = _codec(charset)
    if codec and codec != "utf-8":
        try:
            return clean(data.decode(codec, "replace"))
        except (UnicodeError, ValueError):
            pass
    try:
        return clean(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        # A few bad bytes make no other charset of it; bytes that are mostly no UTF-8 are mostly Windows text.
        text = data.decode("utf-8", "replace")
        return clean(text if text.count("\ufffd") * 4 <= _wide(text) else data.decode("cp1252", "replace"))


def _wide(text: str) -> int:
    """How many characters are beyond ASCII and were read well."""
    return sum(1 for character in text[:100_000] if "\x7f" < character != "\ufffd")


def _codec(charset: str | None) -> str:
    """Python's name of the codec to use, empty where the charset is unknown."""
    if not charset:
        return ""
    name = charset.strip().strip("\"'").lower()[:40]
    try:
        known = codecs.lookup(ALIASES.get(name, name)).name
    except (LookupError, ValueError, UnicodeError):
        return ""
    if known.replace("-", "_") in REFUSED:
        return ""
    known = WIDER.get(known, known)
    try:
        b"a".decode(known)
    except UnicodeError:  # half a character of a wide encoding: fine
        return known
    except LookupError:  # zip, rot13 and such are no text encodings
        return ""
    return known


def unescape(text: str) -> str:
    """A raw header as `email` gives it, with the 8-bit bytes it smuggles as surrogates read as text."""
    if text.isascii():
        return text
    try:
        raw = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # surrogates that stand for no byte
        return _CONTROL.sub("", text)
    return decode_bytes(raw, None)


def one_line(text: str) -> str:
    """Text that fits a single line of a database, a header or a page: clean, with single spaces."""
    return " ".join(clean(text).split())


def header_text(raw: str | None) -> str:
    """A header's value for people: unfolded, encoded words decoded (RFC 2047, tolerantly), on one line, bounded."""
    if not raw:
        return ""
    text = unescape(raw[: HEADER_LIMIT * 4])
    if "=?" in text:
        text = _words(_GAP.sub(r"\1", text))
    return one_line(text)[:HEADER_LIMIT]


def _words(text: str) -> str:
    """Decode encoded words; neighbours in one charset are joined first, since some split inside a character."""
    out: list[str] = []
    pending, charset, end = b"", "", 0
    for match in _WORD.finditer(text):
        between = text[end : match.start()]
        if between or match[1].lower() != charset:
            out.append(decode_bytes(pending, charset) if pending else "")
            pending = b""
        out.append(between)
        pending += _word_bytes(match[2], match[3])
        charset, end = match[1].lower(), match.end()
    out.append(decode_bytes(pending, charset) if pending else "")
    out.append(text[end:])
    return "".join(out)


def _word_bytes(encoding: str, payload: str) -> bytes:
    raw = payload.encode("utf-8", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(raw.replace(b" ", b"_"), header=True)
    raw = re.sub(rb"[^A-Za-z0-9+/]", b"", raw)
    if len(raw) % 4 == 1:  # no number of bytes encodes to this length: the last digit is damage
        raw = raw[:-1]
    return base64.b64decode(raw + b"=" * (-len(raw) % 4))
