"""The demo's phone, and Twilio between it and the desk: signed webhooks in, its REST interface out, callbacks.

The desk's SMS channel runs unchanged against this. Called by views; the routes beneath /demo/twilio by that channel.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

from aiohttp import ClientError, web

from bot.demo import forms
from bot.demo.settings import DESK_NUMBER, LOOPBACK
from bot.demo.visitor import Bubble
from bot.demo.world import WORLD, World

LONGEST_TEXT = 1600
WEBHOOK = "/sms/twilio"
CALLBACK_SECONDS = 0.2
"""A text reaches a phone a moment after Twilio has taken it."""

# What Twilio answers by itself to a bare opt-out word (help.twilio.com/articles/223134027).
_STOP = ("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout")
_START = ("start", "yes", "unstop")
_STOPPED = "You are unsubscribed and will get no more messages from this number. Reply START to resubscribe."
_STARTED = "You are subscribed again and will get messages from this number. Reply STOP to unsubscribe."


def signature(token: str, url: str, fields: Mapping[str, str]) -> str:
    """X-Twilio-Signature of a form: base64(HMAC-SHA1(token, URL and the sorted names with their values))."""
    signed = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.digest(token.encode(), signed.encode(), "sha1")).decode()


async def send(world: World, port: int, text: str) -> None:
    """The customer sends a text; what became of it shows on the phone."""
    visitor = world.visitor
    bubble = visitor.bubble(own=True, text=text, at=world.now(), state="sending")
    fields = {
        "MessageSid": f"SM{secrets.token_hex(16)}",
        "AccountSid": world.desk.settings.twilio_account_sid,
        "From": visitor.number,
        "To": DESK_NUMBER,
        "Body": text,
        "NumMedia": "0",
        "NumSegments": "1",
        "ApiVersion": "2010-04-01",
    }
    _twilio_answers(world, text)
    bubble.state = await _post(world, port, WEBHOOK, fields)
    world.changed()


def _twilio_answers(world: World, text: str) -> None:
    """Opt-out words are between the customer and Twilio; the desk only hears of them."""
    said = text.strip().casefold()
    if said in _STOP:
        world.visitor.opted_out = True
        world.visitor.bubble(own=False, text=_STOPPED, at=world.now())
    elif said in _START and world.visitor.opted_out:
        world.visitor.opted_out = False
        world.visitor.bubble(own=False, text=_STARTED, at=world.now())


async def _post(world: World, port: int, path: str, fields: Mapping[str, str]) -> str:
    """POST a signed form to the desk itself; returns what the phone shows."""
    settings = world.desk.settings
    signed = signature(settings.twilio_auth_token, settings.base_url + path, fields)
    url = f"http://{LOOPBACK}:{port}{path}"
    try:
        async with world.http.post(url, data=fields, headers={"X-Twilio-Signature": signed}) as answer:
            return "sent" if answer.ok else f"refused by the desk (HTTP {answer.status})"
    except (ClientError, TimeoutError):
        return "not sent: the desk did not answer"


def routes() -> list[web.RouteDef]:
    """As much of Twilio's REST interface as the desk uses."""
    account = "/demo/twilio/2010-04-01/Accounts/{account}"
    return [web.get(f"{account}.json", _account), web.post(f"{account}/Messages.json", _create)]


async def _account(request: web.Request) -> web.Response:
    """GET the account: what `doctor` asks for."""
    _authorize(request)
    return web.json_response({"sid": request.match_info["account"], "status": "active"})


async def _create(request: web.Request) -> web.Response:
    """POST a message: it reaches the phone, then the desk is told so."""
    _authorize(request)
    world = request.app[WORLD]
    fields = await forms.read(request)
    to, body = fields.get("To", ""), fields.get("Body", "")[:LONGEST_TEXT]
    if not to or not body:
        return web.json_response({"code": 21602, "message": "A message needs To and Body"}, status=400)
    if to == world.visitor.number and world.visitor.opted_out:
        return web.json_response({"code": 21610, "message": "The recipient has unsubscribed"}, status=400)
    sid = f"SM{secrets.token_hex(16)}"
    bubble: Bubble | None = None
    if to == world.visitor.number:
        bubble = world.visitor.bubble(own=False, text=body, at=world.now())
        world.changed()
    callback = urlsplit(fields.get("StatusCallback", ""))
    if callback.path.startswith("/sms/twilio/"):
        said = {"MessageSid": sid, "AccountSid": request.match_info["account"], "From": DESK_NUMBER, "To": to}
        path = callback.path + (f"?{callback.query}" if callback.query else "")
        world.later(_report(world, forms.port(request), path, said, delivered=bubble is not None))
    return web.json_response({"sid": sid, "status": "queued", "to": to}, status=201)


async def _report(world: World, port: int, path: str, said: Mapping[str, str], *, delivered: bool) -> None:
    """The status callbacks. A number that is not the customer's own phone is one that nobody has."""
    final = {"MessageStatus": "delivered"} if delivered else {"MessageStatus": "undelivered", "ErrorCode": "30003"}
    for state in ({"MessageStatus": "sent"}, final):
        await asyncio.sleep(CALLBACK_SECONDS)
        await _post(world, port, path, {**said, **state})


def _authorize(request: web.Request) -> None:
    """The desk's own credentials, and nobody else's."""
    settings = request.app[WORLD].desk.settings
    pair = f"{settings.twilio_account_sid}:{settings.twilio_auth_token}".encode()
    expected = "Basic " + base64.b64encode(pair).decode()
    if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), expected.encode()):
        raise web.HTTPUnauthorized(text='{"code": 20003}', content_type="application/json")
