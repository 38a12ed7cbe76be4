"""Rendering of the server's pages: one jinja2 environment, everything escaped, templates compiled once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined

from bot.web import sheets

BOT = Path(__file__).parent.parent
FOLDERS = {"web": BOT / "web", "console": BOT / "console", "demo": BOT / "demo"}


@cache
def environment() -> Environment:
    """Templates are named by room: "web/policy.html", "console/queue.html", "demo/demo.html"; "replies/dates.j2" for
    words that pages and replies share.
    """
    folders = {room: folder / "templates" for room, folder in FOLDERS.items()} | {"replies": BOT / "templates"}
    loader = PrefixLoader({room: FileSystemLoader(folder) for room, folder in folders.items()})
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def page(template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any) -> web.Response:
    """An HTML response from a template; unknown names in it are an error, not a blank."""
    text = environment().get_template(template).render(**values)
    return web.Response(text=text, content_type="text/html", status=status, headers=headers)


def static_routes() -> list[web.AbstractRouteDef]:
    """`/static/ROOM/FILE` for each room's own files; style sheets that stand in parts come as one."""
    found: list[web.AbstractRouteDef] = []
    for room, folder in FOLDERS.items():
        own, prefix = folder / "static", f"/static/{room}"
        found += [*sheets.routes(prefix, own), web.static(prefix, own)]
    return found
