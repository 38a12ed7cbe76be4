"""The console's door over real HTTP: passwords, links, cookies, CSRF, roles, lockout."""

from __future__ import annotations

import asyncio
import re
import threading
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.console import auth, passwords
from bot.console.views import ROUTES
from tests.integration.console_support import (
    PASSWORD,
    Console,
    console,
    csrf_of,
    customer,
    http,
    link,
    signed_in,
    wrote,
)


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    async with http() as session:
        yield session


def cookie(response: aiohttp.ClientResponse) -> str:
    return next(
        value for value in response.headers.getall("Set-Cookie") if "desk=" in value and "Max-Age=0" not in value
    )


async def test_the_right_password_opens_the_queue(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Sign-in leads to the queue, and the cookie is out of reach of scripts and of other sites."""
    form = {"email": " Sam@iomart.com", "password": PASSWORD, "next": "/console/?view=all"}
    async with browser.post(f"{desk.url}/console/sign-in", data=form, allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, "/console/?view=all")
        said = cookie(response)
    assert said.startswith("__Host-desk=")
    for part in ("HttpOnly", "Secure", "SameSite=Strict", "Path=/"):
        assert part in said
    assert "Domain" not in said
    async with browser.get(f"{desk.url}/console/") as response:
        assert response.status == 200
        assert response.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]


async def test_wrong_unknown_and_locked_say_the_same(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Nobody learns from the answer whether an account exists; the right password of a locked one is refused too."""

    async def tries(email: str, password: str) -> tuple[int, str]:
        async with browser.post(f"{desk.url}/console/sign-in", data={"email": email, "password": password}) as response:
            return response.status, (await response.text()).replace(email, "")

    unknown = await tries("nobody@iomart.com", "wrong")
    wrong = [await tries("sam@iomart.com", "wrong") for _ in range(auth.TRIES)]
    locked = await tries("sam@iomart.com", PASSWORD)
    assert unknown[0] == 401
    assert {unknown, *wrong, locked} == {unknown}
    desk.clock.move(minutes=15)
    assert (await tries("sam@iomart.com", PASSWORD))[0] == 200


def sign_in(desk: Console, browser: aiohttp.ClientSession, said: str, password: str) -> Any:
    """Sam's sign-in as a trusted proxy hands it on."""
    form = {"email": "sam@iomart.com", "password": password}
    return browser.post(f"{desk.url}/console/sign-in", data=form, headers={"X-Forwarded-For": said})


async def test_nobody_can_lock_a_colleague_out_from_elsewhere(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Five tries rest the account for the address that made them, however it spells itself, and for no other."""
    for number in range(auth.TRIES):
        async with sign_in(desk, browser, f"2001:db8:1::{number}", "wrong") as response:
            assert response.status == 401
    async with sign_in(desk, browser, "2001:db8:1::99", PASSWORD) as response:
        assert response.status == 401
    async with sign_in(desk, browser, "198.51.100.1", PASSWORD) as response:
        assert response.status == 200


async def test_many_addresses_together_still_lock_an_account(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Behind the lock of each address is one of the whole account."""
    for number in range(auth.MOST_TRIES):
        async with sign_in(desk, browser, f"198.51.100.{number % 10}", "wrong"):
            pass
    async with sign_in(desk, browser, "198.51.100.200", PASSWORD) as response:
        assert response.status == 401
    desk.clock.move(minutes=15)
    async with sign_in(desk, browser, "198.51.100.200", PASSWORD) as response:
        assert response.status == 200


async def test_a_burst_passes_no_limit_and_a_crowd_is_sent_away(
    desk: Console, browser: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of sixty at once, five are checked for one account, two at a time; who finds twenty waiting comes back later."""
    lock = threading.Lock()
    checked, working, most = [], 0, 0
    genuine = passwords.matches

    def counting(password: str, stored: str) -> bool:
        nonlocal working, most
        with lock:
            working += 1
            most = max(most, working)
        try:
            checked.append(bool(stored))
            return genuine(password, stored)
        finally:
            with lock:
                working -= 1

    monkeypatch.setattr(passwords, "matches", counting)

    async def one() -> tuple[int, str]:
        async with sign_in(desk, browser, "198.51.100.7", "wrong") as response:
            await response.read()
            return response.status, response.headers.get("Retry-After", "")

    answers = Counter(await asyncio.gather(*(one() for _ in range(60))))
    assert set(answers) <= {(401, ""), (429, "5"), (429, "")}
    assert answers[429, "5"]
    assert sum(checked) == auth.TRIES
    assert len(checked) <= 30
    assert most == 2


async def test_one_address_can_not_try_all_accounts(desk: Console, browser: aiohttp.ClientSession) -> None:
    """After thirty failures from one network address even a right password waits."""
    for number in range(30):
        form = {"email": f"a{number}@iomart.com", "password": "wrong"}
        await (await browser.post(f"{desk.url}/console/sign-in", data=form)).read()
    form = {"email": "sam@iomart.com", "password": PASSWORD}
    async with browser.post(f"{desk.url}/console/sign-in", data=form) as response:
        assert response.status == 429


async def test_a_brought_along_session_is_never_made_good(desk: Console) -> None:
    """Session fixation: the cookie before and after signing in differ, and the planted one opens nothing."""
    planted = "a" * 43
    async with aiohttp.ClientSession() as plain:
        headers = {"Cookie": f"__Host-desk={planted}"}
        form = {"email": "sam@iomart.com", "password": PASSWORD}
        url = f"{desk.url}/console/sign-in"
        async with plain.post(url, data=form, headers=headers, allow_redirects=False) as response:
            assert planted not in cookie(response)
        async with plain.get(f"{desk.url}/console/", headers=headers, allow_redirects=False) as response:
            assert response.headers["Location"].startswith("/console/sign-in")


async def test_every_page_asks_for_a_session(desk: Console) -> None:
    """The whole route table: people are led to the sign-in, fetches get 401, and nothing is shown."""
    async with aiohttp.ClientSession() as plain:
        for route in ROUTES:
            url = desk.url + re.sub(r"\{\w+\}", "1", route.path)
            async with plain.request(route.method, url, allow_redirects=False) as response:
                assert response.status == 303, route
                assert response.headers["Location"].startswith("/console/sign-in?next=%2Fconsole"), route
            async with plain.request(route.method, url, headers={"Sec-Fetch-Mode": "cors"}) as response:
                assert response.status == 401, route


async def test_roles_are_kept(desk: Console) -> None:
    """An agent sees neither colleagues nor refusals, a lead only the first, an admin both."""
    allowed = {"sam@iomart.com": (403, 403), "lena@iomart.com": (200, 403), "ada@iomart.com": (200, 200)}
    for email, statuses in allowed.items():
        async with http() as browser:
            await signed_in(desk, browser, email)
            staff = await browser.get(f"{desk.url}/console/staff")
            refused = await browser.get(f"{desk.url}/console/rejections")
            assert (staff.status, refused.status) == statuses, email
            for response in (staff, refused):
                await response.read()


@pytest.mark.parametrize("role", auth.ROLES)
async def test_no_route_opens_to_a_lesser_role_nor_to_a_forged_form(desk: Console, role: auth.Role) -> None:
    """The whole route table by each role over HTTP: what is above it is refused as that, looking and doing alike; of
    the rest no form is taken with a wrong token.
    """
    email = {"agent": "sam@iomart.com", "lead": "lena@iomart.com", "admin": "ada@iomart.com"}[role]
    async with http() as browser:
        await signed_in(desk, browser, email)
        for route in ROUTES:
            may = auth.ROLES.index(role) >= auth.ROLES.index(route.role)
            url = desk.url + re.sub(r"\{\w+\}", "1", route.path)
            form = {"csrf": "forged"} if route.method == "POST" else None
            async with browser.request(route.method, url, data=form, allow_redirects=False) as answer:
                if may and route.method == "GET":
                    assert answer.status != 403, route
                    continue
                assert answer.status == 403, route
                told = "gone stale" if may else f"for the role {route.role}"
                assert told in await answer.text(), route


@pytest.mark.parametrize(
    ("token", "headers"),
    [
        ("", {}),
        ("wrong", {}),
        ("right", {"Origin": "https://evil.example"}),
        ("right", {"Sec-Fetch-Site": "cross-site"}),
        ("right", {"Sec-Fetch-Site": "same-site"}),
    ],
)
async def test_a_forged_post_changes_nothing(
    desk: Console, browser: aiohttp.ClientSession, token: str, headers: dict[str, str]
) -> None:
    """A missing or wrong token, and a right one from another site, are refused before anything is done."""
    talk = await desk.write(lambda s: customer(s, desk.clock.at).id)
    right = await signed_in(desk, browser)
    form = {"csrf": right if token == "right" else token, "mode": "note", "text": "forged"}
    url = f"{desk.url}/console/conversations/{talk}/say"
    async with browser.post(url, data=form, headers=headers) as response:
        assert response.status == 403
        assert "load the page again" in await response.text()
    async with browser.get(f"{desk.url}/console/conversations/{talk}") as response:
        assert "forged" not in await response.text()


async def test_another_sessions_token_is_not_enough(desk: Console, browser: aiohttp.ClientSession) -> None:
    """The token belongs to one session."""
    await signed_in(desk, browser)
    async with http() as other:
        theirs = await signed_in(desk, other, "lena@iomart.com")
    async with browser.post(f"{desk.url}/console/sign-out", data={"csrf": theirs}) as response:
        assert response.status == 403


async def test_a_forged_sign_in_is_refused(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Nobody can sign a browser in to their own account from another site."""
    form = {"email": "sam@iomart.com", "password": PASSWORD}
    headers = {"Origin": "https://evil.example"}
    async with browser.post(f"{desk.url}/console/sign-in", data=form, headers=headers) as response:
        assert response.status == 403


async def test_signing_out_ends_the_session_for_good(desk: Console, browser: aiohttp.ClientSession) -> None:
    """The old cookie opens nothing any more, even if somebody kept it."""
    token = await signed_in(desk, browser)
    kept = "; ".join(f"{entry.key}={entry.value}" for entry in browser.cookie_jar)
    async with browser.post(f"{desk.url}/console/sign-out", data={"csrf": token}) as response:
        assert response.url.path == "/console/sign-in"
    async with (
        aiohttp.ClientSession(headers={"Cookie": kept}) as plain,
        plain.get(f"{desk.url}/console/", allow_redirects=False) as response,
    ):
        assert response.status == 303


async def test_a_session_ends_when_idle_but_not_by_being_used(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Work keeps a session; an open page's own looks don't; twelve hours are the most."""

    async def status(**headers: str) -> int:
        async with browser.get(f"{desk.url}/console/", headers=headers, allow_redirects=False) as response:
            return response.status

    await signed_in(desk, browser)
    for _ in range(14):
        desk.clock.move(minutes=50)
        assert await status() == 200
    desk.clock.move(minutes=50)
    assert await status() == 303
    await signed_in(desk, browser)
    desk.clock.move(minutes=50)
    assert await status(**{"X-Desk-Live": "1"}) == 200
    desk.clock.move(minutes=15)
    assert await status() == 303


async def test_a_link_signs_in_once_and_a_preview_does_not_use_it_up(
    desk: Console, browser: aiohttp.ClientSession
) -> None:
    """GET shows a button, POST signs in, and the second time the page says what to do."""
    url = f"{desk.url}/console/enter/{await desk.write(lambda s: link(s, 1, desk.clock.at))}"
    for _ in range(2):
        async with browser.get(url) as response:
            assert "sam@iomart.com" in await response.text()
    async with browser.post(url) as response:
        assert csrf_of(await response.text())
    async with browser.post(url) as response:
        assert response.status == 410
        assert "Ask for a new one" in await response.text()


async def test_a_way_back_stays_in_the_console(desk: Console, browser: aiohttp.ClientSession) -> None:
    """A crafted link to the sign-in can't send anybody elsewhere afterwards."""
    form = {"email": "sam@iomart.com", "password": PASSWORD, "next": "//evil.example/"}
    async with browser.post(f"{desk.url}/console/sign-in", data=form, allow_redirects=False) as response:
        assert response.headers["Location"] == "/console/"


async def test_over_plain_http_elsewhere_the_cookie_still_works(tmp_path: Path) -> None:
    """Where nobody set https and the address is not loopback, `__Host-` is impossible and the plain name is used."""
    async with console(tmp_path) as desk, aiohttp.ClientSession() as plain:
        form = {"email": "sam@iomart.com", "password": PASSWORD}
        headers = {"Host": "desk.lan"}
        url = f"{desk.url}/console/sign-in"
        async with plain.post(url, data=form, headers=headers, allow_redirects=False) as response:
            said = cookie(response)
    assert said.startswith("desk=")
    assert "Secure" not in said


async def test_behind_https_only_the_secure_cookie_counts(tmp_path: Path) -> None:
    """With an https address set, a cookie of the plain name opens nothing."""
    async with console(tmp_path, public_url="https://desk.example") as desk, aiohttp.ClientSession() as plain:
        token = await desk.write(lambda s: auth.enter(s, 1, desk.clock.at))
        for name, status in (("desk", 303), ("__Host-desk", 200)):
            headers = {"Cookie": f"{name}={token}", "Host": "desk.example"}
            async with plain.get(f"{desk.url}/console/", headers=headers, allow_redirects=False) as response:
                assert response.status == status


async def test_a_disabled_colleague_is_out_at_once(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Disabling an account ends its open sessions."""
    from bot.console import accounts

    await signed_in(desk, browser)
    await desk.write(lambda s: accounts.disable(s, "sam@iomart.com", desk.clock.at))
    async with browser.get(f"{desk.url}/console/", allow_redirects=False) as response:
        assert response.status == 303


async def test_the_page_asked_for_comes_after_signing_in(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Who follows a link to a conversation lands there after signing in."""
    talk = await desk.write(lambda s: wrote(s, customer(s, desk.clock.at), "hello", desk.clock.at))
    async with browser.get(f"{desk.url}/console/conversations/{talk}?view=all") as response:
        assert f'name="next" value="/console/conversations/{talk}?view=all"' in await response.text()
