"""What Twilio keeps of an erased person goes there too: our note of it names nobody, and outlives our own rows."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot.audit.log import rows
from bot.conversations.models import Message
from bot.erasure import removing
from bot.erasure.scope import Whose
from bot.files.models import AttachmentFile
from bot.messages import provider_copies
from bot.messages.models import Outbox, ProviderCopy
from bot.workers import emptying
from tests.fakes import twilio as fake
from tests.fakes.twilio import Media, Refusal
from tests.integration.whole_desk import ANN_NUMBER, World, world
from tests.support import until

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(500)


async def erased(outside: World) -> None:
    """Every row of Ann's goes, as an erasure takes it."""

    def work(session: Session) -> None:
        for fate in removing.here():
            while removing.batch(session, fate, Whose(contacts=[1]), outside.clock()):
                pass

    await outside.desk.desk.database.write(work)


async def asked_to_forget(outside: World) -> None:
    """What the job does, some time later."""
    desk = outside.desk.desk
    outside.clock.move(hours=1)
    await emptying.run(desk.database, desk.channels, desk.metrics, outside.clock())


@pytest.mark.parametrize("fetched", [True, False], ids=["stored", "not fetched yet"])
async def test_a_file_that_twilio_still_has_is_deleted_there_after_the_erasure(tmp_path: Path, fetched: bool) -> None:
    """Twilio was in trouble before, so that our row went first: the note of its place stays until Twilio has deleted
    it, through another refusal, and without a setting for it. It holds nothing of hers.
    """
    async with world(tmp_path, channels="sms") as outside:
        await outside.desk.scheduler.run_due()
        refusals = [Refusal(500, headers={"Retry-After": "600"})] * 3
        place = outside.twilio.kept(Media(JPEG))
        if not fetched:
            outside.twilio.refusals.extend(refusals[:1])
        else:
            await outside.desk.workers.fetcher.stop()
        await outside.text("", NumMedia="1", MediaUrl0=place, MediaContentType0="image/jpeg")
        await outside.settled()

        async def there() -> bool:
            return bool(await outside.all(AttachmentFile))

        await until(outside.desk, there)
        await outside.desk.workers.fetcher.stop()
        outside.twilio.refusals.clear()
        if fetched:
            await outside.desk.desk.database.write(_stored)
        await erased(outside)
        assert await outside.all(AttachmentFile) == []
        (copy,) = await outside.all(ProviderCopy)
        assert (copy.what, copy.provider_id, copy.state) == ("file", place, "waiting")
        assert ANN_NUMBER not in str(vars(copy))
        outside.twilio.refusals.append(Refusal(503))
        await asked_to_forget(outside)
        assert outside.twilio.deleted == []
        await asked_to_forget(outside)
        assert len(outside.twilio.deleted) == 1
        assert outside.twilio.media == {}
        (copy,) = await outside.all(ProviderCopy)
        assert copy.state == "empty"
        assert "deleted" in copy.proof
        assert "provider.emptied" in [each.action for each in await outside.desk.desk.database.read(_audit)]


def _stored(session: Session) -> None:
    (row,) = session.query(AttachmentFile).all()
    row.content, row.state = JPEG, "kept"


def _audit(session: Session) -> list[object]:
    return list(rows(session))


async def test_words_of_ours_that_twilio_has_not_reported_are_emptied_after_the_erasure(tmp_path: Path) -> None:
    """Our answer was sent and its end not reported: the erasure takes Twilio's name for it from our row, not from the
    note.
    """
    async with world(tmp_path, channels="sms", twilio_minimise=True) as outside:
        await outside.desk.scheduler.run_due()
        await outside.texted("do you sell my data?")
        (answer,) = outside.twilio.messages
        await erased(outside)
        (sent,) = await outside.all(Outbox)
        assert sent.provider_id == ""
        assert {each.text for each in await outside.all(Message)} == {""}
        await asked_to_forget(outside)
        assert answer["sid"] in outside.twilio.emptied
        assert {each.state for each in await outside.all(ProviderCopy)} == {"empty"}


async def test_recordings_of_an_erased_persons_calls_are_deleted_at_twilio(tmp_path: Path) -> None:
    """By the call's name alone, through refusals, whatever is recorded today; other people's stay."""
    async with world(tmp_path, channels="voice") as outside:
        await outside.desk.scheduler.run_due()
        said = fake.call(1, sender=ANN_NUMBER, SpeechResult="do you sell my data?", Confidence="0.9")
        assert await outside.post("/voice/twilio/said?turn=1&round=0&missed=0&noting=0", said) == 200
        await outside.settled()
        hers, other = f"CA{1:032x}", f"CA{2:032x}"
        outside.twilio.recorded = {hers: [f"RE{1:032x}", f"RE{2:032x}"], other: [f"RE{3:032x}"]}
        await erased(outside)
        (copy,) = await outside.all(ProviderCopy)
        assert (copy.channel, copy.what, copy.provider_id, copy.state) == ("voice", "call", hers, "waiting")
        assert ANN_NUMBER not in str(vars(copy))
        outside.twilio.refusals.extend([Refusal(503), Refusal(401, 20003)])
        for left in (2, 2, 0):
            await asked_to_forget(outside)
            assert len(outside.twilio.recorded[hers]) == left
        assert outside.twilio.recorded[other] == [f"RE{3:032x}"]
        (copy,) = await outside.all(ProviderCopy)
        assert copy.state == "empty"
        assert "2 recordings of the call are deleted" in copy.proof


async def test_a_call_that_was_not_recorded_needs_no_more_than_twilio_s_word(tmp_path: Path) -> None:
    """That there is nothing is proof too."""
    async with world(tmp_path, channels="voice") as outside:
        await outside.desk.scheduler.run_due()
        said = fake.call(1, sender=ANN_NUMBER, SpeechResult="do you sell my data?", Confidence="0.9")
        assert await outside.post("/voice/twilio/said?turn=1&round=0&missed=0&noting=0", said) == 200
        await outside.settled()
        await erased(outside)
        await asked_to_forget(outside)
        (copy,) = await outside.all(ProviderCopy)
        assert (copy.state, "it has no recording of the call" in copy.proof) == ("empty", True)


async def test_where_words_stay_by_the_settings_an_erasure_notes_none(tmp_path: Path) -> None:
    """What nobody would ever empty is not noted."""
    async with world(tmp_path, channels="sms") as outside:
        await outside.texted("do you sell my data?")
        await erased(outside)
        assert await outside.all(ProviderCopy) == []


async def test_files_wait_for_a_channel_that_is_not_started_and_hold_nothing_else(tmp_path: Path) -> None:
    """What can't be asked for now is not looked at, so that it fills no round."""
    async with world(tmp_path, channels="sms") as outside:
        now = outside.clock() - timedelta(days=1)

        def notes(session: Session) -> None:
            for name in ("pager", "sms"):
                provider_copies.to_empty(session, name, f"{name}-1", account="", sender="", now=now, what="file")

        await outside.desk.desk.database.write(notes)
        await asked_to_forget(outside)
        assert [each.state for each in await outside.all(ProviderCopy)] == ["waiting", "failed"]
