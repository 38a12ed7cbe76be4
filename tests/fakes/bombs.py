"""Input that is small to send and made to be large, deep or endless to read. Pure."""

from __future__ import annotations

import io
import zipfile
from base64 import encodebytes

QUESTION = "do you sell my data?"
HEAD = (
    "From: Bob <bob{number}@example.net>\r\nSubject: A question\r\nMessage-ID: <bomb-{number}@example.net>\r\n"
    "Date: Fri, 20 Nov 2026 12:00:00 +0000\r\n"
)
MARKS = "z" + "\u0301\u0316\u0489\u0327" * 2_500
"""Ten thousand combining marks on one letter."""
DEEP_FRAME = '{"type":' + "[" * 7_000 + "]" * 7_000 + "}"
"""A WebSocket's frame of lists in lists, as large as one may be."""
GIF = b"GIF89a" + b"\xff\xff" * 2 + b"\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00" + b"\xff\xff" * 2 + (
    b"\x00\x02\x02D\x01\x00;"
)  # fmt: skip
"""A picture of 65,535 by 65,535 points in a few bytes."""
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x7f\xff\xff\xff" * 2 + b"\x08\x02\x00\x00\x00" + bytes(30)
"""A picture of two thousand million by two thousand million points."""


def _zip() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"<Types/>")
        archive.writestr("word/document.xml", b"\0" * 40_000_000)
    return made.getvalue()


ZIP = _zip()
"""40 MB of nothing in 40 kB, as a document."""


def mail(kind: str, number: int) -> bytes:
    """The mail of that kind, with ids of this number; each asks QUESTION where words are to be read."""
    return MAILS[kind].replace(b"{number}", str(number).encode())


def _mail(more: str = "", *, to: str = "", head: str = "", attachment: tuple[str, str, bytes] | None = None) -> bytes:
    body = f"{QUESTION}\r\n\r\n{more}\r\n".encode()
    encoded = encodebytes(body).replace(b"\n", b"\r\n") if more else body
    kind = f"text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {'base64' if more else '8bit'}"
    start = f"{HEAD}To: info@iomart.com{to}\r\n{head}MIME-Version: 1.0\r\n".encode()
    if attachment is None:
        return start + f"Content-Type: {kind}\r\n\r\n".encode() + encoded
    name, type_, content = attachment
    return (
        start + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n' + f"Content-Type: {kind}\r\n\r\n".encode()
        + encoded + f"\r\n--b\r\nContent-Type: {type_}\r\nContent-Disposition: attachment; filename={name}\r\n".encode()
        + b"Content-Transfer-Encoding: base64\r\n\r\n" + encodebytes(content).replace(b"\n", b"\r\n") + b"\r\n--b--\r\n"
    )  # fmt: skip


def _nested(depth: int) -> bytes:
    levels = "".join(f'Content-Type: multipart/mixed; boundary="b{nth}"\r\n\r\n--b{nth}\r\n' for nth in range(depth))
    return f"{HEAD}MIME-Version: 1.0\r\n{levels}Content-Type: text/plain\r\n\r\n{QUESTION}\r\n".encode()


MAILS = {
    "a ZIP bomb": _mail(attachment=("bill.docx", "application/msword", ZIP)),
    "a huge GIF": _mail(attachment=("bill.gif", "image/gif", GIF)),
    "10,000 nested parts": _nested(10_000),
    "10,000 marks on a letter": _mail(MARKS),
    "10,000 links": _mail(" ".join(f"https://x{nth}.example/?{nth}" for nth in range(10_000))),
    "10,000 recipients": _mail(to="".join(f",\r\n p{nth}@example.org" for nth in range(10_000))),
    "10,000 headers": _mail(head="X-More: yes\r\n" * 10_000),
    "a line of 1 MB": _mail("word " * 200_000),
}
