"""By mail: letters, the same again, bounces, machines, what is broken, and what is made to weigh heavily."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.utils import parseaddr

import aiosmtplib

from tests.fakes import bombs
from tests.soak.outside import Outside

OUR_MAILBOX = "info@iomart.com"


async def mail(there: Outside) -> None:
    """A letter of somebody's, now and then delivered twice, now and then with a file."""
    number = next(there.numbers)
    ident = f"soak-{number}@example.net"
    letter = _letter(there, there.question() * there.random.randrange(1, 4), ident)
    if number % 6 == 0:
        letter.add_attachment(bombs.GIF, maintype="image", subtype="gif", filename="bill.gif")
    for _ in range(2 if number % 9 == 0 else 1):
        there.tally.note("mail", await _hand_over(there, letter.as_bytes()), 250)
    there.tally.accepted.add(ident)


async def bounce(there: Outside) -> None:
    """One of the desk's own mails comes back."""
    if not there.mails:
        return
    ours = message_from_bytes(there.random.choice(list(there.mails)))
    returned = "\r\n".join(f"{name}: {value}" for name, value in ours.items() if name in ("Message-ID", "From", "To"))
    raw = (
        f"From: mailer-daemon@example.net\r\nTo: {parseaddr(str(ours['Reply-To'] or ours['From']))[1]}\r\n"
        f"Message-ID: <soak-bounce-{next(there.numbers)}@example.net>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nYour message could not be delivered.\r\n\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.example.net\r\n\r\n"
        f"Final-Recipient: rfc822; {parseaddr(str(ours['To']))[1]}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{returned}\r\n--b--\r\n"
    )
    there.tally.note("mail, a bounce", await _hand_over(there, raw.encode(), sender=""), 250)


async def bad(there: Outside) -> None:
    """Machines, loops, broken MIME, noise, strangers' threads, mail for nobody."""
    ident = f"soak-{next(there.numbers)}@example.net"
    letter = _letter(there, "Out of office", ident)
    match there.random.randrange(6):
        case 0:
            letter["Auto-Submitted"] = "auto-replied"
            there.tally.note("mail, vacation", await _hand_over(there, letter.as_bytes()), 250)
        case 1:
            there.tally.note("mail, from nobody", await _hand_over(there, letter.as_bytes(), sender=""), 250)
        case 2:
            broken = letter.as_bytes().replace(b"Content-Type: text/plain", b"Content-Type: multipart/mixed")
            code = await _hand_over(there, broken + there.random.randbytes(2_000))
            there.tally.note("mail, broken", code, 250, 500)
        case 3:
            there.tally.note("mail, noise", await _hand_over(there, there.random.randbytes(4_000)), 250, 500)
        case 4:
            letter["In-Reply-To"] = f"<desk.{there.random.randrange(99)}.{'0' * 16}@iomart.com>"
            there.tally.note("mail, a stranger's thread", await _hand_over(there, letter.as_bytes()), 250)
        case _:
            code = await _hand_over(there, letter.as_bytes(), to="nobody@example.org")
            there.tally.note("mail, for nobody here", code, 550, 554)


async def bomb(there: Outside) -> None:
    """A mail that is made to weigh heavily: each is taken, and read in its time or kept unread."""
    number = next(there.numbers)
    kind = there.random.choice(list(bombs.MAILS))
    raw = bombs.mail(kind, number)
    there.tally.note(f"mail, {kind}", await _hand_over(there, raw, sender=f"bob{number}@example.net"), 250)
    there.tally.accepted.add(f"bomb-{number}@example.net")


def _letter(there: Outside, words: str, ident: str) -> EmailMessage:
    letter = EmailMessage()
    letter["From"] = f"Ann Lee <ann{there.random.randrange(300)}@example.net>"
    letter["To"], letter["Subject"], letter["Message-ID"] = OUR_MAILBOX, "My data", f"<{ident}>"
    letter.set_content(words)
    return letter


async def _hand_over(there: Outside, raw: bytes, sender: str = "ann@example.net", to: str = OUR_MAILBOX) -> int:
    raw = b"\r\n".join(raw.replace(b"\r", b"").split(b"\n"))
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=there.smtp_port, start_tls=False, timeout=60)
    async with client:
        try:
            await client.sendmail(sender, [to], raw)
        except aiosmtplib.SMTPRecipientsRefused as error:
            return error.recipients[0].code
        except aiosmtplib.SMTPResponseException as error:
            return error.code
    return 250
