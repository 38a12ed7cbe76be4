"""The voice channel by itself, over real HTTP: what is refused, what waits, and what can't be stored."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from channels.context import Line
from channels.voice import MOST_TOLD, ROUNDS, VoiceChannel
from tests.fakes import twilio as fake
from tests.fakes.desk import NOW, FakeDesk, over_http

BASE = "https://desk.example"
SID = f"CA{1:032x}"
ADDRESS = f"+447700900001 {SID}"
CREDENTIALS = {"twilio_account_sid": fake.ACCOUNT, "twilio_auth_token": fake.TOKEN}


class Line1:
    """A telephone line to the channel; `desk` is behind it."""

    def __init__(self, desk: FakeDesk, client: TestClient[web.Request, web.Application]) -> None:
        self.desk, self.client = desk, client

    async def post(self, path: str, *, to: str = "+447700900999", **fields: str) -> tuple[int, str]:
        body, headers = fake.webhook(BASE + path, fake.call(1, to=to, **fields))
        async with self.client.post(path, data=body, headers=headers) as answer:
            return answer.status, await answer.text()

    async def twiml(self, path: str, **fields: str) -> ET.Element:
        status, text = await self.post(path, **fields)
        assert status == 200
        return ET.fromstring(text)


@asynccontextmanager
async def line(**settings: str) -> AsyncIterator[Line1]:
    desk = FakeDesk(settings=CREDENTIALS | settings)
    channel = VoiceChannel(desk.context(), patience=0)
    await channel.start()
    async with over_http(channel) as client:
        yield Line1(desk, client)
    await channel.stop()


def said(answer: ET.Element) -> str:
    return " ".join(each.text or "" for each in answer.iter("Say"))


async def test_words_are_stored_before_anything_is_said() -> None:
    """Where they can't be, the caller is asked to say them again, twice; then nobody pretends."""
    async with line() as phone:
        phone.desk.failing = True
        answer = await phone.twiml("/voice/twilio/said?turn=1", SpeechResult="do you sell my data")
        assert said(answer) == "I could not write that down. Please say it again."
        assert "turn=2&round=0&missed=1" in answer.find("Gather").attrib["action"]  # type: ignore[union-attr]
        answer = await phone.twiml("/voice/twilio/said?turn=3&missed=2", SpeechResult="do you sell my data")
        assert "I can't answer that now." in said(answer)
        phone.desk.failing = False
        await phone.twiml("/voice/twilio/said?turn=4", SpeechResult="do you sell my data")
        assert [each.dedupe_key for each in phone.desk.stored] == [f"{SID}:4"]


async def test_a_late_answer_is_waited_for_and_an_end_is_honest() -> None:
    """One moment, and again; the answer is read as soon as it is there; after the last wait a person has it."""
    async with line() as phone:
        answer = await phone.twiml("/voice/twilio/said?turn=1", SpeechResult="do you sell my data")
        assert said(answer) == "One moment, please."
        assert answer.findtext("Redirect") == f"{BASE}/voice/twilio/wait?turn=1&round=1&missed=0&noting=0"
        late = await phone.twiml(f"/voice/twilio/wait?turn=1&round={ROUNDS}")
        assert "I can't answer that now." in said(late)
        assert [each.facts["kind"] for each in phone.desk.stored] == ["said", "person"]
        phone.desk.lines[ADDRESS] = [
            Line(1, f"{SID}:1", "you", "do you sell my data", (), NOW, outcome="answer"),
            Line(2, "m2", "bot", "Clause 3.2 says: No.", (), NOW, outcome="answer"),
            Line(3, "m3", "staff", "Hello", (), NOW),
        ]
        answer = await phone.twiml("/voice/twilio/wait?turn=1&round=1")
        assert said(answer).startswith("Clause 3.2 says: No. To get it as a text message")
        assert "Hello" not in said(answer)


async def test_a_call_that_began_before_a_restart_goes_on() -> None:
    """Nothing of a call is kept in memory alone: a channel that never saw it ring answers its fifth turn."""
    async with line() as phone:
        phone.desk.lines[ADDRESS] = [
            Line(9, f"{SID}:5", "you", "hello", (), NOW, outcome="off_topic"),
            Line(10, "m10", "bot", "Hello.", (), NOW, outcome="off_topic"),
        ]
        assert said(await phone.twiml("/voice/twilio/said?turn=5", SpeechResult="hello")).startswith("Hello.")


async def test_each_site_is_greeted_by_its_name_in_its_language() -> None:
    """By the number that was called; an unknown number is the first site's."""
    async with line(voice_language="en-GB,easyspace=en-IE") as phone:
        for to, name, language in (("+447700900888", "Easyspace", "en-IE"), ("+15005550006", "iomart", "en-GB")):
            answer = await phone.twiml("/voice/twilio", to=to)
            assert f"privacy desk of {name}." in said(answer)
            gather = answer.find("Gather")
            assert gather is not None
            assert {gather.attrib["language"], *(each.attrib["language"] for each in answer.iter("Say"))} == {language}
            assert gather.attrib["input"] == "speech dtmf"


async def test_an_oversized_speech_is_refused() -> None:
    """A megabyte is nothing that anybody says."""
    async with line() as phone:
        status, _ = await phone.post("/voice/twilio/said?turn=1", SpeechResult="x" * 1_000_000)
        assert (status, phone.desk.stored) == (413, [])
        assert ("voice", "oversized") in phone.desk.refused


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/said?turn=x", {}),
        ("/said?turn=99999", {}),
        ("/said?turn=1", {"CallSid": "CA1"}),
        ("/status", {"CallSid": ""}),
    ],
)
async def test_what_is_of_no_call_is_refused_and_shown(path: str, fields: dict[str, str]) -> None:
    """A state that we never wrote, or no call."""
    async with line() as phone:
        status, _ = await phone.post(f"/voice/twilio{path}", SpeechResult="hi", **fields)
        assert (status, phone.desk.stored, phone.desk.refused) == (400, [], [("voice", "no_call")])


async def test_one_number_calls_so_often_and_no_more() -> None:
    """The twenty-first call within the hour hears when to call again, by the desk's clock, and is ended; who goes on
    three times more finds the line busy. Other numbers, and withheld ones, are not touched.
    """
    async with line(timezone="Europe/Paris") as phone:
        for _ in range(20):
            assert (await phone.twiml("/voice/twilio")).find("Gather") is not None
        for _ in range(MOST_TOLD):
            answer = await phone.twiml("/voice/twilio")
            assert [each.tag for each in answer] == ["Say", "Hangup"]
            assert said(answer) == (
                "Sorry. This number has called us very often in the last hour. Please call again after 13:04. "
                "You can also write to us at any time."
            )
        assert (await phone.twiml("/voice/twilio")).find("Reject") is not None
        for other in ("anonymous", "+447700900002"):
            assert (await phone.twiml("/voice/twilio", From=other)).find("Gather") is not None
        assert phone.desk.refused == [("voice", "too_many_calls")] * (MOST_TOLD + 1)
        phone.desk.now = NOW + timedelta(minutes=4)
        assert (await phone.twiml("/voice/twilio")).find("Gather") is not None


async def test_how_often_is_a_setting() -> None:
    """A number of one's own, 0 for no limit; what is no number stops the start in words."""
    async with line(voice_calls_an_hour="1") as phone:
        assert (await phone.twiml("/voice/twilio")).find("Gather") is not None
        assert "Please call again after 13:01." in said(await phone.twiml("/voice/twilio"))
    async with line(voice_calls_an_hour="0") as phone:
        for _ in range(30):
            assert (await phone.twiml("/voice/twilio")).find("Gather") is not None
    with pytest.raises(ValueError, match="DESK_VOICE_CALLS_AN_HOUR"):
        VoiceChannel(FakeDesk(settings=CREDENTIALS | {"voice_calls_an_hour": "many"}).context())


async def test_a_call_has_an_end() -> None:
    """After a hundred turns a person takes it, whatever is said."""
    async with line() as phone:
        answer = await phone.twiml("/voice/twilio/said?turn=101", SpeechResult="and another thing")
        assert "Nobody can take your call just now." in said(answer)
        assert [each.facts["kind"] for each in phone.desk.stored] == ["person"]


async def test_no_markup_of_a_line_becomes_twiml() -> None:
    """Words of the policy, of staff and of customers are only read."""
    async with line() as phone:
        phone.desk.lines[ADDRESS] = [
            Line(1, f"{SID}:1", "you", "x", (), NOW, outcome="answer"),
            Line(2, "m2", "bot", '</Say><Dial>+1900</Dial>&amp;"\x0b\x00', (), NOW, outcome="answer"),
        ]
        answer = await phone.twiml("/voice/twilio/said?turn=1", SpeechResult="x")
        assert answer.find(".//Dial") is None
        assert '</Say><Dial>+1900</Dial>&amp;"' in said(answer)


@pytest.mark.parametrize(
    ("setting", "value", "mend"),
    [
        ("voice_handover", "0141 234", "write it like +441412345678"),
        ("voice_hours", "always", "write it like mon-fri"),
        ("voice_record", "sure", "neither yes nor no"),
        ("voice_language", "English", "write it like en-GB"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_names_the_mend(setting: str, value: str, mend: str) -> None:
    """Before the first call comes."""
    with pytest.raises(ValueError, match=re.escape(mend)):
        VoiceChannel(FakeDesk(settings=CREDENTIALS | {setting: value}).context())


@pytest.mark.parametrize(
    ("change", "ok", "words"),
    [
        (lambda desk: None, True, "nobody is put through"),
        (lambda desk: desk.settings.update(voice_handover="+441412345678"), True, "calls are put through"),
        (lambda desk: desk.settings.pop("twilio_auth_token"), False, "not set"),
        (lambda desk: setattr(desk, "public_url", "http://desk.example"), False, "in the clear"),
    ],
)
async def test_the_doctor_says_what_is_missing(change: Callable[[FakeDesk], object], ok: bool, words: str) -> None:
    """Credentials, an https address, and whether anybody is put through."""
    desk = FakeDesk(settings=dict(CREDENTIALS))
    change(desk)
    (finding,) = await VoiceChannel(desk.context()).check()
    assert finding.ok is ok
    assert words in finding.text
