"""Reads a posted form that carries files, as it comes in and within limits. Called by the gate.

aiohttp's own `post()` reads the whole body before anybody can say that it is too much, or keeps it in files.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

from aiohttp import BodyPartReader, web

from bot.errors import PermanentError
from bot.turns import Turns

LARGEST_FILE = 20_000_000
MOST_FIELDS = 30
LONGEST_FIELD = 20_000
LONGEST_NAME = 500
SECONDS = 300.0
AT_ONCE = 2
SMALL = 200_000
"""A form of fewer bytes waits for no turn: words are never held up by somebody's slow file."""
TURNS: web.AppKey[Turns] = web.AppKey("console uploads", Turns)
"""Two files at a time are in memory; whoever comes next waits."""


class BadForm(PermanentError):
    """The form can't be read; the text says what to do."""


class Sent(NamedTuple):
    """A file as the browser sent it: its name there, and its bytes."""

    name: str
    content: bytes


class Form(NamedTuple):
    """The text fields, and the files that were chosen."""

    fields: Mapping[str, str]
    files: tuple[Sent, ...]


async def read(request: web.Request, most_files: int = 1) -> Form:
    """The form, read to its end; its files are LARGEST_FILE at most together.

    Raises:
        BadForm: too large, too many fields or files, broken, or too slow.
    """
    if (request.content_length or 0) > LARGEST_FILE + MOST_FIELDS * LONGEST_FIELD:
        raise BadForm(f"the file is larger than {LARGEST_FILE // 1_000_000} MB: split it")
    try:
        async with asyncio.timeout(SECONDS):
            return await _read(request, most_files)
    except TimeoutError:
        raise BadForm("the file came in too slowly: try again on a faster connection") from None
    except (ValueError, LookupError, RuntimeError, AssertionError):
        raise BadForm("the form did not come in whole: send it once more") from None


async def _read(request: web.Request, most_files: int) -> Form:
    fields: dict[str, str] = {}
    files: list[Sent] = []
    seen, room = 0, LARGEST_FILE
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        seen += 1
        if not isinstance(part, BodyPartReader) or seen > MOST_FIELDS:
            raise BadForm("the form is not one of this page: load the page again")
        name = (part.name or "")[:LONGEST_NAME]
        if part.filename is None:
            fields[name] = (await _bounded(part, LONGEST_FIELD, "a field of the form is too long: shorten it")).decode(
                "utf-8", "replace"
            )
            continue
        content = await _bounded(part, room, f"the file is larger than {LARGEST_FILE // 1_000_000} MB: split it")
        if not part.filename and not content:
            continue  # a browser's way to say that nothing was chosen
        if len(files) == most_files:
            many = "one file" if most_files == 1 else f"{most_files} files"
            raise BadForm(f"{many} at a time: choose the others afterwards")
        files.append(Sent(part.filename[:LONGEST_NAME], content))
        room -= len(content)
    return Form(fields, tuple(files))


async def _bounded(part: BodyPartReader, most: int, refusal: str) -> bytes:
    """A part's bytes; what is beyond the bound is not even kept."""
    found = bytearray()
    while chunk := await part.read_chunk(65_536):
        found += chunk
        if len(found) > most:
            raise BadForm(refusal)
    return bytes(found)
