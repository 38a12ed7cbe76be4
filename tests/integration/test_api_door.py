"""The API's door over real HTTP: who gets in, and that every refusal has the one shape."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from bot.api import queries, tokens
from bot.api.models import ApiToken
from bot.api.routes import ROUTES
from bot.console import accounts
from tests.integration.api_support import api, refused
from tests.integration.console_support import http, signed_in

NONSENSE = "pd_" + "x" * 43


@pytest.mark.parametrize(
    "header", ["", "Bearer", f"Bearer {NONSENSE}", "Bearer short", f"Basic {NONSENSE}", "Bearer \u00e9"]
)
async def test_without_a_token_that_works_nothing_opens(tmp_path: Path, header: str) -> None:
    """Missing, malformed, unknown and of another scheme look the same."""
    async with api(tmp_path) as desk:
        answer = await desk.get("/tickets", headers={"Authorization": header})
        refused(answer, 401, "unauthorized")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_every_route_asks_for_a_token(tmp_path: Path) -> None:
    """No route of the table opens without one."""
    async with api(tmp_path) as desk:
        for route in ROUTES:
            path = route.path.format(id=1, reference="DR-1", key="iomart", effective="2007-12-15")
            refused(await desk.call(route.method, path, token=NONSENSE), 401, "unauthorized")


async def test_a_revoked_token_and_a_disabled_account_open_nothing(tmp_path: Path) -> None:
    """Both count from the next request on."""
    async with api(tmp_path) as desk:
        now = desk.console.clock.at
        assert (await desk.get("/tickets")).status == 200
        await desk.console.write(lambda session: tokens.revoke(session, 1, now))
        refused(await desk.get("/tickets"), 401, "unauthorized")
        await desk.console.write(lambda session: accounts.disable(session, "lena@iomart.com", now))
        refused(await desk.get("/tickets", role="lead"), 401, "unauthorized")


async def test_failures_are_limited_per_address_and_a_known_token_still_passes(tmp_path: Path) -> None:
    """After thirty failures an address hears 429 for a quarter of an hour; a token that was good before still opens."""
    async with api(tmp_path) as desk:
        assert (await desk.get("/tickets")).status == 200
        for _ in range(30):
            await desk.get("/tickets", token=NONSENSE)
        blocked = await desk.get("/tickets", token=NONSENSE)
        refused(blocked, 429, "too_many_tries")
        assert blocked.headers["Retry-After"] == "900"
        refused(await desk.get("/tickets", role="lead"), 429, "too_many_tries")
        assert (await desk.get("/tickets")).status == 200
        elsewhere = await desk.get("/tickets", role="lead", headers={"X-Forwarded-For": "203.0.113.9"})
        assert elsewhere.status == 200
        desk.console.clock.move(minutes=15)
        refused(await desk.get("/tickets", token=NONSENSE), 401, "unauthorized")


async def test_a_proxy_is_trusted_by_its_network_and_only_its_last_word_counts(tmp_path: Path) -> None:
    """A network in the setting is a network; what stands before the proxy's word gives nobody a new allowance."""
    async with api(tmp_path, trusted_peers="127.0.0.0/8") as desk:
        for number in range(30):
            said = {"X-Forwarded-For": f"203.0.113.{number}, 198.51.100.7"}
            refused(await desk.get("/tickets", token=NONSENSE, headers=said), 401, "unauthorized")
        said = {"X-Forwarded-For": "203.0.113.99, 198.51.100.7"}
        refused(await desk.get("/tickets", token=NONSENSE, headers=said), 429, "too_many_tries")
        elsewhere = await desk.get("/tickets", token=NONSENSE, headers={"X-Forwarded-For": "198.51.100.8"})
        refused(elsewhere, 401, "unauthorized")


async def test_the_last_use_is_kept_by_the_hour(tmp_path: Path) -> None:
    """A token's row shows the full hour of its last use, and reading costs no write within it."""
    async with api(tmp_path) as desk:

        async def last() -> Any:
            return await desk.console.read(lambda s: s.scalar(select(ApiToken.last_used_at).where(ApiToken.id == 1)))

        assert await last() is None
        desk.console.clock.move(minutes=59)
        await desk.get("/policies")
        assert (await last()).isoformat() == "2026-11-20T12:00:00+00:00"
        desk.console.clock.move(minutes=2)
        await desk.get("/policies")
        assert (await last()).isoformat() == "2026-11-20T13:00:00+00:00"


async def test_only_the_hash_of_a_token_is_stored(tmp_path: Path) -> None:
    """No column of any row holds the token itself."""
    async with api(tmp_path) as desk:
        rows = await desk.console.read(lambda session: session.execute(text("SELECT * FROM api_token")).all())
        assert all(token not in str(rows) for token in desk.tokens.values())


async def test_unknown_addresses_and_methods_keep_the_shape(tmp_path: Path) -> None:
    """404 and 405 of the router too; OPTIONS gets no word of other sites' pages."""
    async with api(tmp_path) as desk:
        refused(await desk.get("/nothing"), 404, "not_found")
        refused(await desk.get("/tickets/"), 404, "not_found")
        refused(await desk.get("/"), 404, "not_found")
        refused(await desk.get("/%ff%00"), 404, "not_found")
        wrong = await desk.call("DELETE", "/tickets")
        refused(wrong, 405, "method_not_allowed")
        assert wrong.headers["Allow"] == "GET"
        refused(
            await desk.call("OPTIONS", "/tickets", headers={"Origin": "https://evil.example"}),
            405,
            "method_not_allowed",
        )


async def test_what_cannot_be_audited_is_not_shown(tmp_path: Path) -> None:
    """While the database takes no writes, reading a conversation answers 503 and shows nothing of it."""
    async with api(tmp_path) as desk:
        ident = await desk.talk("my secret")
        assert (await desk.get("/tickets")).status == 200
        with closing(sqlite3.connect(tmp_path / "desk.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            answer = await desk.get(f"/conversations/{ident}")
        assert "secret" not in refused(answer, 503, "unavailable")
        assert answer.headers["Retry-After"] == "5"
        assert (await desk.get(f"/conversations/{ident}")).status == 200


async def test_what_nobody_foresaw_is_a_500_without_detail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer does not say how the desk is made."""

    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    async with api(tmp_path) as desk:
        monkeypatch.setattr(queries, "tickets", broken)
        assert "secret" not in refused(await desk.get("/tickets"), 500, "failed")


async def test_cookies_open_nothing(tmp_path: Path) -> None:
    """The console's session is no way into the API: pages of other sites can't borrow it."""
    async with api(tmp_path) as desk, http() as browser:
        await signed_in(desk.console, browser)
        async with browser.get(f"{desk.console.url}/api/v1/tickets") as response:
            assert response.status == 401


async def test_a_second_token_for_a_disabled_account_is_refused(tmp_path: Path) -> None:
    """Tokens are made for people who work here."""
    async with api(tmp_path) as desk:

        def make(session: Session) -> None:
            session.execute(update(ApiToken).values(revoked_at=desk.console.clock.at))
            accounts.disable(session, "sam@iomart.com", desk.console.clock.at)

        await desk.console.write(make)
        with pytest.raises(Exception, match="no active account"):
            await desk.console.write(lambda s: tokens.add(s, "sam@iomart.com", "x", desk.console.clock.at))
