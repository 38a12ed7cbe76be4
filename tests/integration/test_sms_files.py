"""Files on replies by text: Twilio gets them from the desk under addresses that end, and nobody gets anything else."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.app import Running
from bot.conversations import texted_files
from bot.conversations.models import Message
from bot.files.models import AttachmentFile
from bot.messages.models import Outbox
from tests.fakes.clamd import EICAR, clamd
from tests.fakes.twilio import FakeTwilio
from tests.integration.console_support import Console, console, customer, http, signed_in, wrote
from tests.integration.test_files import form
from tests.integration.texting import texting
from tests.support import rows, settled, until

TO, OURS = "+12015550123", "+12015550199"
PDF = b"%PDF-1.7\nyours"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
HOURS = 5


async def asked(desk: Running, address: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    """What the desk answers at an address of its own that it gave to Twilio."""
    local = f"http://127.0.0.1:{desk.http_port}/{address.split('/', 3)[3]}"
    async with aiohttp.ClientSession() as session, session.request(method, local) as answer:
        return answer.status, {name.lower(): value for name, value in answer.headers.items()}, await answer.read()


async def replied(
    desk: Console, browser: aiohttp.ClientSession, *chosen: tuple[str, bytes], to: str = TO, text: str = "Here it is."
) -> tuple[int, str]:
    """A reply of staff with files, from the composer."""
    csrf = await signed_in(desk, browser)

    def came(session: Session) -> int:
        talk = customer(session, desk.clock.at, channel="sms", address=to, recipient=OURS)
        wrote(session, talk, "please send it", desk.clock.at)
        return talk.id

    talk = await desk.write(came)
    url = f"{desk.url}/console/conversations/{talk}/say"
    async with browser.post(url, data=form(csrf, *chosen, seen="9", text=text)) as response:
        return response.status, await response.text()


async def test_files_of_a_reply_go_with_the_text_and_twilio_gets_them(tmp_path: Path) -> None:
    """Each address gives that file alone, as it is, by GET and HEAD, never to be kept, and only for some hours."""
    async with FakeTwilio() as twilio, console(tmp_path, **texting(twilio)) as desk, http() as browser:
        status, page = await replied(desk, browser, ("a.pdf", PDF), ("b.png", PNG))
        assert status == 200, page
        await settled(desk.running)
        (message,), (addresses,) = twilio.messages, twilio.offered
        assert message["Body"] == "Here it is."
        assert all(each.startswith("https://desk.example/media/") for each in addresses)
        for address, kind, content in zip(addresses, ("application/pdf", "image/png"), (PDF, PNG), strict=True):
            status, headers, body = await asked(desk.running, address)
            assert (status, headers["content-type"], body) == (200, kind, content)
            assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "no-store")
            status, headers, body = await asked(desk.running, address, "HEAD")
            assert (status, headers["content-length"], body) == (200, str(len(content)), b"")
            assert (await asked(desk.running, address, "POST"))[0] == 405
        desk.clock.move(hours=HOURS)
        nothing = await asked(desk.running, "https://desk.example/nothing")
        late = await asked(desk.running, addresses[0])
        assert (late[0], late[2]) == (nothing[0], nothing[2]) == (404, nothing[2])


async def test_a_wrong_address_gives_nothing_and_looks_like_none(tmp_path: Path) -> None:
    """Forged, of another file, of another message, of another purpose, longer ended, of a line that came: all 404."""
    async with FakeTwilio() as twilio, console(tmp_path, **texting(twilio)) as desk, http() as browser:
        await replied(desk, browser, ("a.pdf", PDF), ("b.png", PNG))
        await settled(desk.running)
        token = twilio.offered[0][0].rpartition("/")[2]
        file, message, ends, proof = token.split("-")
        said, sign = f"{file}-{message}-{ends}", desk.running.desk.sign
        other = f"{file}-{int(message) + 1}-{ends}"
        wrong = [
            "", "1", f"{said}-{'0' * 32}", f"{int(file) + 1}-{message}-{ends}-{proof}",
            f"{file}-{message}-{int(ends) + 1}-{proof}", f"{said}-{sign('chat', said)}", f"{token}0", f"{token}%00",
            f"{other}-{sign('media', other)}",
        ]  # fmt: skip
        for each in wrong:
            status, _, body = await asked(desk.running, f"https://desk.example/media/{each}")
            assert (status, body) == (404, b"404: Not Found"), each
        address = twilio.offered[0][0]
        assert (await asked(desk.running, address))[0] == 200

        def infected(session: Session) -> None:
            session.get_one(AttachmentFile, int(file)).state = "infected"

        await desk.write(infected)
        assert (await asked(desk.running, address))[0] == 404

        def theirs(session: Session) -> None:
            session.get_one(AttachmentFile, int(file)).state = "kept"
            session.get_one(Message, int(message)).direction = "in"

        await desk.write(theirs)
        assert (await asked(desk.running, address))[0] == 404


@pytest.mark.parametrize("form_of", ["whatsapp:", "rcs:"])
async def test_where_a_message_takes_one_file_each_goes_in_its_own(tmp_path: Path, form_of: str) -> None:
    """After the words, in order; staff see one message."""
    async with FakeTwilio() as twilio, console(tmp_path, **texting(twilio)) as desk, http() as browser:
        status, page = await replied(desk, browser, ("a.pdf", PDF), ("b.png", PNG), to=form_of + "+447400123456")
        assert status == 200, page
        await until(desk.running, lambda: len(twilio.messages) == 3)
        assert [each.get("Body") for each in twilio.messages] == ["Here it is.", None, None]
        assert [len(each) for each in twilio.offered] == [0, 1, 1]
        bodies = [(await asked(desk.running, each[0]))[2] for each in twilio.offered[1:]]
        assert bodies == [PDF, PNG]


async def test_files_go_with_the_first_part_of_a_long_text(tmp_path: Path) -> None:
    """And with no other."""
    async with FakeTwilio() as twilio, console(tmp_path, **texting(twilio)) as desk, http() as browser:
        await replied(desk, browser, ("a.pdf", PDF), text="word " * 500)
        await until(desk.running, lambda: len(twilio.messages) == 2)
        assert [len(each) for each in twilio.offered] == [1, 0]


@pytest.mark.parametrize("to", [TO, "rcs:" + TO])
async def test_an_infected_file_lets_nothing_of_the_reply_go(tmp_path: Path, to: str) -> None:
    """Neither the words nor the other file: half a reply misleads."""
    async with (
        clamd() as scanner,
        FakeTwilio() as twilio,
        console(tmp_path, clamd=scanner.setting, **texting(twilio)) as desk,
        http() as browser,
    ):
        await replied(desk, browser, ("a.pdf", PDF), ("bad.csv", EICAR) if to == TO else ("b.pdf", PDF + EICAR), to=to)

        async def dead() -> bool:
            return "failed" in await rows(desk.running, lambda s: s.scalars(select(Outbox.state)).all())

        await until(desk.running, dead)
        await settled(desk.running)
        assert twilio.messages == []


@pytest.mark.parametrize(
    ("to", "chosen", "says"),
    [
        ("+447400123456", [("a.png", PNG)], "only to numbers in the US, Canada and Australia"),
        ("+61412345678", [("a.png", PNG)], "from one of ours there"),
        (TO, [("a.txt", b"words")], "JPEG, PNG and GIF pictures, PDF and CSV go"),
        (TO, [("a.png", PNG + b"\0" * texted_files.MOST_BYTES)], "files of 5 MB together"),
        (TO, [("a.pdf", PDF + b"\n" * texted_files.MOST_OTHER)], "larger than 600 KB"),
        ("whatsapp:" + TO, [("a.csv", b"a,b\n1,2\n")], "can&#39;t go by WhatsApp"),
        ("rcs:" + TO, [("a.csv", b"a,b\n1,2\n")], "can&#39;t go by RCS"),
    ],
)
async def test_what_can_not_go_by_text_is_refused_before_anything_is_sent(
    tmp_path: Path, to: str, chosen: list[tuple[str, bytes]], says: str
) -> None:
    """In words that name the mend; nothing is kept, and the words stay in the composer."""
    async with FakeTwilio() as twilio, console(tmp_path, **texting(twilio)) as desk, http() as browser:
        status, page = await replied(desk, browser, *chosen, to=to)
        assert status == 422
        assert says in page
        assert "send it by email" in page
        assert "Here it is." in page
        assert not await desk.read(lambda session: session.scalars(select(AttachmentFile.id)).all())
        assert not await desk.read(lambda session: session.scalars(select(Outbox.id)).all())
        assert twilio.requests == 0


async def test_a_desk_that_twilio_can_not_reach_refuses_files(tmp_path: Path) -> None:
    """Its address is not an https one, so Twilio would refuse the text."""
    given = texting(FakeTwilio()) | {"twilio_api_base": "", "public_url": ""}
    async with console(tmp_path, **given) as desk, http() as browser:
        status, page = await replied(desk, browser, ("a.png", PNG))
        assert status == 422
        assert "until DESK_PUBLIC_URL is an https address" in page
