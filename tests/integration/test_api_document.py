"""The OpenAPI document as it is served: the same as the router."""

from __future__ import annotations

from pathlib import Path

import aiohttp

from bot.api.routes import DOCUMENT, ROOT, ROUTES
from bot.app import MOUNTS
from bot.web import server
from tests.integration.api_support import api


async def test_the_document_is_served_to_all_and_equals_the_router(tmp_path: Path) -> None:
    """What aiohttp routes beneath /api/v1/ and what the document names are the same, method by method."""
    async with api(tmp_path) as desk, aiohttp.ClientSession() as http:
        async with http.get(f"{desk.console.url}{ROOT}{DOCUMENT}") as response:
            assert response.status == 200
            told = await response.json()
        named = {(method.upper(), path) for path, item in told["paths"].items() for method in item}
        app = server.application(desk.console.desk, MOUNTS)
        routed = {
            (route.method, route.resource.canonical)
            for route in app.router.routes()
            if route.resource is not None and route.resource.canonical.startswith(ROOT)
        }
        assert named | {("GET", ROOT + DOCUMENT)} == routed
        assert len(named) == len(ROUTES)
