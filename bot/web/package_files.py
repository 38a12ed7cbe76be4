"""The files of an opened package as they go out: saved under a safe name, or the readable one shown in a sandbox.

Called by `package_pages`. Each file is held against its digest before its first byte goes.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import NamedTuple

from aiohttp import web

from bot.desk import DESK
from bot.packages import contents
from bot.packages.contents import Entry
from bot.packages.receiving import Fetched

SANDBOX = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": SANDBOX,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
ARCHIVE = "your-data.zip"
PIECE = 64 * 1024
_LABELS = {
    "report.html": "Your data, to read in a browser",
    "report.pdf": "Your data, to read or print",
    "data.json": "Your data, for other programs",
    "data.csv": "Your data, for a spreadsheet",
    "package.schema.json": "How the data for programs is laid out",
    "manifest.json": "The list of all files, with their checksums",
}


class Shown(NamedTuple):
    """A file as the page lists it. `size` is in bytes."""

    id: int
    name: str
    label: str
    size: int
    readable: bool


def shown(file: Entry) -> Shown:
    """The row of a file."""
    label = _LABELS.get(file.name, "A file that we hold about you" if "/" in file.name else "Part of your data")
    return Shown(file.id, file.name, label, file.size, _readable(file))


def _readable(file: Entry) -> bool:
    return file.content_type.partition(";")[0] == "text/html" and "/" not in file.name


def size(count: int) -> str:
    """Bytes as people read them: "820 bytes", "34 KB", "2.1 MB"."""
    if count < 1_000:  # noqa: PLR2004  decimal units, as file managers show them
        return f"{count} bytes"
    return f"{count / 1_000:.0f} KB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"  # noqa: PLR2004  as above


def safe_name(name: str) -> str:
    """A name that any system can save under: its last part, of plain letters, digits, dots and dashes."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name.rpartition("/")[2]).lstrip(".")[:80] or "file"


async def send(request: web.Request, fetched: Fetched, *, read: bool) -> web.StreamResponse:
    """One file, or the archive of all. Raises NotWhole before a byte of an altered file has gone."""
    if len(fetched.files) == 1 and not fetched.whole:
        return await _one(request, fetched.files[0], read=read)
    return await _all(request, fetched)


async def _one(request: web.Request, file: Entry, *, read: bool) -> web.Response:
    desk = request.app[DESK]
    content = await desk.database.read(lambda session: contents.plain(session, file.id, desk.sealer))
    inline = read and _readable(file)
    kind = file.content_type if inline or file.content_type in {"application/pdf", "application/json"} else ""
    headers = {
        **HEADERS,
        "Content-Type": kind or "application/octet-stream",
        "Content-Disposition": "inline" if inline else f'attachment; filename="{safe_name(file.name)}"',
    }
    return web.Response(body=content, headers=headers)


async def _all(request: web.Request, fetched: Fetched) -> web.StreamResponse:
    """The archive, written while it is sent: one file of it at most is in memory."""
    desk = request.app[DESK]
    response = web.StreamResponse(
        headers={
            **HEADERS,
            "Content-Type": "application/zip",
            "Content-Disposition": f'attachment; filename="{ARCHIVE}"',
        }
    )
    archive, prepared = contents.Archive(fetched.built_at), False
    for file in fetched.files:
        content = await desk.database.read(lambda session, file=file: contents.plain(session, file.id, desk.sealer))  # type: ignore[misc]
        if not prepared:  # the first file is whole, so that an empty answer is never taken for a package
            await response.prepare(request)
            prepared = True
        for piece in await asyncio.to_thread(archive.add, file.name, content):
            await response.write(piece)
    for piece in archive.end():
        await response.write(piece)
    await response.write_eof()
    return response
