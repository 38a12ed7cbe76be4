"""A desk with tokens, for the API's tests: real HTTP, real database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.api import tokens
from bot.audit.models import AuditEntry
from bot.conversations import repository
from tests.integration.console_support import Console, console, customer, request, wrote

EMAILS = {"agent": "sam@iomart.com", "lead": "lena@iomart.com", "admin": "ada@iomart.com"}


@dataclass
class Answer:
    """What came back. `json` is the body."""

    status: int
    json: Any
    headers: Any


@dataclass
class Api:
    """A running desk with a token for each role."""

    console: Console
    http: aiohttp.ClientSession
    tokens: dict[str, str]

    async def call(
        self, method: str, path: str, json: Any = None, *, role: str = "agent", token: str | None = None,
        headers: dict[str, str] | None = None, data: Any = None,
    ) -> Answer:  # fmt: skip
        """One request; `data` goes out as it is."""
        sent = {"Authorization": f"Bearer {self.tokens[role] if token is None else token}", **(headers or {})}
        url = f"{self.console.url}/api/v1{path}"
        async with self.http.request(method, url, json=json, data=data, headers=sent) as response:
            assert response.content_type == "application/json", await response.text()
            assert not response.cookies
            assert "Access-Control-Allow-Origin" not in response.headers
            return Answer(response.status, await response.json(), response.headers)

    async def get(self, path: str, **values: Any) -> Answer:
        """GET."""
        return await self.call("GET", path, **values)

    async def post(self, path: str, json: Any = None, **values: Any) -> Answer:
        """POST."""
        return await self.call("POST", path, json, **values)

    async def talk(self, text: str = "wot data do u hold on me", *, kind: str = "access", **values: Any) -> int:
        """A conversation in which a customer has written once, with a ticket; its id."""
        now = self.console.clock.at

        def unit(session: Session) -> int:
            found = customer(session, now, **{"channel": "memory", **values})
            wrote(session, found, text, now, intent=kind)
            if kind:
                request(session, found, kind, text, now)
            return found.id

        return int(await self.console.write(unit))

    async def says(self, ident: int, *texts: str) -> None:
        """The customer writes again."""

        def unit(session: Session) -> None:
            for text in texts:
                wrote(session, repository.get(session, ident), text, self.console.clock.at)

        await self.console.write(unit)

    async def audit(self, action: str) -> list[AuditEntry]:
        """The entries of one action."""
        query = select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.seq)
        return list(await self.console.read(lambda session: session.scalars(query).all()))


@asynccontextmanager
async def api(folder: Path, **values: Any) -> AsyncIterator[Api]:
    """A desk with one agent, one lead, one admin, and a token for each."""
    async with console(folder, **values) as desk, aiohttp.ClientSession() as http:
        now = desk.clock.at

        def make(session: Session) -> dict[str, str]:
            return {role: tokens.add(session, email, f"{role}'s", now) for role, email in EMAILS.items()}

        yield Api(desk, http, await desk.write(make))


def refused(answer: Answer, status: int, code: str) -> str:
    """Check that it is a refusal in the one shape; its text."""
    assert answer.status == status, answer.json
    assert set(answer.json) == {"error"}
    assert set(answer.json["error"]) == {"code", "text"}
    assert answer.json["error"]["code"] == code
    text = answer.json["error"]["text"]
    assert text
    return str(text)
