"""What an operator can read: a real process under a mixed load, faults too, and not one word or address of a person."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import aiohttp
import aiosmtplib
import pytest

from tests import processes
from tests.fakes import twilio as fake
from tests.integration.whole_desk import OUR_MAILBOX, Relay, hand_over, letter
from tests.patience import patience
from tests.unit.channels.webchat.desk import Visitor

WORDS = "heffalump"
NUMBER, ADDRESS = "+447700900321", "secretive.person@example.net"


async def _texts(http: aiohttp.ClientSession, base: str) -> None:
    """Good, forged, rubbish and oversized."""
    for number in range(1, 6):
        fields = fake.text(number, f"what {WORDS} data do you hold on me", sender=NUMBER)
        body, headers = fake.webhook(f"{base}/sms/twilio", fields)
        for signature in (headers["X-Twilio-Signature"], "forged"):
            await http.post(f"{base}/sms/twilio", data=body, headers=headers | {"X-Twilio-Signature": signature})
    for body in (WORDS.encode(), f"From={NUMBER}&Body=".encode() + WORDS.encode() * 20_000):
        await http.post(f"{base}/sms/twilio", data=body)
    await http.get(f"{base}/policy/iomart/{WORDS}")
    await http.get(f"{base}/console/?q={WORDS}")


async def _mails(port: int) -> None:
    """Good, from a machine, nonsense, and to somebody who is not here."""
    good = letter(f"Dear {WORDS}, do you sell my data?", sender=f"{WORDS} <{ADDRESS}>", subject=WORDS)
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False)
    async with client:
        await hand_over(client, good, ADDRESS, OUR_MAILBOX)
        await hand_over(client, f"From: {ADDRESS}\r\nX-Loop: {WORDS}\r\n\r\n{WORDS}".encode(), "", OUR_MAILBOX)
        await hand_over(client, b"\xff\xfe" + WORDS.encode(), ADDRESS, OUR_MAILBOX)
        await hand_over(client, good, ADDRESS, f"{WORDS}@iomart.com")


async def _chats(http: aiohttp.ClientSession, base: str) -> str:
    """A conversation, a broken frame, a page of no site; gives the session."""
    visitor = Visitor(await http.ws_connect(f"{base}/chat/ws", headers={"Origin": base}))
    await visitor.hello()
    await visitor.say("message", id="m1", text=f"what {WORDS} data do you hold on me")
    while (await visitor.get())["type"] != "message":
        pass
    await visitor.ws.send_str(WORDS)
    await visitor.ws.close()
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await http.ws_connect(f"{base}/chat/ws", headers={"Origin": f"https://{WORDS}.example"})
    return visitor.session


@pytest.mark.slow
async def test_no_person_and_no_secret_is_in_the_logs(tmp_path: Path) -> None:
    """At debug level: every line is JSON with an action, and holds no address, number, word, session, token or key."""
    relay = Relay()
    server = await relay.listen()
    port = server.sockets[0].getsockname()[1]
    async with fake.FakeTwilio() as twilio, aiohttp.ClientSession() as http:
        twilio.refusals.extend([fake.Refusal(429, 20429), fake.Refusal(500), fake.Refusal(400, 21211)])
        outside = processes.twilio_settings(twilio.base) | {
            "relay_url": f"smtp://127.0.0.1:{port}", "log_level": "debug", "secret_key": "key-" + WORDS * 4,
        }  # fmt: skip
        async with processes.Served(tmp_path, **outside) as desk:
            session = (await asyncio.gather(_texts(http, desk.base), _mails(desk.smtp_port), _chats(http, desk.base)))[
                2
            ]
            await _drained(http, desk.base)
    server.close()
    logged = (tmp_path / "serve.log").read_text()
    lines = [json.loads(line) for line in logged.splitlines() if line.startswith("{")]
    assert len(lines) > 5
    assert all(line.get("action") for line in lines)
    assert {"sms_rejected", "started"} <= {line["action"] for line in lines}
    for secret in (WORDS, NUMBER, NUMBER[1:], ADDRESS, "secretive", session, fake.TOKEN, "heffa"):
        assert secret not in logged


async def _drained(http: aiohttp.ClientSession, base: str) -> None:
    """Until nothing waits to be handled; what Twilio refused may wait."""
    async with patience():
        while True:
            async with http.get(f"{base}/metrics") as answer:
                if 'desk_queue_waiting{queue="inbox"} 0.0' in await answer.text():
                    return
            await asyncio.sleep(0.05)
