"""Mail of every kind that is no plain letter, made here: what tests of kinds, of hostile mail and of the desk read."""

from __future__ import annotations

import struct

from compressed_rtf import compress

HEAD = "From: Ann Example <ann@example.net>\nTo: info@iomart.com\nMessage-ID: <k@example.net>\nMIME-Version: 1.0\n"
OURS = "out-1@iomart.com"

PGP_BLOCK = (
    "-----BEGIN PGP MESSAGE-----\nVersion: GnuPG v2\n\nhQEMA5vJ1aTfW1YLAQf/Rk1q\n=4Qx1\n-----END PGP MESSAGE-----\n"
)
PGP_SIGNED = (
    "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nWhat do you hold about me?\n- - a list\n\n"
    "-----BEGIN PGP SIGNATURE-----\n\niQEzBAEBCAAdFiEE\n=xyzw\n-----END PGP SIGNATURE-----\n"
)
EVENT = (
    "BEGIN:VCALENDAR\nPRODID:-//x//y//EN\nVERSION:2.0\nMETHOD:{method}\nBEGIN:VTIMEZONE\nTZID:Europe/London\n"
    "BEGIN:STANDARD\nDTSTART:19701025T020000\nSUMMARY:not this\nEND:STANDARD\nEND:VTIMEZONE\nBEGIN:VEVENT\n"
    "UID:1\nSUMMARY:Privacy talk\\, with\n  friends\nDTSTART;TZID=Europe/London:20260303T140000\n"
    "DTEND;TZID=Europe/London:20260303T150000\nLOCATION:Glasgow\\; 2nd floor\n"
    'ORGANIZER;CN="Ann: E":mailto:ann@example.net\n'
    "ATTENDEE;PARTSTAT=ACCEPTED;CN=Desk:mailto:info@iomart.com\nEND:VEVENT\nEND:VCALENDAR\n"
)


def multipart(kind: str, *parts: str, more: str = "") -> str:
    """A whole mail of these parts, each with its own head; `kind` is the multipart's subtype with its parameters."""
    body = "".join(f"--b\n{part}\n" for part in parts)
    return f'{HEAD}{more}Content-Type: multipart/{kind}; boundary="b"\n\n{body}--b--\n'


def receipt(disposition: str = "manual-action/MDN-sent-manually; displayed") -> str:
    """A read receipt (RFC 8098) for our mail OURS."""
    return multipart(
        "report; report-type=disposition-notification",
        "Content-Type: text/plain\n\nYour mail was displayed.",
        "Content-Type: message/disposition-notification\n\nReporting-UA: mua\nFinal-Recipient: rfc822;ann@example.net\n"
        f"Original-Message-ID: <{OURS}>\nDisposition: {disposition}\n",
        more="Subject: Read: Your request\n",
    )


def abuse() -> str:
    """An abuse report (RFC 5965) about a mail of ours."""
    return multipart(
        "report; report-type=feedback-report",
        "Content-Type: text/plain\n\nThis is an email abuse report.",
        "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: x/1\nVersion: 1\n"
        "Original-Rcpt-To: <bob@example.org>\n",
        f"Content-Type: message/rfc822\n\nMessage-ID: <{OURS}>\nSubject: Your request\n\nwords\n",
        more="Subject: Abuse report\n",
    )


def invitation(method: str, words: str = "Are you free?") -> str:
    """A calendar invitation, or another of its methods."""
    return multipart(
        "alternative",
        f"Content-Type: text/plain\n\n{words}",
        f"Content-Type: text/calendar; method={method}; charset=utf-8\n\n{EVENT.format(method=method)}",
        more="Subject: Privacy talk\n",
    )


def pgp_mime(subject: str = "...") -> str:
    """Encrypted by PGP/MIME (RFC 3156)."""
    return multipart(
        'encrypted; protocol="application/pgp-encrypted"',
        "Content-Type: application/pgp-encrypted\n\nVersion: 1",
        f'Content-Type: application/octet-stream; name="encrypted.asc"\n\n{PGP_BLOCK}',
        more=f"Subject: {subject}\n",
    )


def smime(kind: str = "enveloped-data", words: str = "MIAGCSqGSIb3DQEHA6CA") -> str:
    """An opaque S/MIME mail (RFC 8551)."""
    return (
        f'{HEAD}Subject: ...\nContent-Type: application/pkcs7-mime; smime-type={kind}; name="smime.p7m"\n'
        f"Content-Transfer-Encoding: base64\n\n{words}\n"
    )


def clear_signed(protocol: str, kind: str) -> str:
    """Readable words with a signature beside."""
    return multipart(
        f'signed; protocol="{protocol}"; micalg=sha-256',
        "Content-Type: text/plain\n\nWhat do you hold about me?",
        f'Content-Type: {kind}; name="signature"\n\nMIAGCSqG',
    )


def attribute(level: int, number: int, value: bytes) -> bytes:
    """One TNEF attribute with its checksum."""
    return struct.pack("<BII", level, number, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)


def prop(number: int, kind: int, value: bytes, *, named: str = "") -> bytes:
    """One MAPI property of a variable size; with a name where `number` is 0x8000 or above."""
    name = b""
    if named:
        spelt = named.encode("utf-16-le")
        name = b"\1" * 16 + struct.pack("<II", 1, len(spelt)) + spelt + b"\0" * (-len(spelt) % 4)
    head = struct.pack("<HH", kind, number) + name + struct.pack("<II", 1, len(value))
    return head + value + b"\0" * (-len(value) % 4)


def properties(*props: bytes) -> bytes:
    """A block of properties."""
    return struct.pack("<I", len(props)) + b"".join(props)


def tnef(*attributes: bytes) -> bytes:
    """A winmail.dat of these attributes."""
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(attributes)


def winmail() -> bytes:
    """One with a body in a code page, unnamed and named properties, a file, and an attached message with a file."""
    number = struct.pack("<HHI", 0x3, 0x0E07, 7)
    many = struct.pack("<HH", 0x1003, 0x6001) + struct.pack("<III", 2, 5, 6)
    inner = tnef(
        attribute(1, 0x00069003, properties(prop(0x1000, 0x1F, "inner words\0".encode("utf-16-le")))),
        attribute(2, 0x00069002, b"\0" * 14),
        attribute(2, 0x00018010, b"inner.txt\0"),
        attribute(2, 0x0006800F, b"inner file"),
    )
    return tnef(
        attribute(1, 0x00069007, struct.pack("<II", 1251, 0)),
        attribute(1, 0x0002800C, "Какие данные?\0".encode("cp1251")),
        attribute(1, 0x00069003, properties(number, many, prop(0x8001, 0x1E, b"x\0", named="Keywords"))),
        attribute(2, 0x00069002, b"\0" * 14),
        attribute(2, 0x00018010, b"REPORT~1.PDF\0"),
        attribute(2, 0x0006800F, b"%PDF-1.7 words"),
        attribute(2, 0x00069005, properties(prop(0x3707, 0x1F, "Bericht 2026.pdf\0".encode("utf-16-le")))),
        attribute(2, 0x00069002, b"\0" * 14),
        attribute(2, 0x00018010, b"Old mail\0"),
        attribute(2, 0x00069005, properties(prop(0x3701, 0xD, b"\7" * 16 + inner))),
    )


def rich(words: bytes = b"{\\rtf1 Only rich text}") -> bytes:
    """One whose words are only packed rich text."""
    return tnef(attribute(1, 0x00069003, properties(prop(0x1009, 0x102, compress(words)))))


def with_file(name: str, kind: str, content: bytes, words: str = "") -> bytes:
    """A mail with one file."""
    import base64

    packed = base64.encodebytes(content).decode()
    return multipart(
        "mixed",
        f"Content-Type: text/plain\n\n{words}",
        f'Content-Type: {kind}; name="{name}"\nContent-Disposition: attachment; filename="{name}"\n'
        f"Content-Transfer-Encoding: base64\n\n{packed}",
    ).encode()
