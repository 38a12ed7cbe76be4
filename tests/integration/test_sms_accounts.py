"""Sub-accounts at Twilio and the fallback URL, over real HTTP: who is believed, and which account answers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from bot.contacts.models import ContactAddress
from bot.conversations.models import Conversation
from bot.messages.models import Inbox, Outbox
from channels.base import InboundMessage, OutboundMessage
from channels.sms import create
from tests.fakes import twilio as fake
from tests.fakes.desk import FakeDesk, over_http
from tests.fakes.twilio import ACCOUNT, TOKEN, FakeTwilio, text, webhook
from tests.integration.whole_desk import ANN_NUMBER, PUBLIC, world
from tests.support import until

Client = TestClient[web.Request, web.Application]
SUB, SUB_TOKEN = "AC" + "b" * 32, "the sub-account's own token"
SUB_NUMBER, POOL = "+447700900777", "MG" + "e" * 32
SITE_NUMBER = "+447700900888"
"""A number of the second site's, which the main account has where no sub-account names it."""
ACCOUNTS = json.dumps([{"sid": SUB, "token": SUB_TOKEN, "numbers": [SUB_NUMBER]}])
OF_A_SITE = json.dumps([{"sid": SUB, "token": SUB_TOKEN, "numbers": [SUB_NUMBER, SITE_NUMBER], "services": [POOL]}])
SETTINGS = {
    "twilio_account_sid": ACCOUNT,
    "twilio_auth_token": TOKEN,
    "twilio_from": "+447700900999",
    "twilio_accounts": ACCOUNTS,
}
URL = PUBLIC + "/sms/twilio"


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk(settings=dict(SETTINGS))


@pytest.fixture
async def client(desk: FakeDesk) -> AsyncIterator[Client]:
    async with over_http(create(desk.context())) as client:
        yield client


async def post(
    client: Client, fields: Mapping[str, str], token: str, *, path: str = "/sms/twilio", signed: str = ""
) -> int:
    body, headers = webhook(signed or PUBLIC + path, fields, token)
    async with client.post(path, data=body, headers=headers) as answer:
        return answer.status


@pytest.mark.parametrize(
    ("sid", "token", "status", "reason"),
    [
        (SUB, SUB_TOKEN, 200, ""),
        (ACCOUNT, TOKEN, 200, ""),
        (SUB, TOKEN, 403, "bad_signature"),
        (ACCOUNT, SUB_TOKEN, 403, "bad_signature"),
        ("AC" + "c" * 32, TOKEN, 403, "wrong_account"),
        ("", TOKEN, 403, "wrong_account"),
    ],
    ids=["sub", "main", "sub-by-main", "main-by-sub", "unknown", "none"],
)
async def test_each_account_is_believed_by_its_own_token_alone(
    client: Client, desk: FakeDesk, sid: str, token: str, status: int, reason: str
) -> None:
    """The account is matched first; another one's token signs nothing for it, though both are ours."""
    to = {"To": SUB_NUMBER} if sid == SUB else {}
    assert await post(client, text(7, "hello") | {"AccountSid": sid} | to, token) == status
    assert desk.refused == ([("sms", reason)] if reason else [])
    assert len(desk.stored) == (status == 200)


@pytest.mark.parametrize("form", ["", "whatsapp:", "rcs:"])
async def test_in_every_form_a_number_s_message_is_of_its_own_site(desk: FakeDesk, form: str) -> None:
    """Two sites with a number each, of one account: who writes to the second by WhatsApp has the second's policy."""
    async with over_http(create(desk.context())) as client:
        fields = text(8, "hello") | {"To": form + SITE_NUMBER, "From": form + ANN_NUMBER}
        assert await post(client, fields, TOKEN) == 200
    assert desk.stored[0].facts["site"] == "easyspace"


@pytest.mark.parametrize(
    ("fields", "accounts", "site"),
    [
        ({"To": SUB_NUMBER}, ACCOUNTS, "iomart"),
        ({"To": "+15005550000", "MessagingServiceSid": POOL}, OF_A_SITE, "easyspace"),
        ({"To": SITE_NUMBER}, OF_A_SITE, "easyspace"),
        ({"To": "whatsapp:" + SITE_NUMBER}, OF_A_SITE, "easyspace"),
        ({"To": "+15005550000"}, OF_A_SITE, "easyspace"),
    ],
    ids=["of-no-site", "pool", "number", "whatsapp", "named-by-nobody"],
)
async def test_after_the_account_the_number_or_its_service_picks_the_site(
    desk: FakeDesk, fields: dict[str, str], accounts: str, site: str
) -> None:
    """A number of a pool need not be known here: its Messaging Service says whose it is, and one that nobody names is
    of the site of the account's others; nothing of an account's own is refused.
    """
    desk.settings["twilio_accounts"] = accounts
    async with over_http(create(desk.context())) as client:
        assert await post(client, text(7, "hello") | {"AccountSid": SUB} | fields, SUB_TOKEN) == 200
    assert desk.stored[0].facts["site"] == site
    decoded = create(desk.context()).decode(desk.stored[0])
    assert isinstance(decoded, InboundMessage)
    assert decoded.account == SUB


@pytest.mark.parametrize("path", ["/sms/twilio", "/sms/twilio/fallback"])
@pytest.mark.parametrize(
    ("sid", "token", "fields"),
    [
        (SUB, SUB_TOKEN, {"To": "+447700900999"}),
        (SUB, SUB_TOKEN, {"To": "whatsapp:+447700900999"}),
        (SUB, SUB_TOKEN, {"To": SITE_NUMBER}),
        (SUB, SUB_TOKEN, {"To": SUB_NUMBER, "MessagingServiceSid": POOL}),
        (SUB, SUB_TOKEN, {"To": "+15005550000", "MessagingServiceSid": POOL}),
        (ACCOUNT, TOKEN, {"To": SUB_NUMBER}),
    ],
    ids=["main's", "main's-whatsapp", "main's-of-a-site", "main's-service", "pool-of-main's-service", "sub's-by-main"],
)
async def test_no_account_speaks_for_anothers_numbers(
    client: Client, desk: FakeDesk, sid: str, token: str, fields: dict[str, str], path: str
) -> None:
    """Who holds the token of one brand's account puts no words into the conversations of another's customers."""
    assert await post(client, text(7, "stop") | {"AccountSid": sid} | fields, token, path=path) == 403
    assert desk.stored == []
    assert desk.refused == [("sms", "another_accounts_number")]


async def test_what_was_ruled_for_one_account_is_not_said_to_another(client: Client, desk: FakeDesk) -> None:
    """A number is ruled on once and remembered, for the account that asked alone, and a refusal stays one."""
    for _ in range(2):
        assert await post(client, text(7, "hello") | {"To": "+447700900999"}, TOKEN) == 200
        as_sub = text(8, "stop") | {"AccountSid": SUB, "To": "+447700900999"}
        assert await post(client, as_sub, SUB_TOKEN) == 403
    assert len(desk.stored) == 1
    assert desk.refused == [("sms", "another_accounts_number")] * 2


async def test_no_account_reports_on_anothers_messages(tmp_path: Path) -> None:
    """Our key counts from 1: signed by another account's token it names no message, and neither does one with a mark
    that was made for another.
    """
    async with world(tmp_path, channels="sms", twilio_accounts=ACCOUNTS) as outside:
        await outside.texted("do you sell my data?")
        await outside.settled()
        (sent,) = await outside.all(Outbox)
        url = outside.twilio.messages[0]["StatusCallback"]
        fields = {"MessageStatus": "failed", "ErrorCode": "21610", "To": ANN_NUMBER}
        bare = url.partition("&")[0]
        forged = ((SUB, SUB_TOKEN, url), (SUB, SUB_TOKEN, bare), (ACCOUNT, TOKEN, bare))
        for number, (sid, token, target) in enumerate(forged):
            body, headers = webhook(target, fields | {"AccountSid": sid, "MessageSid": f"SM{number:032x}"}, token)
            local = f"http://127.0.0.1:{outside.desk.http_port}/{target.split('/', 3)[3]}"
            async with outside.http.post(local, data=body, headers=headers) as answer:
                assert answer.status == 200

        async def all_looked_for() -> bool:
            reports = [row for row in await outside.all(Inbox) if row.facts["kind"] == "status"]
            return len(reports) == len(forged) and all(row.attempts for row in reports)

        await until(outside.desk, all_looked_for)
        (sent,) = await outside.all(Outbox)
        assert sent.state == "sent"
        (address,) = await outside.all(ContactAddress)
        assert address.opted_out_at is None


async def test_the_answer_leaves_by_the_account_and_number_that_was_written_to(tmp_path: Path) -> None:
    """Ann writes to a pool number of the sub-account that no setting names: its credentials and number answer her."""
    async with world(tmp_path, channels="sms", twilio_accounts=ACCOUNTS) as outside:
        outside.twilio.tokens[SUB] = SUB_TOKEN
        fields = text(1_000_001, "do you sell my data?", sender=ANN_NUMBER, to="+447700900555") | {"AccountSid": SUB}
        body, headers = webhook(URL, fields, SUB_TOKEN)
        url = f"http://127.0.0.1:{outside.desk.http_port}/sms/twilio"
        async with outside.http.post(url, data=body, headers=headers) as answer:
            assert answer.status == 200
        await outside.settled()
        (sent,) = outside.twilio.messages
        assert (sent["account"], sent["From"], sent["To"]) == (SUB, "+447700900555", ANN_NUMBER)
        (conversation,) = await outside.all(Conversation)
        assert conversation.account == SUB
        await outside.texted("and abroad?")
        assert outside.twilio.messages[-1]["account"] == ACCOUNT, "who writes to another number is answered from there"


async def test_what_the_desk_says_first_leaves_by_the_account_that_owns_the_sender(client: Client) -> None:
    """A number that the settings give to a sub-account is sent from by that one; any other by the main one."""
    async with FakeTwilio() as twilio:
        twilio.tokens[SUB] = SUB_TOKEN
        channel = create(FakeDesk(settings=SETTINGS | {"twilio_api_base": twilio.base}).context())
        await channel.start()
        for sender in (SUB_NUMBER, "+447700900999"):
            await channel.send(OutboundMessage(key="k", address=ANN_NUMBER, sender=sender, text="hello"))
        (finding,) = await channel.check()
        assert finding.ok
        twilio.tokens[SUB] = "changed"
        (finding,) = await channel.check()
        assert not finding.ok
        assert SUB in finding.text
        await channel.stop()
    assert [message["account"] for message in twilio.messages] == [SUB, ACCOUNT]


async def test_a_message_that_comes_by_both_urls_is_one(tmp_path: Path) -> None:
    """Twilio gave up on the first answer and called the fallback URL: stored once, answered once."""
    async with world(tmp_path, channels="sms") as outside:
        fields = fake.text(9, "do you sell my data?", sender=ANN_NUMBER)
        failed = fields | {"ErrorCode": "11200", "ErrorUrl": URL}
        assert await outside.post("/sms/twilio", fields) == 200
        assert await outside.post("/sms/twilio/fallback", failed) == 200
        await outside.settled()
        assert len(await outside.all(Inbox)) == 1
        assert len(outside.twilio.messages) == 1


async def test_a_message_that_comes_by_the_fallback_alone_is_handled_and_the_failure_shown(
    client: Client, desk: FakeDesk
) -> None:
    """The first way was down: nothing is lost by it, and administrators see that it was."""
    fields = text(9, "hello") | {"ErrorCode": "11205", "ErrorUrl": URL}
    assert await post(client, fields, TOKEN, path="/sms/twilio/fallback") == 200
    (stored,) = desk.stored
    assert (stored.dedupe_key, stored.facts["kind"], stored.facts["failed"]) == (f"SM{9:032x}", "message", "11205")
    assert desk.refused == [("sms", "came_by_fallback")]
    assert await post(client, fields | {"ErrorCode": "<b>x"}, TOKEN, path="/sms/twilio/fallback") == 200
    assert len(desk.stored) == 1


async def test_the_fallback_is_no_way_around_the_signature(client: Client, desk: FakeDesk) -> None:
    """A signature for the first URL, or by another token, opens nothing there."""
    fields = text(9, "hello")
    path = "/sms/twilio/fallback"
    assert await post(client, fields, TOKEN, path=path, signed=URL) == 403
    assert await post(client, fields, "another token", path=path) == 403
    assert desk.stored == []
    assert desk.refused == [("sms", "bad_signature")] * 2
