"""The demo of a running desk: a text and a mail go the whole way through the real channels, and nobody else gets in."""

from __future__ import annotations

import asyncio
import html
import re
import smtplib
from collections.abc import AsyncIterator
from email import policy
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Select, select
from twilio.request_validator import RequestValidator

from bot import demo
from bot.app import Running
from bot.audit.actors import Actor
from bot.console.models import Staff
from bot.conversations import service
from bot.conversations.models import Conversation
from bot.demo import phone
from bot.demo.visitor import addresses
from bot.demo.world import WORLD, World
from bot.messages.models import Inbox, Outbox
from bot.tickets.models import Ticket
from tests.patience import patience
from tests.support import running, settings, settled

HOME = {"Sec-Fetch-Site": "same-origin"}


class Player:
    """Somebody at the demo's page."""

    def __init__(self, http: aiohttp.ClientSession, desk: Running) -> None:
        self.http, self.desk = http, desk
        self.base = f"http://127.0.0.1:{desk.http_port}"
        assert desk.runner.app is not None
        self.world: World = desk.runner.app[WORLD]

    async def post(self, path: str, headers: dict[str, str] | None = None, **fields: str) -> tuple[int, str]:
        """Status, and where it leads."""
        sent = HOME if headers is None else headers
        async with self.http.post(self.base + path, data=fields, headers=sent, allow_redirects=False) as answer:
            return answer.status, answer.headers.get("Location", "")

    async def live(self) -> str:
        """What the page shows now."""
        async with self.http.get(f"{self.base}/demo/live") as answer:
            assert answer.status == 200
            return await answer.text()

    async def way(self) -> str:
        """The strip, as its words."""
        strip = (await self.live()).partition('<div id="phone-log"')[0]
        return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", strip)).split())

    async def seen(self, items: Any, count: int) -> Any:
        """Wait until the screen holds so many lines of the desk."""

        def arrived() -> list[Any]:
            return [item for item in items() if not item.own]

        with self.world.watch() as changed:
            async with patience():
                while len(arrived()) < count:
                    await changed.wait()
                    changed.clear()
        return arrived()[count - 1]

    async def rows(self, query: Select[Any]) -> list[Any]:
        """What the database holds."""
        return await self.desk.desk.database.read(lambda session: list(session.scalars(query)))

    async def text(self, words: str, count: int = 1) -> str:
        """Text the desk; what comes back."""
        assert await self.post("/demo/phone", text=words) == (303, "/demo/#phone")
        return str((await self.seen(lambda: self.world.visitor.texts, count)).text)


@pytest_asyncio.fixture
async def player(tmp_path: Any) -> AsyncIterator[Player]:
    async with (
        demo.running(settings(tmp_path, channels="sms,mail,webchat")) as desk,
        aiohttp.ClientSession() as http,
    ):
        yield Player(http, desk)


async def test_a_text_is_answered_on_the_phone_and_followed_to_its_delivery(player: Player) -> None:
    """Signed webhook in, REST out, both callbacks: the real SMS channel with the demo as Twilio."""
    said = await player.text("do u sell my data to any1?")
    assert "We will not sell, rent or share" in said
    assert "/policy/iomart/2007-12-15#3.2" in said

    with player.world.watch() as changed:
        async with patience():
            while await player.rows(select(Outbox.state)) != ["delivered"]:
                await changed.wait()
                changed.clear()
    way = await player.way()
    assert re.search(r"Accepted 0 ms .* Understood [\d.]+ ms .* Answered [\d.]+ ms clause 3\.2 Delivered", way)
    assert [bubble.state for bubble in player.world.visitor.texts if bubble.own] == ["sent"]


async def test_a_request_by_text_opens_a_ticket_that_the_strip_names(player: Player) -> None:
    """The reference on the phone, in the strip and in the database is one and the same."""
    said = await player.text("wot data do u hold on me")
    (reference,) = await player.rows(select(Ticket.reference))
    assert reference in said
    assert re.search(rf"Ticket opened [\d.]+ ms {reference} ", await player.way())


async def test_a_text_in_another_language_is_named_so_in_the_strip(player: Player) -> None:
    """The strip says what it is, and not that nothing is understood."""
    await player.text("Welche Daten haben Sie über mich gespeichert?")
    assert "another language Ticket opened" in await player.way()


async def test_a_mail_is_answered_in_the_mailbox_and_a_reply_stays_in_its_conversation(player: Player) -> None:
    """SMTP both ways: the reply goes to the signed address and carries the thread."""
    mails = lambda: player.world.visitor.mails  # noqa: E731  named for the two uses below
    await player.post("/demo/mailbox", subject="Cookies", text="Hello,\n\nDo your websites use cookies?\n\nSam")
    first = await player.seen(mails, 1)
    assert "We do not use Cookies on our group websites" in first.text
    assert first.subject == "Re: Cookies"
    await player.post("/demo/mailbox", reply=str(first.id), text="And do you sell my data?")
    second = await player.seen(mails, 2)
    assert "We will not sell, rent or share" in second.text
    assert len(await player.rows(select(Conversation.id))) == 1


async def test_a_persons_reply_arrives_on_the_phone_and_in_the_mailbox(player: Player) -> None:
    """What staff write goes out on the customer's own channel, into the same thread."""
    await player.text("wot data do u hold on me")
    await player.post("/demo/mailbox", subject="My data", text="Please send me a copy of everything you hold about me.")
    await player.seen(lambda: player.world.visitor.mails, 1)
    await player.post("/demo/console")
    desk = player.desk.desk
    (staff,) = await player.rows(select(Staff))
    for conversation in await player.rows(select(Conversation)):
        await desk.database.write(
            lambda session, talk=conversation: service.reply(
                session, talk.id, Actor("admin", staff.id), "Kim here. We have found two invoices.",
                seen_seq=talk.last_seq, site=desk.sites[0], now=desk.now(),
            )
        )  # fmt: skip
    assert "Kim here" in (await player.seen(lambda: player.world.visitor.texts, 2)).text
    letter = await player.seen(lambda: player.world.visitor.mails, 2)
    assert "Kim here" in letter.text
    assert letter.subject == "Re: My data"


async def test_what_the_customer_writes_is_shown_as_text(player: Player) -> None:
    """Markup in a text comes back escaped, on the phone and in the strip."""
    await player.text("<img src=x onerror=alert(1)> do you sell my data?")
    live = await player.live()
    assert "<img" not in live
    assert live.count("&lt;img src=x") == 2


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin", "Host": "rebound.example"},
        {"Origin": "http://rebound.example", "Host": "rebound.example"},
    ],
)
async def test_no_other_page_can_drive_the_demo(player: Player, headers: dict[str, str]) -> None:
    """A page elsewhere, or a name that was pointed at loopback, changes nothing and signs in nobody."""
    before = player.world.visitor
    for path in ("/demo/phone", "/demo/mailbox", "/demo/afresh", "/demo/console"):
        assert await player.post(path, headers, text="do you sell my data") == (403, "")
    assert player.world.visitor is before
    assert not before.texts
    assert not before.mails


async def test_an_old_browser_is_known_by_its_origin(player: Player) -> None:
    """Without Sec-Fetch-Site the page's own Origin is enough."""
    assert (await player.post("/demo/phone", {"Origin": player.base}, text="do you sell my data"))[0] == 303


@pytest.mark.parametrize("path", ["/demo/", "/demo/live", "/demo/events"])
async def test_the_demo_is_not_read_by_another_name(player: Player, path: str) -> None:
    """DNS rebinding reads nothing."""
    async with player.http.get(player.base + path, headers={"Host": "rebound.example"}) as answer:
        assert answer.status == 403


async def test_the_played_twilio_wants_the_desks_credentials(player: Player) -> None:
    """Nobody but the desk puts a text on the phone."""
    account = player.desk.desk.settings.twilio_account_sid
    url = f"{player.base}/demo/twilio/2010-04-01/Accounts/{account}/Messages.json"
    for headers in ({}, {"Authorization": aiohttp.encode_basic_auth(account, "wrong")}):
        fields = {"To": player.world.visitor.number, "Body": "hi"}
        async with player.http.post(url, data=fields, headers=headers) as answer:
            assert answer.status == 401
    assert not player.world.visitor.texts


async def test_a_number_that_nobody_has_is_undelivered(player: Player) -> None:
    """A text to another number is taken and then reported, as a provider does."""
    settings_ = player.desk.desk.settings
    url = f"{settings_.twilio_api_base}/2010-04-01/Accounts/{settings_.twilio_account_sid}/Messages.json"
    pair = aiohttp.encode_basic_auth(settings_.twilio_account_sid, settings_.twilio_auth_token)
    fields = {"To": "+447700900999", "Body": "hi"}
    async with player.http.post(url, data=fields, headers={"Authorization": pair}) as answer:
        assert answer.status == 201
        assert (await answer.json())["sid"].startswith("SM")
    assert not player.world.visitor.texts


async def test_stop_is_answered_by_twilio_and_holds_back_further_texts(player: Player) -> None:
    """STOP is between the customer and Twilio; the desk says nothing more to that number."""
    assert "unsubscribed" in await player.text("STOP")
    assert player.world.visitor.opted_out
    assert "subscribed again" in await player.text("START", count=2)
    assert not player.world.visitor.opted_out


async def test_bounds_are_kept(player: Player) -> None:
    """Nothing, too much, and far too much are refused, and the desk never hears of them."""
    assert (await player.post("/demo/phone", text="  "))[0] == 400
    assert (await player.post("/demo/phone", text="a" * 1601))[0] == 400
    assert (await player.post("/demo/mailbox", text="a" * 20_001))[0] == 400
    assert (await player.post("/demo/mailbox", text="a", subject="s" * 201))[0] == 400
    assert (await player.post("/demo/phone", text="a" * 70_000))[0] == 413
    assert not await player.rows(select(Inbox.id))


async def test_the_mailbox_is_no_open_relay(player: Player) -> None:
    """Mail for anybody but the demo's own domain is refused at RCPT."""
    port = urlsplit(player.desk.desk.settings.relay_url).port
    mail = EmailMessage()
    mail["From"], mail["To"] = "a@example.com", "somebody@elsewhere.example"
    mail.set_content("hello")

    def speak() -> None:
        with smtplib.SMTP("127.0.0.1", port or 0, timeout=10) as server:
            server.send_message(mail)

    with pytest.raises(smtplib.SMTPRecipientsRefused):
        await asyncio.to_thread(speak)


async def test_a_mail_from_an_address_in_other_letters_is_answered(player: Player) -> None:
    """The mailbox takes what the desk writes to any address of its domain, also by SMTPUTF8."""
    mail = EmailMessage(policy=policy.SMTPUTF8)
    mail["From"], mail["To"], mail["Subject"] = "jörg@example.com", "info@iomart.com", "Cookies"
    mail.set_content("Do your websites use cookies?")

    def speak() -> None:
        with smtplib.SMTP("127.0.0.1", player.desk.desk.settings.smtp_port, timeout=10) as server:
            server.send_message(mail)

    await asyncio.to_thread(speak)
    await settled(player.desk)
    (row,) = await player.rows(select(Outbox))
    assert (row.state, row.recipient, row.error) == ("sent", "jörg@example.com", "")


async def test_starting_afresh_brings_somebody_new(player: Player) -> None:
    """The next customer has a number and a mailbox that the desk has not heard from, and empty screens."""
    await player.text("do you sell my data")
    old = player.world.visitor
    assert await player.post("/demo/afresh") == (303, "/demo/")
    new = player.world.visitor
    assert (new.number, new.mailbox) == addresses(1)
    assert new.number != old.number
    assert not new.texts
    assert "We will not sell" in await player.text("do you sell my data")


async def test_the_door_to_the_console_opens_once(player: Player) -> None:
    """POST gives a link that works for the demo's administrator, each time another."""
    status, door = await player.post("/demo/console")
    assert status == 303
    assert re.fullmatch(r"/console/enter/[\w-]{40,}", door)
    assert (await player.post("/demo/console"))[1] != door
    async with player.http.get(player.base + door) as answer:
        assert answer.status == 200


async def test_the_page_says_that_it_is_a_demo_and_holds_nothing_inline(player: Player) -> None:
    """One look tells that phone and mailbox are played; the strict policy for content breaks nothing."""
    async with player.http.get(f"{player.base}/", allow_redirects=True) as answer:
        assert answer.url.path == "/demo/"
        body = await answer.text()
        assert "Set-Cookie" not in answer.headers
    assert "This is a demo on your own machine" in body
    assert body.count('class="try"') == 6
    assert not re.search(r"<style|<script(?![^>]* src=)| style=| on[a-z]+=", body)


async def test_an_open_page_is_told_at_once_and_let_go_at_the_end(tmp_path: Any) -> None:
    """Server-sent events come when something happens, and never hold up the desk's stopping."""
    async with aiohttp.ClientSession() as http:
        async with demo.running(settings(tmp_path, channels="sms,mail,webchat")) as desk:
            player = Player(http, desk)
            answer = await http.get(f"{player.base}/demo/events")
            assert answer.content_type == "text/event-stream"
            assert await answer.content.readline() == b"data: look\n"
            assert await answer.content.readline() == b"\n"
            await player.post("/demo/phone", text="do you sell my data")
            async with patience():
                assert await answer.content.readline() == b"data: look\n"
            stopping = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - stopping < 4
        answer.close()


async def test_the_demo_listens_on_loopback_whatever_is_set(tmp_path: Any) -> None:
    """DESK_HTTP_HOST and DESK_SMTP_HOST do not open the demo to a network."""
    wide = settings(tmp_path, channels="sms,mail,webchat", http_host="0.0.0.0", smtp_host="0.0.0.0")
    async with demo.running(wide) as desk:
        assert desk.desk.settings.http_host == desk.desk.settings.smtp_host == "127.0.0.1"
        assert [address[0] for address in desk.runner.addresses] == ["127.0.0.1"]


async def test_without_the_demo_there_is_nothing_of_it(tmp_path: Any) -> None:
    """A real desk has no page that signs anybody in."""
    async with running(tmp_path, channels="webchat") as desk, aiohttp.ClientSession() as http:
        for path in ("/demo/", "/demo/live", "/demo/events"):
            async with http.get(f"http://127.0.0.1:{desk.http_port}{path}") as answer:
                assert answer.status == 404
        async with http.post(f"http://127.0.0.1:{desk.http_port}/demo/console", headers=HOME) as answer:
            assert answer.status in (404, 405)


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=20), max_size=8), st.text(max_size=10))
def test_the_demo_signs_as_twilio_does(fields: dict[str, str], token: str) -> None:
    """The library's own validator takes every signature."""
    url = "https://desk.example/sms/twilio?key=1"
    assert RequestValidator(token).validate(url, fields, phone.signature(token, url, fields))
