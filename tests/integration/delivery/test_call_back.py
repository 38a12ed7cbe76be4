"""Codes that staff read out to somebody they called back."""

from __future__ import annotations

import aiohttp
import pytest

from bot.contacts.models import Proof
from bot.packages import release
from bot.packages.link_models import PackageCall
from bot.tickets.states import NotAllowed
from tests.integration.delivery.conftest import LENA, SAM, the
from tests.integration.package_support import Delivery, key_of


async def test_a_call_back_reads_out_a_code_once(made: Delivery, http: aiohttp.ClientSession) -> None:
    """Where there is one channel only: a second person calls, the code opens, only its hash is kept."""
    await made.release(code_to=None)
    _status, page = await made.look(http)
    assert "ask us to call you" in page
    now, sign = made.desk.clock.at, made.desk.desk.sign
    with pytest.raises(NotAllowed, match="second person"):
        await made.desk.write(lambda s: release.call_back(s, made.ticket, SAM, now, sign=sign))
    code = await made.desk.write(lambda s: release.call_back(s, made.ticket, LENA, now, sign=sign))
    kept = await the(made, PackageCall)
    assert code not in str(vars(kept))
    proof = await the(made, Proof, kind="callback")
    assert (proof.tier, proof.by) == (3, "staff:2")  # type: ignore[attr-defined]
    status, page = await made.post(http, "open", code=f"{code[:3]} {code[3:]}")
    assert status == 200
    assert key_of(page)
    assert (await made.post(http, "open", code=code))[0] == 403


async def test_a_call_backs_code_is_locked_and_ends_like_any_other(made: Delivery, http: aiohttp.ClientSession) -> None:
    """Three wrong tries lock it, ten minutes end it."""
    await made.release(code_to=None)
    now, sign = made.desk.clock.at, made.desk.desk.sign
    code = await made.desk.write(lambda s: release.call_back(s, made.ticket, LENA, now, sign=sign))
    for step in (1, 2, 3):
        await made.post(http, "open", code=f"{(int(code) + step) % 1_000_000:06}")
    assert (await made.post(http, "open", code=code))[0] == 403
    later = await made.desk.write(lambda s: release.call_back(s, made.ticket, LENA, now, sign=sign))
    made.desk.clock.move(minutes=10)
    assert (await made.post(http, "open", code=later))[0] == 403


async def test_guessing_goes_on_through_no_number_of_call_backs(made: Delivery, http: aiohttp.ClientSession) -> None:
    """Nine wrong codes in a day are all, whoever reads out new ones; the next day it opens."""
    await made.release(code_to=None)
    sign = made.desk.desk.sign

    async def called() -> str:
        return str(
            await made.desk.write(lambda s: release.call_back(s, made.ticket, LENA, made.desk.clock.at, sign=sign))
        )

    for _ in range(3):
        code = await called()
        for step in (1, 2, 3):
            await made.post(http, "open", code=f"{(int(code) + step) % 1_000_000:06}")
    assert (await made.post(http, "open", code=await called()))[0] == 403
    made.desk.clock.move(days=1)
    assert (await made.post(http, "open", code=await called()))[0] == 200
