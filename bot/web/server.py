"""The HTTP server: one application for channels, pages, console and API, which also tells how the desk is."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from aiohttp import web

from bot.desk import DESK, Desk
from bot.errors import SettingsError
from bot.metrics import CONTENT_TYPE
from bot.settings import Settings
from bot.web import health, middlewares, pages, visitors
from channels import peers

Mount = Callable[[web.Application, Desk], None]
"""Adds the routes of one room to the application."""

LARGEST_BODY = 1_000_000


def application(desk: Desk, mounts: Iterable[Mount]) -> web.Application:
    """The application: the channels' routes, the desk's health, and whatever else `mounts` adds.

    Raises:
        SettingsError: DESK_TRUSTED_PEERS holds what is no network.
    """
    try:
        peers.networks(desk.settings.trusted_peers)
    except ValueError as error:
        raise SettingsError(str(error)) from error
    app = web.Application(middlewares=[middlewares.errors], client_max_size=LARGEST_BODY)
    app[DESK] = desk
    app.on_response_prepare.append(middlewares.secure)
    for channel in desk.channels.values():
        for route in channel.routes():
            app.router.add_route(route.method, route.path, route.handler)
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/readyz", _readyz)
    app.router.add_get("/metrics", _metrics)
    app.router.add_routes(pages.static_routes())
    for mount in mounts:
        mount(app, desk)
    return app


def runner(desk: Desk, mounts: Iterable[Mount]) -> web.AppRunner:
    """The application in a runner; access is not logged, for its lines hold addresses."""
    return web.AppRunner(application(desk, mounts), access_log=None, keepalive_timeout=75.0, shutdown_timeout=5.0)


async def listen(app_runner: web.AppRunner, settings: Settings) -> int:
    """Open the port and return it (port 0 takes a free one).

    Raises:
        SettingsError: the port is taken or not ours to take.
    """
    await app_runner.setup()
    site = web.TCPSite(app_runner, settings.http_host, settings.http_port, backlog=1024)
    try:
        await site.start()
    except OSError as error:
        raise SettingsError(
            f"DESK_HTTP_PORT {settings.http_port} can't be opened ({error.strerror}): "
            "stop what listens there, or choose another"
        ) from error
    return int(app_runner.addresses[0][1])


async def _healthz(_request: web.Request) -> web.Response:
    """The process answers."""
    return web.json_response({"status": "ok"})


async def _readyz(request: web.Request) -> web.Response:
    """Whether the desk can do its work: database, workers, channels."""
    findings = await health.readiness(request.app[DESK])
    ready = all(finding.ok for finding in findings)
    body = {"ready": ready, "parts": {finding.part: finding.ok for finding in findings}}
    return web.json_response(body, status=200 if ready else 503)


async def _metrics(request: web.Request) -> web.Response:
    """Prometheus' text, for trusted peers that ask for themselves: how busy a desk is concerns nobody outside."""
    desk = request.app[DESK]
    if not visitors.inside(request, desk):
        raise web.HTTPNotFound
    await health.measure_queues(desk)
    return web.Response(body=desk.metrics.text(), headers={"Content-Type": CONTENT_TYPE})
