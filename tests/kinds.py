"""What the desk recognises in real mail: every case of a folder over real SMTP into a whole desk, then a table.

    python -m tests.kinds [FOLDER]      the folder of cases; else DESK_TEST_CASES, else ../shared/cases

The first table counts by folder: what was accepted and decoded, which kinds were recognised (a mail may be of several),
what was answered, and what was answered though its own head forbids it, which must be 0. The second is of bounces: the
desk first writes to somebody, and the bounce is made in memory to speak of that mail, as if it had come back; then it
is counted which message it was linked to, and whether the address is marked. Nothing of a case is kept or printed.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from email.utils import parseaddr
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import logs
from bot.contacts.models import ContactAddress
from bot.conversations.models import Message
from bot.messages.models import Inbox, Outbox
from channels.base import DeliveryReport
from channels.mail.decode import decode
from tests.integration.whole_desk import OUR_MAILBOX, Mail, World, hand_over, letter, world
from tests.support import rows
from tests.unit.channels.mail.desk import received

FOLDERS = {
    "mail/cpython": "someone@example.org",
    "mail/flanker": "someone@example.org",
    "mail/mikel-mail": "someone@example.org",
    "replies/github": "someone@example.org",
    "replies/talon": "someone@example.org",
    "replies/zapier": "someone@example.org",
    "bounces": "",
}
"""The folders of cases, and the envelope's sender of what stands in each."""
KINDS: Mapping[str, str] = {
    "absence": "an automatic reply or notice of absence",
    "list": "a mailing list or newsletter",
    "receipt": "read receipt",
    "abuse report": "abuse report",
    "challenge": "asks us to confirm",
    "calendar's answer": "sent by a calendar",
    "invitation": "an invitation",
    "encrypted": "encrypted with",
    "signed": "signed with",
    "winmail.dat": "winmail.dat",
    "digest": "a digest of several mails",
    "forwarded": "forwarded mail",
}
"""Kinds of mail, and the words by which staff see each (channels/mail/kinds.py)."""
COUNTED = (
    "mails", "accepted", "decoded", "undecodable", "bounce", *KINDS, "automatic", "answered", "no machine may answer",
    "answered all the same",
)  # fmt: skip
REPORTED = (
    "reports", "linked", "linked wrongly", "failed, address marked", "failed, address not marked", "delayed",
    "delayed, address marked",
)  # fmt: skip
LONGEST_LINE = 65_536


class Case(NamedTuple):
    """One case as it goes over SMTP."""

    name: str
    raw: bytes


def folder_of_cases() -> Path:
    """Where the cases are."""
    return Path(os.environ.get("DESK_TEST_CASES") or Path(__file__).parents[2] / "shared" / "cases")


def cases(folder: Path) -> list[Case]:
    """Every case below a folder, licences apart; a bare text or page is given a head, as a mail program would.

    One bare reply of a single 700 KB line stays out: no mail program sends it so.
    """
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "LICENSE"]
    found = [Case(path.name, _mail(path)) for path in paths]
    return [case for case in found if max(map(len, case.raw.split(b"\n"))) < LONGEST_LINE]


def _mail(path: Path) -> bytes:
    raw = crlf(path)
    if "replies" not in path.parts or path.suffix == ".eml":
        return raw
    kind = "html" if path.suffix == ".html" else "plain"
    head = f"From: someone@example.org\r\nMessage-ID: <{path.parent.name}-{path.stem}@example.org>\r\n"
    return f"{head}Subject: Re: hello\r\nContent-Type: text/{kind}; charset=utf-8\r\n\r\n".encode() + raw


def crlf(path: Path) -> bytes:
    """The file as a mail client would send it."""
    return path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def must_not_be_answered(raw: bytes, mail_from: str) -> str:
    """Why no machine may answer this mail, by its own head (RFC 3834 and kin), read apart from the desk's code."""
    head = BytesHeaderParser().parsebytes(raw.lstrip(b"\r\n"))

    def said(name: str) -> str:
        return str(head.get(name, "")).strip().lower()

    if not mail_from or said("Return-Path") == "<>":
        return "empty envelope"
    if said("Auto-Submitted").partition(";")[0].strip() not in ("", "no"):
        return "automatic"
    if said("Precedence") in ("bulk", "junk", "list", "auto_reply"):
        return "bulk"
    if any(
        head.get(name) is not None for name in ("List-Id", "List-Post", "List-Unsubscribe", "X-Autoreply", "X-Loop")
    ):
        return "list"
    if said("Content-Type").startswith("multipart/report"):
        return "report"
    local = parseaddr(said("From"))[1].partition("@")[0]
    return "daemon" if local in ("mailer-daemon", "postmaster", "noreply", "no-reply") else ""


async def poured(outside: World, raws: Sequence[bytes], mail_from: str) -> list[int]:
    """Each mail over one of a few connections; gives the answers' codes."""
    waiting, codes = list(raws), []

    async def connection() -> None:
        async with outside.smtp() as client:
            while waiting:
                codes.append(await hand_over(client, waiting.pop(), mail_from, OUR_MAILBOX))

    await asyncio.gather(*(connection() for _ in range(4)))
    return codes


async def quiet(outside: World, deadline: float = 240) -> None:
    """Wait until every mail is handled and every answer is with the relay."""
    async with asyncio.timeout(deadline):
        while True:
            try:
                await outside.settled()
            except TimeoutError:
                continue
            return


# What is recognised


async def recognised(place: Path, found: Sequence[Case], mail_from: str) -> Counter[str]:
    """What a desk of its own makes of these cases, by COUNTED. Equal ones are one mail."""
    raws = sorted({case.raw for case in found})
    async with world(place, channels="mail") as outside:
        codes = await poured(outside, raws, mail_from)
        await quiet(outside)
        counts = await rows(outside.desk, lambda session: _recognised(session, mail_from))
    return counts + Counter({"mails": len(raws), "accepted": codes.count(250)})


def _recognised(session: Session, mail_from: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    lines = {line.inbox_id: line for line in session.scalars(select(Message).where(Message.direction == "in"))}
    answered = {line.conversation_id for line in session.scalars(select(Message).where(Message.direction == "out"))}
    for mail in session.scalars(select(Inbox)):
        line = lines.get(mail.id)
        if line is None or mail.state != "handled":
            continue
        automatic, kind = line.evidence.get("automatic", ""), _kind(line.evidence)
        counts["undecodable" if line.state == "undecodable" else "decoded"] += 1
        counts["bounce"] += "delivery report" in automatic
        counts["automatic"] += bool(automatic)
        counts["answered"] += line.conversation_id in answered
        counts.update(name for name, words in KINDS.items() if words in kind)
        forbidden = bool(must_not_be_answered(mail.payload, mail_from))
        counts["no machine may answer"] += forbidden
        counts["answered all the same"] += (forbidden or bool(automatic)) and line.conversation_id in answered
    return counts


def _kind(evidence: Mapping[str, str]) -> str:
    """What staff read of a mail's kinds; encryption and an invitation stand in the line itself."""
    invited = "an invitation" if evidence.get("calendar") else ""
    return "; ".join(filter(None, (evidence.get("kind", ""), evidence.get("encrypted", ""), invited)))


# Bounces of our own mail


@dataclass(frozen=True, slots=True)
class Returned:
    """A bounce that was made to speak of a mail of ours; `row` is that mail's in the outbox."""

    raw: bytes
    to: str
    row: int


def spoken_of(raw: bytes, report: DeliveryReport, message_id: str, address: str) -> bytes:
    """The bounce as if our mail had come back: its id and its recipient stand wherever the returned mail's stood."""
    for old, new in ((report.message_id, message_id), (report.recipient, address)):
        if old:
            raw = re.sub(re.escape(old.encode()), new.encode(), raw, flags=re.IGNORECASE)
    return raw


async def linked(place: Path, found: Sequence[Case], *, to_sender: bool) -> Counter[str]:
    """What becomes of bounces of mail that one of the staff has sent, by REPORTED. With `to_sender` they come back to
    the envelope's sender, as they do; else to the mailbox, so that the returned mail's id alone can tell.
    """
    reports = [
        (case, report)
        for case in found
        if isinstance(report := decode(received(case.raw, mail_from="")), DeliveryReport)
    ]
    async with world(place, channels="mail") as outside:
        returned = []
        for number, (case, report) in enumerate(reports, start=1):
            sent = await _sent(outside, number)
            raw = spoken_of(case.raw, report, str(sent.message["Message-ID"]).strip("<>"), sent.rcpt_to)
            returned.append(Returned(raw, sent.mail_from if to_sender else OUR_MAILBOX, await _newest(outside)))
        counts: Counter[str] = Counter({"reports": len(returned)})
        async with outside.smtp() as client:
            for number, each in enumerate(returned, start=1):
                before = await _reported(outside)
                assert await hand_over(client, each.raw, "", each.to) == 250
                await quiet(outside)
                counts.update(await _became(outside, each, number, before))
    return counts


async def _sent(outside: World, number: int) -> Mail:
    """A mail of one of the staff's to somebody new, as the relay has it."""
    address = f"customer{number}@example.net"
    await outside.mail(letter("Do you use cookies?", sender=address, ident=f"{number}@example.net"), address)
    await quiet(outside)
    await outside.staff_reply("Yes: see clause 4.", conversation=number)
    return outside.relay.mails[-1]


async def _newest(outside: World) -> int:
    return max(row.id for row in await outside.all(Outbox))


async def _reported(outside: World) -> dict[int, str]:
    """What was reported of each message."""
    return {row.id: row.provider_state for row in await outside.all(Outbox)}


async def _became(outside: World, each: Returned, number: int, before: Mapping[int, str]) -> list[str]:
    """What one bounce did, in the words of REPORTED."""
    after = await _reported(outside)
    moved = [row for row, state in after.items() if state != before[row]]
    if not moved:
        return []
    if moved != [each.row]:
        return ["linked wrongly"]
    address = f"customer{number}@example.net"
    (known,) = [row for row in await outside.all(ContactAddress) if row.value == address]
    marked = known.bad_since is not None
    if after[each.row] == "delayed":
        return ["linked", "delayed", *(["delayed, address marked"] if marked else [])]
    return ["linked", f"failed, address {'' if marked else 'not '}marked"]


# The tables


async def tables(folder: Path) -> tuple[dict[str, Counter[str]], dict[str, Counter[str]]]:
    """Both tables, by their rows."""
    kinds, bounces = {}, {}
    for name, mail_from in FOLDERS.items():
        with tempfile.TemporaryDirectory() as place:
            kinds[name] = await recognised(Path(place), cases(folder / name), mail_from)
    kinds["all"] = sum(kinds.values(), Counter())
    for name, to_sender in (("to the envelope's sender", True), ("to the mailbox", False)):
        with tempfile.TemporaryDirectory() as place:
            bounces[name] = await linked(Path(place), cases(folder / "bounces"), to_sender=to_sender)
    return kinds, bounces


def printed(title: str, counted: Sequence[str], found: Mapping[str, Counter[str]]) -> str:
    """A table as a text to read: one line for what is counted, one column for each of its folders."""
    wide = max(map(len, counted)) + 2
    lines = [title, "", " " * wide + "  ".join(f"{name:>12}" for name in found)]
    for what in counted:
        cells = (f"{each[what] or '-':>{max(12, len(name))}}" for name, each in found.items())
        lines.append(f"{what:<{wide}}" + "  ".join(cells))
    return "\n".join(lines)


def main() -> None:
    """Print both tables."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else folder_of_cases()
    if not (folder / "bounces").is_dir():
        sys.exit(f"no cases in {folder}: give their folder, or set DESK_TEST_CASES")
    logs.configure(level="error")
    kinds, bounces = asyncio.run(tables(folder))
    sys.stdout.write(printed("What was recognised", COUNTED, kinds) + "\n\n")
    sys.stdout.write(printed("Bounces of our own mail", REPORTED, bounces) + "\n")


if __name__ == "__main__":
    main()
