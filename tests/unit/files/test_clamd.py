"""clamd is asked over real sockets, and every way in which it may fail is told as what it is."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.files.clamd import BLOCK, Clamd, Place, ScannerDown, TooLargeToScan, place
from tests.fakes.clamd import EICAR, clamd


async def test_a_clean_file_and_an_infected_one_are_told_apart() -> None:
    """All the bytes go there, in blocks; the scanner's name for what it found comes back."""
    large = bytes(range(256)) * 1_000
    async with clamd() as fake:
        asked = Clamd(place(fake.setting))
        assert await asked.scan(b"hello") == ""
        assert await asked.scan(b"") == ""
        assert await asked.scan(large) == ""
        assert await asked.scan(b"x" * BLOCK + EICAR) == "Eicar-Test-Signature"
        assert (await asked.version()).startswith("ClamAV")
    assert fake.scanned[2] == large


async def test_it_listens_on_a_unix_socket_too(tmp_path: Path) -> None:
    """As clamd does by default."""
    async with clamd(tmp_path / "clamd.ctl") as fake:
        assert await Clamd(place(fake.setting)).scan(EICAR) == "Eicar-Test-Signature"


async def test_a_file_beyond_its_limit_is_told_as_that() -> None:
    """It hangs up in the middle of a file that is too large: that is no reason to try again."""
    async with clamd(limit=100_000) as fake:
        with pytest.raises(TooLargeToScan, match="StreamMaxLength"):
            await Clamd(place(fake.setting)).scan(bytes(5_000_000))


async def test_where_nobody_listens_the_file_waits(tmp_path: Path) -> None:
    """Not reachable: the text says where, and what to do."""
    async with clamd() as fake:
        gone = fake.setting
    with pytest.raises(ScannerDown, match=rf"{gone} can't be reached .*DESK_CLAMD"):
        await Clamd(place(gone)).scan(b"x")
    with pytest.raises(ScannerDown, match=r"nobody\.ctl"):
        await Clamd(place(str(tmp_path / "nobody.ctl"))).version()


async def test_one_that_hangs_is_left_after_the_limit() -> None:
    """A scanner that never answers holds nobody for ever."""
    async with clamd(answer=None) as fake:
        with pytest.raises(ScannerDown, match="took longer than"):
            await Clamd(place(fake.setting), seconds=0.05).scan(b"x")


@pytest.mark.parametrize("answer", ["stream: Can't allocate memory ERROR\0", "what\0", "x" * 100_000, "\0"])
async def test_any_other_answer_is_no_clean_bill(answer: str) -> None:
    """Only "OK" means clean."""
    async with clamd(answer=answer) as fake:
        with pytest.raises(ScannerDown):
            await Clamd(place(fake.setting)).scan(b"x")


async def test_another_server_there_is_noticed() -> None:
    """A web server's port, say."""

    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\0")
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(other, "127.0.0.1", 0)
    async with server:
        with pytest.raises(ScannerDown, match="is no clamd"):
            await Clamd(Place("127.0.0.1", server.sockets[0].getsockname()[1])).version()


def test_the_setting_is_read_or_its_mend_is_named() -> None:
    """A host and a port, or a path."""
    assert place("clamav:3310") == Place("clamav", 3310)
    assert place("tcp://[::1]:3310") == Place("::1", 3310)
    assert place("unix:/run/clamd.ctl") == place("/run/clamd.ctl") == Place(path="/run/clamd.ctl")
    for bad in ("clamav", "clamav:0", "clamav:70000", "http://x:1/", "a b:3310", "::1:3310"):
        with pytest.raises(SettingsError, match="DESK_CLAMD"):
            place(bad)
