"""`privacydesk serve`: run the desk until it is told to stop."""

from __future__ import annotations

import asyncio
import signal

import click

from bot import app, logs
from bot.settings import Settings, load


@click.command(epilog="Example: DESK_PUBLIC_URL=https://privacy.example.com privacydesk serve")
@click.option("--demo", is_flag=True, help="Add the demo page: a simulated phone, a mailbox and the chat.")
def serve(*, demo: bool) -> None:
    """Start the desk: HTTP, SMTP and the workers, in one process."""
    settings = load()
    logs.configure(level=settings.log_level)
    asyncio.run(_serve(settings, demo=demo))


async def _serve(settings: Settings, *, demo: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, stop.set)
    if demo:
        from bot import demo as demonstration

        async with demonstration.running(settings) as running:
            base = f"http://{settings.http_host}:{running.http_port}"
            click.echo(f"Privacy Desk runs. Open {base}/demo/ (this is a demo: loopback only, no account needed).")
            await stop.wait()
        return
    running = await app.start(settings)
    click.echo(f"Privacy Desk runs on {settings.base_url} (console: {settings.base_url}/console/)")
    await stop.wait()
    await running.stop()
