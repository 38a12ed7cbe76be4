"""Style sheets that stand in parts: one file for each thing on a page, served as one.

A sheet in parts holds nothing but `@import "FOLDER/PART.css";` lines, in the order of the cascade. So editors and
people read it as CSS, and a page still asks for one file. Other sheets are served as they stand, like every other file.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from aiohttp import ETag, hdrs, web

_REMARK = re.compile(r"/\*.*?\*/", re.DOTALL)
_IMPORT = re.compile(r'@import "([^"]+)";')


class BadSheet(Exception):
    """A sheet can't be joined; the text names it and says what it should be."""


def parts(sheet: Path) -> list[Path]:
    """The files that a sheet is made of, in order; none where it has no parts. Raises BadSheet."""
    text = _REMARK.sub("", sheet.read_text())
    names = _IMPORT.findall(text)
    if names and (rest := _IMPORT.sub("", text).strip()):
        raise BadSheet(f"{sheet}: beside its @import lines it holds {rest[:40]!r}; move that into one of its parts.")
    return [sheet.parent / name for name in names]


def joined(sheet: Path) -> str:
    """A sheet in parts as one text. Raises BadSheet."""
    try:
        return "\n".join(part.read_text() for part in parts(sheet))
    except FileNotFoundError as error:
        raise BadSheet(f"{sheet}: there is no {error.filename}; write it, or take its @import away.") from error


def routes(prefix: str, folder: Path) -> list[web.RouteDef]:
    """GET for each sheet of a folder that stands in parts, read once. Raises BadSheet."""
    return [
        web.get(f"{prefix}/{sheet.name}", Sheet(joined(sheet)).handle)
        for sheet in sorted(folder.glob("*.css"))
        if parts(sheet)
    ]


class Sheet:
    """A joined sheet; a browser that has it already is told so."""

    def __init__(self, text: str) -> None:
        self._body = text.encode()
        self._tag = hashlib.sha256(self._body).hexdigest()[:24]

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a GET: the sheet, or 304 by its digest."""
        known = any(tag.value == self._tag for tag in request.if_none_match or ())
        answer = web.Response(status=304) if known else web.Response(body=self._body, content_type="text/css")
        answer.etag = ETag(self._tag)
        answer.headers[hdrs.CACHE_CONTROL] = "no-cache"
        if not known:
            answer.charset = "utf-8"
        return answer
