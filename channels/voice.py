"""Telephone calls through Twilio Voice: what a caller says is a message like any other, and what the desk answers is
read aloud. ARCHITECTURE.md walks through this file as its example of a channel; spoken.py is its pure half.

Each webhook is answered by what Twilio is to do next (TwiML). Where a call stands rides in the URL of the next one,
which Twilio signs, so that nothing is forgotten at a restart:

    /voice/twilio          it rings: a greeting
    /voice/twilio/said     words or a key: stored first, then the desk's lines, or "one moment"
    /voice/twilio/wait     has the desk answered by now?
    /voice/twilio/dialled  what became of putting them through
    /voice/twilio/status   the call has ended: what was not said by then is told to staff

A call's address is its caller's number and Twilio's id of the call, so each is a conversation of its own: anybody can
show any number, and nothing of an earlier call is read to whoever shows it next. A repeated webhook has the same key,
and is answered the same.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from aiohttp import web
from twilio.twiml.voice_response import VoiceResponse

from channels import spoken, twilio_accounts
from channels.base import DeliveryReport, Finding, InboundMessage, OutboundMessage, Received, Route, Sent
from channels.buckets import Limiter, Rate
from channels.context import Context, Line
from channels.errors import Permanent, Temporary
from channels.recordings import Recordings
from channels.spoken import NUMBER, PATH, SAYS, Call
from channels.twilio_door import Door, Opened
from channels.twilio_form import first

PATIENCE, ROUNDS = 4.0, 6
"""Seconds that one webhook waits for the desk's answer, of Twilio's 15, and how many such webhooks there are."""
MOST_TURNS, MOST_MISSED, MOST_LIVE = 100, 3, 1_000
RING_SECONDS = 25
HOUR = 3600
CALLS_AN_HOUR = 20
"""Calls that one number may make in an hour where DESK_VOICE_CALLS_AN_HOUR is unset."""
MOST_TOLD = 3
"""Calls in an hour that are answered to say when to call again; more are refused as busy, which costs nothing."""
HANDED = frozenset({"handed_over", "silent_again", "complaint", "breach", "taken_back"})
"""Outcomes of the desk's lines after which a person has the conversation."""
ENDED = frozenset({"completed", "failed", "busy", "no-answer", "canceled"})


@dataclass(slots=True)
class _Live:
    """What was said in a call that this process has seen, and what waits to be: texts, with the provider's id."""

    said: set[str] = field(default_factory=set)
    waiting: dict[str, str] = field(default_factory=dict)
    ended: bool = False


class VoiceChannel:
    """A `Channel` over Twilio Voice. `patience` in seconds, see PATIENCE."""

    name = "voice"
    isolated = False

    def __init__(self, context: Context, *, patience: float = PATIENCE) -> None:
        self._context, self._patience = context, patience
        self._door = Door(context, self.name)
        self._person = context.setting("voice_handover")
        if self._person and not NUMBER.fullmatch(self._person):
            raise ValueError("DESK_VOICE_HANDOVER is no telephone number: write it like +441412345678")
        self._texts = "sms" in (context.setting("channels") or "sms")
        accounts = twilio_accounts.configured(context.setting)
        self._recordings = Recordings(accounts, context.setting("twilio_api_base"), context.now)
        self._record = spoken.yes_or_no(context.setting("voice_record"), "DESK_VOICE_RECORD")
        self._hours = spoken.hours_of(context.setting("voice_hours"))
        self._zone = ZoneInfo(context.setting("timezone") or "UTC")
        self._languages = spoken.languages_of(context.setting("voice_language"), [site.key for site in context.sites])
        self._names = {site.key: site.name for site in context.sites}
        self._live: OrderedDict[str, _Live] = OrderedDict()
        most = spoken.calls_an_hour(context.setting("voice_calls_an_hour"), CALLS_AN_HOUR)
        self._calls = Limiter(Rate(most, most / HOUR)) if most else None
        self._told = Limiter(Rate(MOST_TOLD, MOST_TOLD / HOUR))
        self._running = False

    def routes(self) -> Sequence[Route]:
        """The webhooks of a call."""
        steps = {"": self._ring, "/said": self._said, "/wait": self._answer, "/dialled": self._dialled}
        ways = [Route("POST", PATH + path, self._way(step)) for path, step in steps.items()]
        return (*ways, Route("POST", f"{PATH}/status", self._status))

    async def start(self) -> None:
        """Nothing listens but the routes."""
        await self._recordings.start()
        self._running = True

    async def stop(self) -> None:
        """Say nothing more; calls under way go on with whoever answers Twilio's next webhook."""
        self._running = False
        await self._recordings.stop()

    def alive(self) -> bool:
        """Whether calls are taken."""
        return self._running

    # What Twilio asks

    def _way(self, step: Callable[[Call, Opened], Awaitable[VoiceResponse]]) -> Callable[..., Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            opened = await self._door.open(request)
            if isinstance(opened, web.Response):
                return opened
            call = spoken.call_of(opened.fields, request.query, opened.site)
            if call is None:
                return self._door.refuse("no_call", status=400)
            return web.Response(text=(await step(call, opened)).to_xml(), content_type="text/xml")

        return handle

    async def _ring(self, call: Call, _opened: Opened) -> VoiceResponse:
        if refusal := self._too_many(call):
            return refusal
        answer = self._saying(call, "hello", *(["recorded"] if self._record else []))
        if self._record:
            answer.start().recording()
        return self._listen(call, "ask", after=answer)

    def _too_many(self, call: Call) -> VoiceResponse | None:
        """The answer to a number that has called too often in an hour: when to call again, by the desk's clock, and for
        one that still goes on a busy line. None for any other, and where it is withheld: then nobody knows whose it is.
        """
        now = self._context.now()
        wait = self._calls.take(call.number, now.timestamp()) if call.number and self._calls else 0
        if not wait:
            return None
        self._context.rejected(self.name, "too_many_calls")
        answer = VoiceResponse()
        if self._told.take(call.number, now.timestamp()):
            answer.reject(reason="busy")
            return answer
        again = spoken.call_again(now.astimezone(self._zone), wait)
        answer.say(f"{self._words('too_many', call)} {again}", language=self._language(call))
        answer.hangup()
        return answer

    async def _said(self, call: Call, opened: Opened) -> VoiceResponse:
        """Words or a key. Nothing is said before they are stored."""
        heard = spoken.heard_in(opened.fields)
        if heard == "*" and call.turn > 1:
            found = await self._lines(replace(call, turn=call.turn - 1), wait=0)
            return self._listen(call, *_texts(found), "more")
        if not heard.strip("*#"):
            return self._unheard(call)
        if call.turn > MOST_TURNS:
            return await self._for_a_person(call, opened, "late")
        if not await self._keep(call, opened, "said", call.key):
            return self._again(call, "not_kept") or self._hand_over(call, "late")
        if spoken.unclear(opened.fields) and not call.noting:
            return self._again(call, "unclear") or await self._for_a_person(call, opened)
        return await self._answer(call, opened)

    async def _answer(self, call: Call, opened: Opened) -> VoiceResponse:
        """The desk's answer to this turn, "one moment" while there is none, and a person where there will be none."""
        found = await self._lines(call, wait=self._patience)
        if not found and call.round < ROUNDS:
            answer = self._saying(call, *(["moment"] if call.round % 2 == 0 else []))
            answer.redirect(self._url(replace(call, round=call.round + 1), "wait"), method="POST")
            return answer
        if not found:
            return await self._for_a_person(call, opened, "late")
        texts = _texts(found)
        if call.noting:
            return self._listen(call.next(), *texts, "noted")
        if not texts or any(line.outcome in HANDED for line in found):
            return self._hand_over(call, *texts)
        return self._listen(call.next(), *texts, *(["text"] if call.number and self._texts else []), "more")

    def _unheard(self, call: Call) -> VoiceResponse:
        if call.missed + 1 < MOST_MISSED and not call.noting:
            return self._listen(replace(call, missed=call.missed + 1), "unheard", "ask")
        answer = self._saying(call, "bye")
        answer.hangup()
        return answer

    def _again(self, call: Call, why: str) -> VoiceResponse | None:
        """Ask them to say it again, which is another turn; None where they were asked often enough."""
        missed = call.missed + 1
        return self._listen(replace(call.next(), missed=missed), why) if missed < MOST_MISSED else None

    async def _for_a_person(self, call: Call, opened: Opened, *words: str) -> VoiceResponse:
        """The bot could not do it: the desk is told, and they are put through or written down."""
        await self._keep(call, opened, "person", f"{call.sid}:person:{call.turn}")
        return self._hand_over(call, *words)

    def _hand_over(self, call: Call, *words: str) -> VoiceResponse:
        """To the number where somebody answers now, else to staff who call back."""
        here = self._context.now().astimezone(self._zone)
        if not self._person or (self._hours and not self._hours.hold(here)):
            return self._write_down(call, *words)
        answer = self._saying(call, *words, "through")
        dial = answer.dial(
            action=self._url(call, "dialled"), method="POST", timeout=RING_SECONDS, answer_on_bridge=True
        )
        dial.number(self._person)
        return answer

    def _write_down(self, call: Call, *words: str) -> VoiceResponse:
        known = "number" if call.number else "no_number"
        return self._listen(replace(call.next(), noting=True), *words, "nobody", known, "say_more")

    async def _dialled(self, call: Call, opened: Opened) -> VoiceResponse:
        """They spoke with a person, or nobody answered; either stands in the conversation."""
        await self._keep(call, opened, "dialled", f"{call.sid}:dialled:{call.turn}")
        if first(opened.fields, "DialCallStatus") not in ("completed", "answered"):
            return self._write_down(call)
        answer = self._saying(call, "bye")
        answer.hangup()
        return answer

    async def _status(self, request: web.Request) -> web.Response:
        """The call has ended: of what was not said by then staff learn that it was not."""
        opened = await self._door.open(request)
        if isinstance(opened, web.Response):
            return opened
        call = spoken.call_of(opened.fields, {}, opened.site)
        if call is None:
            return self._door.refuse("no_call", status=400)
        live = self._live_of(call.address)
        if first(opened.fields, "CallStatus") in ENDED:
            live.ended = True
            for line in list(live.waiting.values()):
                if not await self._keep(call, opened, "status", f"{line}:unsaid", line=line):
                    return web.Response(status=503)
            live.waiting.clear()
        return web.Response(status=204)

    # What it takes to answer

    async def _keep(self, call: Call, opened: Opened, kind: str, key: str, **more: str) -> bool:
        """Store what came; False where it can't be stored now."""
        facts = {"kind": kind, "site": call.site, "format": "json" if opened.is_json else "form", "key": key, **more}
        received = Received(self.name, key, call.address, opened.body, self._context.now(), facts)
        try:
            await self._context.accept(received)
        except Temporary:
            return False
        return True

    async def _lines(self, call: Call, *, wait: float) -> Sequence[Line]:
        """The caller's line of this turn and the desk's after it; () where it is not handled within `wait` seconds."""
        moved = asyncio.Event()
        stop = self._context.listen(call.address, moved.set)
        try:
            async with asyncio.timeout(wait or None):
                while not (found := await self._look(call)) and wait:
                    await moved.wait()
                    moved.clear()
        except TimeoutError:
            return ()
        finally:
            stop()
        live = self._live_of(call.address)
        for text in _texts(found):
            live.said.add(text)
            live.waiting.pop(text, None)
        return found

    async def _look(self, call: Call) -> Sequence[Line]:
        try:
            lines = await self._context.transcript(call.address, 0)
        except Temporary:
            return ()
        at = next((place for place, line in enumerate(lines) if line.id == call.key), None)
        if at is None:
            return ()
        after = [line.author for line in lines[at + 1 :]]
        return lines[at : at + 1 + (after.index("you") if "you" in after else len(after))]

    def _listen(self, call: Call, *words: str, after: VoiceResponse | None = None) -> VoiceResponse:
        """Say it while listening, so that they may speak at any time. `words` are keys of SAYS, or texts."""
        answer = after or VoiceResponse()
        gather = answer.gather(
            input="speech dtmf", action=self._url(call, "said"), method="POST", num_digits=1, timeout=6,
            speech_timeout="auto", language=self._language(call), profanity_filter=False, action_on_empty_result=True,
        )  # fmt: skip
        for each in words:
            gather.say(self._words(each, call), language=self._language(call))
        return answer

    def _url(self, call: Call, step: str) -> str:
        """Where Twilio goes on: the whole address, as it will sign it."""
        return self._context.public_url.rstrip("/") + call.path(step)

    def _saying(self, call: Call, *words: str) -> VoiceResponse:
        answer = VoiceResponse()
        for each in words:
            answer.say(self._words(each, call), language=self._language(call))
        return answer

    def _words(self, words: str, call: Call) -> str:
        if words in SAYS:
            return spoken.speakable(SAYS[words].format(site=self._names.get(call.site, "")))
        return spoken.speakable(words)

    def _language(self, call: Call) -> str:
        return self._languages.get(call.site, self._languages[""])

    def _live_of(self, address: str) -> _Live:
        live = self._live.setdefault(address, _Live())
        self._live.move_to_end(address)
        if len(self._live) > MOST_LIVE:
            self._live.popitem(last=False)
        return live

    # What the desk asks of a channel

    @staticmethod
    def decode(received: Received) -> InboundMessage | DeliveryReport:
        """Read a stored webhook. Raises Undecodable."""
        return spoken.decode(received)

    async def send(self, message: OutboundMessage) -> Sent:
        """The line is read out when the call asks for it. Raises Permanent once they have hung up."""
        if not self._running:
            raise Temporary("The voice channel is not started")
        line = f"{message.address.rpartition(' ')[2]}:{message.key}"
        live = self._live.get(message.address)
        if live is not None and message.text in live.said:
            return Sent(line, "delivered")
        if live is not None and live.ended:
            raise Permanent("They hung up before this was said: call them back, or answer by text")
        if live is not None:
            live.waiting[message.text] = line
        return Sent(line, "sent")

    async def forget_recordings(self, call: str, *, account: str) -> str:
        """Have Twilio delete what it recorded of a call. Raises Temporary or Permanent."""
        return await self._recordings.forget(call, account)

    async def check(self) -> Sequence[Finding]:
        """Look at the settings."""
        if not any(each.complete for each in twilio_accounts.configured(self._context.setting)):
            mend = "Set them, or leave voice out of DESK_CHANNELS"
            text = "DESK_TWILIO_ACCOUNT_SID and DESK_TWILIO_AUTH_TOKEN are not set"
            return (Finding(self.name, False, text, mend),)
        if not self._context.public_url.startswith("https://"):
            return (
                Finding(self.name, False, "Calls would travel in the clear", "Give DESK_PUBLIC_URL an https address"),
            )
        after = "calls are put through" if self._person else "nobody is put through: DESK_VOICE_HANDOVER is not set"
        return (Finding(self.name, True, f"Twilio's voice webhook is {self._context.public_url}{PATH}; {after}"),)


def _texts(lines: Sequence[Line]) -> list[str]:
    """What of these is to be said: the bot's words. Staff write; what the desk texts is no speech."""
    return [line.text for line in lines if line.author == "bot"]


def create(context: Context) -> VoiceChannel:
    """Build the voice channel (entry point `privacydesk.channels`)."""
    return VoiceChannel(context)
