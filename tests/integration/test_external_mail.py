"""Real mail and real bounces over real SMTP to the whole desk: all taken, all kept, all shown, no machine answered."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Sequence
from email.parser import BytesHeaderParser
from email.utils import parseaddr
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations.models import Conversation, Message
from bot.messages.models import Inbox, Outbox
from tests.integration.whole_desk import OUR_MAILBOX, World, hand_over, world
from tests.support import rows

CASES = Path(os.environ.get("DESK_TEST_CASES") or Path(__file__).parents[3] / "shared" / "cases")
pytestmark = [
    pytest.mark.external,
    pytest.mark.skipif(not CASES.is_dir(), reason=f"no folder {CASES}: set DESK_TEST_CASES"),
    pytest.mark.timeout(300),
]
LISTS = ("List-Id", "List-Post", "List-Unsubscribe", "X-Autoreply", "X-Loop")


def files(folder: str) -> list[Path]:
    """Every case of the folder, licences apart."""
    return [path for path in sorted((CASES / folder).rglob("*")) if path.is_file() and path.name != "LICENSE"]


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


async def poured(outside: World, paths: Sequence[Path], mail_from: str) -> list[int]:
    """Each file as one mail over a few connections; gives the answers' codes."""
    waiting, codes = list(paths), []

    async def connection() -> None:
        async with outside.smtp() as client:
            while waiting:
                codes.append(await hand_over(client, crlf(waiting.pop()), mail_from, OUR_MAILBOX))

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


@pytest.mark.parametrize(("folder", "mail_from"), [("mail", "someone@example.org"), ("bounces", "")])
async def test_every_real_mail_is_taken_kept_and_shown(
    tmp_path: Path, folder: str, mail_from: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """250 for each; each has its row, handled, and its line or report; the relay got nothing that it must not have."""
    paths = files(folder)
    assert len(paths) > 50
    async with world(tmp_path, channels="mail") as outside:
        codes = await poured(outside, paths, mail_from)
        assert Counter(codes) == {250: len(paths)}
        await quiet(outside)
        counts = await rows(outside.desk, lambda session: _counts(session, mail_from))
        logged = outside.desk.desk.metrics.text().decode()
    different = len({crlf(path) for path in paths})
    assert counts["stored"] == different
    assert counts["dead"] == 0
    assert counts["shown"] == different, "a mail that nobody sees"
    assert counts["answered though automatic"] == 0
    assert counts["in order"] == different
    assert 'outcome="dead"' not in logged
    if folder == "bounces":
        assert counts["answered"] == 0
    with capfd.disabled():
        print(f"\n{folder}: {dict(counts)}")  # noqa: T201  the counts are what the test shows


def _counts(session: Session, mail_from: str) -> Counter[str]:
    """What became of each stored mail."""
    counts: Counter[str] = Counter()
    lines = {line.inbox_id: line for line in session.scalars(select(Message).where(Message.direction == "in"))}
    answered = {line.conversation_id for line in session.scalars(select(Message).where(Message.direction == "out"))}
    counts["answered"] = len(session.scalars(select(Outbox.id)).all())
    counts["conversations"] = len(session.scalars(select(Conversation.id)).all())
    for mail in session.scalars(select(Inbox)):
        counts["stored"] += 1
        counts["dead"] += mail.state != "handled"
        line = lines.get(mail.id)
        if line is None:
            continue
        counts["shown"] += 1
        counts["in order"] += line.seq is not None
        counts["reports"] += "delivery report" in line.evidence.get("automatic", "")
        counts["undecodable" if line.state == "undecodable" else "decoded"] += 1
        automatic = must_not_be_answered(mail.payload, mail_from)
        counts["automatic"] += bool(line.evidence.get("automatic"))
        counts["must not be answered"] += bool(automatic)
        counts["answered though automatic"] += bool(automatic) and line.conversation_id in answered
    return counts
