"""Mounts the API on the desk's application, as an application of its own: its refusals keep their shape."""

from __future__ import annotations

from functools import cache

from aiohttp import web

from bot.api.gate import Door, guard
from bot.api.openapi import document
from bot.api.problems import answered
from bot.api.routes import DOCUMENT, ROOT, ROUTES
from bot.desk import DESK, Desk


def mount(app: web.Application, desk: Desk) -> None:
    """Add everything beneath /api/v1/; called once, when the desk is built."""
    api = web.Application(middlewares=[answered])
    api[DESK] = desk
    door = Door()
    api.router.add_route("GET", DOCUMENT, _openapi)
    for route in ROUTES:
        api.router.add_route(route.method, route.path, guard(route, desk, door))
    app.add_subapp(f"{ROOT}/", api)


async def _openapi(_request: web.Request) -> web.Response:
    """What the API is; open to all, since it holds nothing of anybody."""
    return web.json_response(_document())


@cache
def _document() -> dict[str, object]:
    return document(ROUTES, ROOT)
