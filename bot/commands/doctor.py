"""`privacydesk doctor`: look at everything the desk needs, and say what to mend."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable, Sequence
from typing import Any

import click
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot import app, migrations, plugins
from bot.clock import utc_now
from bot.conversations import facts
from bot.conversations.flood import Limits
from bot.engines import engine_for
from bot.errors import DeskError
from bot.files import clamd
from bot.settings import Settings, load, secret_key, signer
from bot.sources import registry
from bot.sources.base import DataSource
from channels.base import Finding, Received
from channels.context import Context, Line
from channels.errors import Temporary


@click.command(epilog="Example: DESK_RELAY_URL=smtp://mail.example.com privacydesk doctor")
def doctor() -> None:
    """Check settings, data directory, database, policies, data sources, ports, mail relay and Twilio.

    Sends nothing to anybody.
    """
    settings = load()
    findings = [*_local(settings), *asyncio.run(_scanner(settings)), *asyncio.run(_channels(settings))]
    for finding in findings:
        mend = f"; mend: {finding.mend}" if finding.mend and not finding.ok else ""
        click.echo(f"{'ok  ' if finding.ok else 'MEND'} {finding.part}: {finding.text}{mend}")
    sys.exit(0 if all(finding.ok for finding in findings) else 1)


def _local(settings: Settings) -> Sequence[Finding]:
    return [
        Finding("settings", ok=True, text=f"{len(settings.all_sites())} site(s), channels {settings.channels}"),
        _public_url(settings),
        _database(settings),
        _policies(settings),
        *_data_sources(settings),
        *_texts(settings),
        _port("HTTP", settings.http_host, settings.http_port, "DESK_HTTP_PORT"),
        _port("SMTP", settings.smtp_host, settings.smtp_port, "DESK_SMTP_PORT"),
    ]


def _public_url(settings: Settings) -> Finding:
    if settings.public_url.startswith("https://"):
        return Finding("public address", ok=True, text=settings.public_url)
    return Finding(
        "public address", ok=False, text=f"customers would be sent to {settings.base_url}",
        mend="set DESK_PUBLIC_URL to the https:// address that Twilio and customers reach",
    )  # fmt: skip


def _database(settings: Settings) -> Finding:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        engine = engine_for(settings.database)
        migrations.upgrade(engine)
        with engine.connect() as connection:
            whole = "ok"
            if engine.dialect.name == "sqlite":
                whole = str(connection.execute(text("PRAGMA quick_check")).scalar())
    except (OSError, SQLAlchemyError) as error:
        mend = "see that DESK_DATA_DIR can be written, that its disk has room, and that the database runs"
        return Finding("database", ok=False, text=type(error).__name__, mend=mend)
    mend = "stop the desk and restore the last backup: the file is damaged"
    return Finding("database", ok=whole == "ok", text="opens, schema is current" if whole == "ok" else whole, mend=mend)


def _policies(settings: Settings) -> Finding:
    try:
        library = app.open_library(settings)
        for site in settings.all_sites():
            library.in_force(site.policy)
    except (DeskError, LookupError, ValueError) as error:
        return Finding(
            "policies", ok=False, text=str(error), mend="import it: privacydesk policy import FILE --policy KEY"
        )
    return Finding("policies", ok=True, text=", ".join(library.keys()))


def _texts(settings: Settings) -> Sequence[Finding]:
    """Whether so many texts went out that strangers get none: somebody may be pumping them for money."""
    engine = engine_for(settings.database, read_only=True)
    limits = Limits(texts_an_hour=settings.texts_an_hour)
    try:
        with Session(engine) as session:
            until = facts.texts_braked(session, limits, utc_now())
    except SQLAlchemyError:
        return []  # the database has a finding of its own
    finally:
        engine.dispose()
    if until is None:
        return []
    told = f"strangers get no automatic text until {facts.clock_words(until, settings.timezone)}"
    mend = "see whom they went to; DESK_TEXTS_AN_HOUR is how many may go in an hour"
    return [Finding("texts", ok=False, text=told, mend=mend)]


def _data_sources(settings: Settings) -> Sequence[Finding]:
    """Every data source, asked whether it could be searched; without a word about anybody."""
    engine = engine_for(settings.database, read_only=True)

    def look(work: Callable[[Session], Any]) -> Any:
        with Session(engine) as session:
            return work(session)

    try:
        sources = registry.installed(settings, look)
        return [finding for each in sources.values() for finding in _asked(each.source)]
    except DeskError as error:
        return [Finding("data sources", ok=False, text=str(error), mend="correct that setting")]
    finally:
        engine.dispose()


def _asked(source: DataSource) -> Sequence[Finding]:
    try:
        return [found._replace(part=f"data source {found.part}") for found in source.check()]
    except Exception as error:  # noqa: BLE001  a source may be another's code: whatever it trips over is its finding
        mend = "see that it runs, and mend its table in desk.toml"
        return [Finding(f"data source {source.name}", ok=False, text=f"it failed ({type(error).__name__})", mend=mend)]


def _port(name: str, host: str, port: int, setting: str) -> Finding:
    """Free, or already a listener of ours: either way the desk can have it; a privileged one it can't."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            mend = f"if the desk runs already all is well; else stop what listens there, or change {setting}"
            return Finding(f"{name} port", ok=False, text=f"{host}:{port} {error.strerror}", mend=mend)
    return Finding(f"{name} port", ok=True, text=f"{host}:{port} is free")


async def _scanner(settings: Settings) -> Sequence[Finding]:
    """Whether clamd answers, where files are to be scanned."""
    try:
        asked = clamd.installed(settings.clamd)
        return [Finding("virus scanner", ok=True, text=await asked.version())] if asked else []
    except DeskError as error:
        mend = "without it no file can be opened or sent; DESK_CLAMD unset, files are not scanned"
        return [Finding("virus scanner", ok=False, text=str(error), mend=mend)]


async def _channels(settings: Settings) -> Sequence[Finding]:
    found: list[Finding] = []
    for name in settings.channel_names:
        try:
            channel = plugins.channel(name, _context(settings), settings.own(name))
        except DeskError as error:
            found.append(Finding(name, ok=False, text=str(error), mend="correct that setting"))
            continue
        found += await channel.check()
        await channel.stop()
    return found


def _context(settings: Settings) -> Context:
    """A context that accepts nothing: the doctor only looks."""

    async def accept(_received: Received) -> bool:
        raise Temporary("the doctor accepts nothing")

    async def transcript(_address: str, _after: int) -> Sequence[Line]:
        return ()

    return Context(
        sites=settings.all_sites(),
        public_url=settings.base_url,
        setting=settings.text,
        accept=accept,
        now=utc_now,
        sign=signer(secret_key(settings)),
        transcript=transcript,
        listen=lambda _address, _wake: lambda: None,
        rejected=lambda _channel, _reason: None,
    )
