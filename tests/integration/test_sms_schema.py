"""Twilio's own published description of its API agrees with what we send, and with the Twilio that tests use."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from channels.base import OutboundMessage
from channels.recordings import Recordings
from channels.sms import create
from channels.twilio_accounts import Account, Accounts
from tests.fakes.desk import NOW, FakeDesk
from tests.fakes.twilio import ACCOUNT, TOKEN, FakeTwilio

CASES = Path(os.environ.get("DESK_TEST_CASES", Path(__file__).parents[2].parent / "shared" / "cases"))

pytestmark = pytest.mark.external


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    path = CASES / "twilio" / "twilio_api_v2010.json"
    if not path.exists():
        pytest.skip("set DESK_TEST_CASES to a folder that holds twilio/twilio_api_v2010.json")
    loaded: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return loaded


async def test_every_field_that_we_send_is_one_that_twilio_describes(described: dict[str, Any]) -> None:
    """Path, names and required fields of a created message follow the description."""
    form = described["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]["post"]["requestBody"]
    schema = form["content"]["application/x-www-form-urlencoded"]["schema"]
    async with FakeTwilio() as twilio:
        settings = {"twilio_account_sid": ACCOUNT, "twilio_auth_token": TOKEN, "twilio_api_base": twilio.base}
        channel = create(FakeDesk(settings=settings).context())
        await channel.start()
        for sender in ("+447700900999", "MG" + "0" * 32):
            await channel.send(OutboundMessage(key="k", address="+447700900001", sender=sender, text="hello"))
        await channel.stop()
    for message in twilio.messages:
        sent = set(message) - {"sid", "at", "account"}
        assert sent <= set(schema["properties"])
        assert set(schema.get("required", ())) <= sent


async def test_recordings_are_listed_and_deleted_where_twilio_describes_it(described: dict[str, Any]) -> None:
    """Each request of an erasure is one of the description's: its path, its method, its field."""
    call, sid = f"CA{1:032x}", f"RE{1:032x}"
    async with FakeTwilio(recorded={call: [sid]}) as twilio:
        kept = Recordings(Accounts([Account(ACCOUNT, TOKEN)]), twilio.base, lambda: NOW)
        await kept.start()
        await kept.forget(call, ACCOUNT)
        await kept.stop()
        assert twilio.recorded == {call: []}
    listing = described["paths"]["/2010-04-01/Accounts/{AccountSid}/Calls/{CallSid}/Recordings.json"]["get"]
    assert "PageSize" in {each["name"] for each in listing["parameters"]}
    assert "recordings" in listing["responses"]["200"]["content"]["application/json"]["schema"]["properties"]
    assert "delete" in described["paths"]["/2010-04-01/Accounts/{AccountSid}/Recordings/{Sid}.json"]


async def test_the_twilio_of_our_tests_answers_as_described(described: dict[str, Any]) -> None:
    """The fake's record has no field that the real one has not."""
    properties = described["components"]["schemas"]["api.v2010.account.message"]["properties"]
    async with FakeTwilio(token=None) as twilio, ClientSession() as session:
        url = f"{twilio.base}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
        async with session.post(url, data={"To": "+1", "From": "+2", "Body": "x"}) as answer:
            assert answer.status == 201
            assert set(await answer.json()) <= set(properties)
