"""Errors of handlers: an answer of its own before anything was sent, and never one inside another."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.errors import DatabaseDown
from bot.web import middlewares


async def _fails(_request: web.Request) -> web.StreamResponse:
    raise DatabaseDown("locked")


async def _fails_in_a_socket(request: web.Request) -> web.StreamResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    raise DatabaseDown("locked")


async def _fails_in_a_stream(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b"the first half")
    raise DatabaseDown("locked")


def _application() -> web.Application:
    app = web.Application(middlewares=[middlewares.errors])
    app.on_response_prepare.append(middlewares.secure)
    for handler in (_fails, _fails_in_a_socket, _fails_in_a_stream):
        app.router.add_get(f"/{handler.__name__}", handler)
    return app


async def test_before_anything_is_sent_the_error_is_the_answer() -> None:
    """503 with Retry-After, and the headers of every answer."""
    async with TestClient(TestServer(_application())) as client:
        answer = await client.get("/_fails")
        assert answer.status == 503
        assert answer.headers["Retry-After"] == "5"
        assert answer.headers["X-Frame-Options"] == "DENY"


async def test_no_answer_names_what_the_desk_is_made_with() -> None:
    """Neither a page nor an error has the names and versions of Python and the server in its headers."""
    async with TestClient(TestServer(_application())) as client:
        for path in ("/_fails", "/nothing"):
            answer = await client.get(path)
            assert answer.headers["Server"] == "privacydesk", path


async def test_a_socket_is_closed_as_a_socket() -> None:
    """After the upgrade no HTTP is written into it: the other side sees a close frame with 1011."""
    async with TestClient(TestServer(_application())) as client, asyncio.timeout(5):
        socket = await client.ws_connect("/_fails_in_a_socket")
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
        assert socket.close_code == 1011


async def test_a_stream_that_was_begun_is_cut_off() -> None:
    """A half answer ends in an error at the other side, not as if it were whole, and holds no second answer."""
    async with TestClient(TestServer(_application())) as client:
        answer = await client.get("/_fails_in_a_stream")
        assert answer.status == 200
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()
