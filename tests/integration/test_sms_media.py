"""Pictures that come by text: fetched from Twilio, stored, deleted there with proof; nothing else is ever opened."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.models import AuditEntry
from bot.files.models import AttachmentFile
from channels.errors import Permanent, Temporary
from channels.sms import create, kept
from channels.sms.channel import SmsChannel
from channels.sms.kept import PublicResolver
from channels.twilio_accounts import Account, Accounts
from tests.fakes.desk import NOW, FakeDesk
from tests.fakes.twilio import ACCOUNT, TOKEN, FakeTwilio, Media, Refusal
from tests.integration.whole_desk import World, world
from tests.support import until

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(500)
PDF = b"%PDF-1.7\n" + bytes(200)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed is tried again at once."""
    monkeypatch.setattr("bot.workers.retry.FIRST", 0.0)
    monkeypatch.setattr("bot.workers.rounds.PAUSE", 0.01)


@pytest.fixture
async def twilio() -> AsyncIterator[FakeTwilio]:
    async with FakeTwilio() as twilio:
        yield twilio


@pytest.fixture
async def channel(twilio: FakeTwilio) -> AsyncIterator[SmsChannel]:
    settings = {"twilio_account_sid": ACCOUNT, "twilio_auth_token": TOKEN, "twilio_api_base": twilio.base}
    channel = create(FakeDesk(settings=settings).context())
    await channel.start()
    yield channel
    await channel.stop()


async def pictures(outside: World, *files: Media, words: str = "") -> None:
    """Ann sends files by text, with words or without."""
    fields = {"NumMedia": str(len(files))}
    for index, file in enumerate(files):
        fields |= {f"MediaUrl{index}": outside.twilio.kept(file), f"MediaContentType{index}": file.content_type}
    assert await outside.text(words, **fields) == 200


async def files_of(outside: World, **wanted: Any) -> list[AttachmentFile]:
    """Every file, once each has these values."""

    async def so() -> bool:
        rows = await outside.all(AttachmentFile)
        return bool(rows) and all(getattr(row, name) == value for row in rows for name, value in wanted.items())

    await until(outside.desk, so)
    return list(await outside.all(AttachmentFile))


async def audited(outside: World, action: str) -> list[AuditEntry]:
    def work(session: Session) -> list[AuditEntry]:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action)))

    return await outside.desk.desk.database.read(work)


async def forgotten(outside: World, count: int) -> None:
    """Wait until the provider's word on so many files is in the audit."""

    async def so() -> bool:
        return len(await audited(outside, "file.deleted_at_provider")) == count

    await until(outside.desk, so)


async def test_pictures_are_stored_and_then_deleted_at_twilio_with_proof(tmp_path: Path, quick: None) -> None:
    """Ten files, with credentials to Twilio and none to its store; what each is comes from its bytes; Twilio's word on
    the deleting is kept with the file, and in the audit, which names nobody.
    """
    async with world(tmp_path, channels="sms") as outside:
        sent = [Media(JPEG + bytes([index])) for index in range(9)] + [Media(PDF, "image/png")]
        await pictures(outside, *sent, words="here is my letter, do you sell my data?")
        await forgotten(outside, 10)
        rows = await files_of(outside, state="kept")
        assert [row.content for row in rows] == [file.content for file in sent]
        assert (rows[0].name, rows[0].content_type) == ("picture-1.jpg", "image/jpeg")
        assert rows[9].content_type == "application/pdf", "Twilio's word for the type proves nothing"
        assert len(outside.twilio.deleted) == 10
        assert outside.twilio.media == {}
        for headers in outside.twilio.led:
            assert "Authorization" not in headers
        moment = outside.clock().isoformat(timespec="seconds")
        assert {row.proof for row in rows} == {f"Twilio answered 204 at {moment}: the file is deleted"}
        for entry in await audited(outside, "file.deleted_at_provider"):
            assert "+44" not in str(entry.data)
        assert outside.twilio.messages, "the words beside the pictures are answered"


@pytest.mark.parametrize("refusal", [Refusal(429, 20429), Refusal(500), Refusal(503), Refusal(0), Refusal(401, 20003)])
async def test_a_twilio_in_trouble_loses_no_file(tmp_path: Path, quick: None, refusal: Refusal) -> None:
    """Fetching and deleting are tried again, each until it is done; meanwhile staff see why it waits."""
    async with world(tmp_path, channels="sms") as outside:
        source = outside.twilio.kept(Media(JPEG))
        outside.twilio.refusals.extend([refusal._replace(headers={"Retry-After": "0"})] * 3)
        await outside.text("", NumMedia="1", MediaUrl0=source, MediaContentType0="image/jpeg")
        if refusal.status == 401:
            (row,) = await files_of(outside, attempts=1, state="waiting")
            assert "token" in row.problem
            assert "tried again" in row.problem
            outside.twilio.refusals.clear()
            outside.clock.move(seconds=301)
            outside.desk.desk.bus.publish(["files"])
        await forgotten(outside, 1)
        (row,) = await files_of(outside, state="kept")
        assert row.content == JPEG


async def test_a_file_that_is_not_there_yet_is_waited_for(tmp_path: Path, quick: None) -> None:
    """Twilio's store may lag behind its message: a first 404 is no end."""
    async with world(tmp_path, channels="sms") as outside:
        outside.twilio.refusals.extend([Refusal(404, 20404)] * 2)
        await pictures(outside, Media(JPEG))
        await forgotten(outside, 1)


async def test_a_file_that_never_comes_is_told_to_staff(tmp_path: Path, quick: None) -> None:
    """Gone at Twilio: the file says so, a note asks staff to have it another way, and nobody waits for ever."""
    async with world(tmp_path, channels="sms") as outside:
        source = outside.twilio.kept(Media(JPEG))
        outside.twilio.media.clear()
        await outside.text("", NumMedia="1", MediaUrl0=source)
        (row,) = await files_of(outside, state="gone")
        assert "no more" in row.problem
        await forgotten(outside, 1)
        notes = [line.text for line in await outside.lines() if line.direction == "note"]
        assert any("Ask them to send it another way" in note for note in notes)


async def test_a_program_is_refused_and_deleted_there_too(tmp_path: Path, quick: None) -> None:
    """What is never kept here is not left with the provider."""
    async with world(tmp_path, channels="sms") as outside:
        await pictures(outside, Media(b"MZ" + bytes(300)))
        await forgotten(outside, 1)
        (row,) = await files_of(outside, state="refused")
        assert (row.content, "program" in row.problem) == (b"", True)


async def test_a_file_of_a_sub_account_is_fetched_with_its_token(tmp_path: Path, quick: None) -> None:
    """The account stands in the file's address, and must be one of ours."""
    sub, other = "AC" + "b" * 32, "AC" + "d" * 32
    accounts = f'[{{"sid": "{sub}", "token": "its own"}}]'
    async with world(tmp_path, channels="sms", twilio_accounts=accounts) as outside:
        outside.twilio.tokens[sub] = "its own"
        await pictures(outside, Media(JPEG, account=sub))
        await forgotten(outside, 1)
        await pictures(outside, Media(JPEG, account=other))
        await until(outside.desk, lambda: _state(outside, 2, "refused"))


async def _state(outside: World, ident: int, state: str) -> bool:
    return any(row.id == ident and row.state == state for row in await outside.all(AttachmentFile))


@pytest.mark.parametrize(
    "source",
    [
        "https://evil.example/2010-04-01/Accounts/{a}/Messages/{m}/Media/{e}",
        "http://api.twilio.com/2010-04-01/Accounts/{a}/Messages/{m}/Media/{e}",
        "https://api.twilio.com@evil.example/2010-04-01/Accounts/{a}/Messages/{m}/Media/{e}",
        "https://api.twilio.com.evil.example/2010-04-01/Accounts/{a}/Messages/{m}/Media/{e}",
        "https://api.twilio.com:8443/2010-04-01/Accounts/{a}/Messages/{m}/Media/{e}",
        "https://api.twilio.com/2010-04-01/Accounts/{a}/Messages/{m}/Media/{e}/../../x",
        "https://api.twilio.com/2010-04-01/Accounts/{a}/Messages/{m}/Media/{e}?x=1",
        "https://api.twilio.com/2010-04-01/Accounts/{a}/Messages/{m}/Media/{e}\n",
        "https://api.twilio.com/2010-04-01/Accounts/{a}/Calls.json",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "",
    ],
)
async def test_no_other_address_is_ever_opened(channel: SmsChannel, twilio: FakeTwilio, source: str) -> None:
    """A file's address must be one of Twilio's files, to the letter; nothing is asked of anybody for another."""
    source = source.format(a=ACCOUNT, m="MM" + "1" * 32, e="ME" + "2" * 32)
    for work in (channel.fetch, channel.forget):
        with pytest.raises(Permanent, match="none of Twilio's"):
            await work(source)
    assert twilio.requests == 0


@pytest.mark.parametrize(
    "leads_to",
    [
        "https://evil.example/x",
        "http://mms.twiliocdn.com/x",
        "https://mms.twiliocdn.com.evil.example/x",
        "https://eviltwilio.com/x",
        "https://user:pass@mms.twiliocdn.com/x",
        "https://mms.twiliocdn.com:8443/x",
        "https://169.254.169.254/x",
        "https://[::1]/x",
        "https://127.0.0.1:1/x",
        "https://MMS.TWILIOCDN.COM\\@evil.example/x",
        "file:///etc/passwd",
        "ftp://mms.twiliocdn.com/x",
        "https://x:port/",
    ],
)
async def test_twilio_leads_nowhere_but_to_its_own_hosts(
    channel: SmsChannel, twilio: FakeTwilio, leads_to: str
) -> None:
    """A redirect to any other host, way or port is not followed."""
    with pytest.raises(Permanent, match="not its own"):
        await channel.fetch(twilio.kept(Media(JPEG, leads_to=leads_to)))
    assert twilio.led == []


@pytest.mark.parametrize("host", ["mms.twiliocdn.com", "media.twiliocdn.com", "api.twilio.com", "twilio.com"])
def test_twilio_s_own_stores_may_be_led_to(host: str) -> None:
    """Over https alone; our own base, as in tests, only where it is set."""
    assert kept.leads_on(f"https://{host}/a?b", kept.DEFAULT_BASE)
    assert not kept.leads_on("http://127.0.0.1:80/a", kept.DEFAULT_BASE)
    assert kept.leads_on("http://127.0.0.1:80/a", "http://127.0.0.1:80")
    assert not kept.leads_on("http://127.0.0.1:81/a", "http://127.0.0.1:80")


async def test_a_name_that_leads_inside_is_not_followed() -> None:
    """However a name of Twilio's came to point at our own network: nothing is opened there."""
    resolver = PublicResolver()
    with pytest.raises(OSError, match="not public"):
        await resolver.resolve("localhost", 443, socket.AF_INET)
    for address in ("10.1.2.3", "192.168.0.1", "169.254.169.254", "100.64.0.1", "::1", "fe80::1%eth0", "fc00::1", "x"):
        assert not kept.is_public(address)
    assert kept.is_public("3.5.140.2")


async def test_a_round_of_redirects_ends(channel: SmsChannel, twilio: FakeTwilio) -> None:
    """Twilio leads from place to place: given up for now, not for ever."""
    source = twilio.kept(Media(JPEG))
    path = source.removeprefix("https://api.twilio.com")
    twilio.token = None
    twilio.media[path].leads_to = f"{twilio.base}{path}"
    with pytest.raises(Temporary, match="without end"):
        await channel.fetch(source)


@pytest.mark.parametrize("announced", [True, False])
async def test_a_file_that_is_too_large_is_not_read_on(
    channel: SmsChannel, twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch, announced: bool
) -> None:
    """Whether its length was announced or not: nothing above the bound is held."""
    monkeypatch.setattr(kept, "LARGEST", 1000)
    source = twilio.kept(Media(bytes(1001)))
    if not announced:
        monkeypatch.setattr("aiohttp.ClientResponse.content_length", None)
    with pytest.raises(Permanent, match="larger than"):
        await channel.fetch(source)
    twilio.media.clear()
    assert (await channel.fetch(twilio.kept(Media(bytes(1000))))).content == bytes(1000)


async def test_a_twilio_that_does_not_answer_is_not_waited_for(twilio: FakeTwilio) -> None:
    """One file is bounded in time, and its failing names no address."""
    twilio.delay = 30
    asking = kept.Kept(Accounts([Account(ACCOUNT, TOKEN)]), twilio.base, lambda: NOW, seconds=0.05)
    await asking.start()
    with pytest.raises(Temporary, match="in time"):
        await asking.fetch(twilio.kept(Media(JPEG)))
    await asking.stop()
    with pytest.raises(Temporary, match="not started"):
        await asking.fetch(twilio.kept(Media(JPEG)))


async def test_what_was_stored_and_not_yet_deleted_is_deleted_after_a_restart(tmp_path: Path, quick: None) -> None:
    """Twilio deletes nothing until the desk stops: ours is stored all the same, and the next start has it deleted."""
    async with world(tmp_path, channels="sms") as outside:
        outside.twilio.keeps = True
        await pictures(outside, Media(JPEG))
        (row,) = await files_of(outside, state="kept")
        assert (row.content, row.proof) == (JPEG, "")
    async with world(tmp_path, channels="sms") as outside:
        await forgotten(outside, 1)
        (row,) = await files_of(outside, state="kept")
        assert "it has no such file" in row.proof
        assert row.content == JPEG
