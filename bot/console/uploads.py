"""Reads a posted form that carries one file, as it comes in and within limits. Called by the gate.

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
TURNS: web.AppKey[Turns] = web.AppKey("console uploads", Turns)
"""Two files at a time are in memory; whoever comes next waits."""


class BadForm(PermanentError):
    """The form can't be read; the text says what to do."""


class Sent(NamedTuple):
    """A file as the browser sent it: its name there, and its bytes."""

    name: str
    content: bytes


class Form(NamedTuple):
    """The text fields, and the file; None where none was chosen."""

    fields: Mapping[str, str]
    file: Sent | None


async def read(request: web.Request) -> Form:
    """The form, read to its end.

    Raises:
        BadForm: too large, too many fields, two files, broken, or too slow.
    """
    if request.content_type != "multipart/form-data":
        raise BadForm("the form was sent in a way that carries no file: load the page again, and send it once more")
    if (request.content_length or 0) > LARGEST_FILE + MOST_FIELDS * LONGEST_FIELD:
        raise BadForm(f"the file is larger than {LARGEST_FILE // 1_000_000} MB: split it")
    try:
        async with asyncio.timeout(SECONDS):
            return await _read(request)
    except TimeoutError:
        raise BadForm("the file came in too slowly: try again on a faster connection") from None
    except (ValueError, LookupError, RuntimeError, AssertionError):
        raise BadForm("the form did not come in whole: send it once more") from None


async def _read(request: web.Request) -> Form:
    fields: dict[str, str] = {}
    file: Sent | None = None
    seen = 0
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
        too_large = f"the file is larger than {LARGEST_FILE // 1_000_000} MB: split it"
        content = await _bounded(part, LARGEST_FILE, too_large)
        if not part.filename and not content:
            continue  # a browser's way to say that nothing was chosen
        if file is not None:
            raise BadForm("one file at a time: choose the others afterwards")
        file = Sent(part.filename[:LONGEST_NAME], content)
    return Form(fields, file)


async def _bounded(part: BodyPartReader, most: int, refusal: str) -> bytes:
    """A part's bytes; what is beyond the bound is not even kept."""
    found = bytearray()
    while chunk := await part.read_chunk(65_536):
        found += chunk
        if len(found) > most:
            raise BadForm(refusal)
    return bytes(found)
