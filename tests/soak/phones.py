"""By telephone: texts, pictures, WhatsApp, calls and what Twilio reports; with those who mean no good."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from urllib.parse import urlsplit

from tests.fakes import bombs, twilio
from tests.soak.outside import Outside

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(20_000)


def _sender(there: Outside) -> str:
    return f"+4477009{there.random.randrange(500):05}"


async def text(there: Outside) -> None:
    """A signed text or WhatsApp message, now and then the same twice."""
    number = next(there.numbers)
    fields = twilio.text(number, there.question(), sender=_sender(there))
    if number % 5 == 0:
        fields |= {"From": f"whatsapp:{fields['From']}", "To": f"whatsapp:{fields['To']}", "ProfileName": "Ann Lee"}
    for _ in range(2 if number % 7 == 0 else 1):
        there.tally.note("text", (await there.signed("/sms/twilio", fields))[0], 200)
    there.tally.accepted.add(fields["MessageSid"])


async def picture(there: Outside) -> None:
    """A picture by MMS, and what only looks like one."""
    number = next(there.numbers)
    content = there.random.choice((JPEG, bombs.GIF, bombs.ZIP, b"MZ" + bytes(500)))
    fields = twilio.text(number, there.random.choice(("my bill", "")), sender=_sender(there))
    address = there.twilio.kept(twilio.Media(content + number.to_bytes(8, "big")))
    fields |= {"NumMedia": "1", "MediaUrl0": address, "MediaContentType0": "image/jpeg"}
    there.tally.note("text, a picture", (await there.signed("/sms/twilio", fields))[0], 200)
    there.tally.accepted.add(fields["MessageSid"])


async def report(there: Outside) -> None:
    """What became of a message of the desk's: in any order, twice, late, or with a failure."""
    if not there.twilio.messages:
        return
    message = there.random.choice(list(there.twilio.messages))
    url = urlsplit(message["StatusCallback"])
    status = there.random.choice(("queued", "sent", "delivered", "delivered", "undelivered"))
    fields = {"AccountSid": twilio.ACCOUNT, "MessageSid": message["sid"], "MessageStatus": status}
    fields |= {"ErrorCode": "30003"} if status == "undelivered" else {}
    for _ in range(there.random.choice((1, 1, 2))):
        there.tally.note(f"report, {status}", (await there.signed(f"{url.path}?{url.query}", fields))[0], 200)


async def call(there: Outside) -> None:
    """A call with a question or two, heard badly now and then, and hung up on."""
    number, sender = next(there.numbers), _sender(there)
    path, fields = "/voice/twilio", {"CallStatus": "ringing"}
    for _ in range(there.random.randrange(2, 7)):
        status, said = await there.signed(path, twilio.call(number, sender=sender, **fields))
        there.tally.note("call", status, 200)
        if status != 200:
            return
        answer = ET.fromstring(said)
        redirect, gather = answer.find("Redirect"), answer.find("Gather")
        if redirect is not None:
            path, fields = (redirect.text or "").removeprefix(there.base), {}
        elif gather is not None:
            path = gather.attrib["action"].removeprefix(there.base)
            fields = {"SpeechResult": there.question(), "Confidence": there.random.choice(("0.93", "0.2"))}
        else:
            break
    ended = twilio.call(number, sender=sender, CallStatus="completed", CallDuration="40")
    there.tally.note("call, ended", (await there.signed("/voice/twilio/status", ended))[0], 204)


async def bad(there: Outside) -> None:
    """Forged, for another account, oversized, no form, marks without end, a report of nothing."""
    fields = twilio.text(next(there.numbers), "hello")
    match there.random.randrange(7):
        case 0:
            there.tally.note("text, forged", (await there.signed("/sms/twilio", fields, token="guess"))[0], 403)
        case 1:
            other = fields | {"AccountSid": "AC" + "f" * 32}
            there.tally.note("text, another account", (await there.signed("/sms/twilio", other))[0], 403)
        case 2:
            big = fields | {"Body": "x" * 100_000}
            there.tally.note("text, oversized", (await there.signed("/sms/twilio", big))[0], 413)
        case 3:
            async with there.http.post(f"{there.base}/sms/twilio", data=there.random.randbytes(300)) as answer:
                there.tally.note("text, no form", answer.status, 400, 403)
        case 4:
            forged = twilio.call(1, CallStatus="ringing")
            there.tally.note("call, forged", (await there.signed("/voice/twilio", forged, token="guess"))[0], 403)
        case 5:
            zalgo = fields | {"Body": bombs.MARKS[:1_600], "From": _sender(there)}
            there.tally.note("text, marks without end", (await there.signed("/sms/twilio", zalgo))[0], 200)
        case _:
            nothing = {"AccountSid": twilio.ACCOUNT, "MessageSid": "SM" + "0" * 32, "MessageStatus": "delivered"}
            there.tally.note("report of nothing", (await there.signed("/sms/twilio/status", nothing))[0], 200)
