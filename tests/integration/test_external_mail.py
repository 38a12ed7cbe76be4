"""Real mail and real bounces over real SMTP to the whole desk: all taken, all kept, all shown, no machine answered."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations.models import Conversation, Message
from bot.messages.models import Inbox, Outbox
from tests import kinds
from tests.integration.whole_desk import world
from tests.support import rows

CASES = kinds.folder_of_cases()
pytestmark = [
    pytest.mark.external,
    pytest.mark.skipif(not CASES.is_dir(), reason=f"no folder {CASES}: set DESK_TEST_CASES"),
    pytest.mark.timeout(300),
]


def files(folder: str) -> list[Path]:
    """Every case of the folder, licences apart."""
    return [path for path in sorted((CASES / folder).rglob("*")) if path.is_file() and path.name != "LICENSE"]


@pytest.mark.parametrize(("folder", "mail_from"), [("mail", "someone@example.org"), ("bounces", "")])
async def test_every_real_mail_is_taken_kept_and_shown(
    tmp_path: Path, folder: str, mail_from: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """250 for each; each has its row, handled, and its line or report; the relay got nothing that it must not have."""
    paths = files(folder)
    assert len(paths) > 50
    async with world(tmp_path, channels="mail") as outside:
        codes = await kinds.poured(outside, [kinds.crlf(path) for path in paths], mail_from)
        assert Counter(codes) == {250: len(paths)}
        await kinds.quiet(outside)
        counts = await rows(outside.desk, lambda session: _counts(session, mail_from))
        logged = outside.desk.desk.metrics.text().decode()
    different = len({kinds.crlf(path) for path in paths})
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


@pytest.mark.parametrize("folder", [name for name in kinds.FOLDERS if name.startswith("replies")])
async def test_every_real_reply_is_taken_and_read(tmp_path: Path, folder: str) -> None:
    """The bodies of replies, as their mail programs would send them: each is accepted and decoded."""
    found = kinds.cases(CASES / folder)
    counts = await kinds.recognised(tmp_path, found, kinds.FOLDERS[folder])
    assert counts["accepted"] == counts["decoded"] == counts["mails"] > 20
    assert counts["answered all the same"] == 0


@pytest.mark.parametrize(("to_sender", "least"), [(True, 57), (False, 15)], ids=["to-its-sender", "by-its-id"])
async def test_real_bounces_find_the_mail_of_ours_that_they_speak_of(
    tmp_path: Path, to_sender: bool, least: int
) -> None:
    """Made to speak of a mail that we sent, each real bounce is linked to that one and to no other: by the address to
    which it comes back, or by the id of the returned mail where it has one. A delay marks no address.
    """
    counts = await kinds.linked(tmp_path, kinds.cases(CASES / "bounces"), to_sender=to_sender)
    assert counts["reports"] == 57
    assert counts["linked"] == least
    assert counts["linked wrongly"] == counts["delayed, address marked"] == 0
    assert counts["failed, address marked"] > counts["linked"] // 5
    assert counts["delayed"] >= 3


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
        automatic = kinds.must_not_be_answered(mail.payload, mail_from)
        counts["automatic"] += bool(line.evidence.get("automatic"))
        counts["must not be answered"] += bool(automatic)
        counts["answered though automatic"] += bool(automatic) and line.conversation_id in answered
    return counts
