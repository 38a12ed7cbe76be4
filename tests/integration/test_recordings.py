"""What Twilio says of a call's recordings is proof only where it is Twilio's own list, read to its end."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.errors import Temporary
from channels.recordings import Recordings
from channels.twilio_accounts import Account, Accounts
from tests.fakes import twilio as fake

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
OURS = Account(fake.ACCOUNT, fake.TOKEN)
CALL = "CA" + "1" * 32


async def forgotten(base: str) -> str:
    """What the desk notes as proof."""
    recordings = Recordings(Accounts([OURS]), base, lambda: NOW)
    await recordings.start()
    try:
        return await recordings.forget(CALL, OURS.sid)
    finally:
        await recordings.stop()


@pytest.mark.parametrize(("listed", "total"), [(2, 5), (5, 5), (1, 10)])
async def test_recordings_on_every_page_are_deleted(listed: int, total: int) -> None:
    """Twilio lists a page at a time; nothing is proved before the last of them is gone."""
    twilio = fake.FakeTwilio(listed=listed, recorded={CALL: [f"RE{number:032x}" for number in range(total)]})
    await twilio.start()
    try:
        assert f"{total} recordings of the call are deleted" in await forgotten(twilio.base)
    finally:
        await twilio.stop()
    assert twilio.recorded == {CALL: []}


async def test_more_than_one_try_takes_is_no_proof_yet_and_the_next_try_goes_on() -> None:
    """Each try is bounded."""
    twilio = fake.FakeTwilio(listed=1, recorded={CALL: [f"RE{number:032x}" for number in range(12)]})
    await twilio.start()
    try:
        with pytest.raises(Temporary, match="further recordings"):
            await forgotten(twilio.base)
        assert len(twilio.recorded[CALL]) == 2
        assert "2 recordings of the call are deleted" in await forgotten(twilio.base)
    finally:
        await twilio.stop()


@pytest.mark.parametrize(
    "says",
    [{}, {"recordings": None}, {"recordings": {}}, {"recordings": ["RE"]}, {"recordings": [{"sid": "XX1"}]}],
    ids=["nothing", "no list", "an object", "bare words", "another kind of id"],
)
async def test_what_is_no_list_of_recordings_proves_nothing(says: dict[str, Any]) -> None:
    """Another server at that address can't make the desk believe that a call was never recorded."""

    async def answer(_: web.Request) -> web.Response:
        return web.json_response(says)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as server:
        with pytest.raises(Temporary, match="not Twilio"):
            await forgotten(str(server.make_url("")).rstrip("/"))
