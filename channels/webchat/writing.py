"""What the desk writes to a visitor. Pure, no I/O.

    ready       session seq name, and how it stands: owner staff online read hours max_file
    ack         id seq                  the visitor's own message has its line
    message     seq id from text citations at [choices] [staff] [files] [state]
    status      owner staff online      who answers has changed
    typing      from on                 "bot" or "staff" works on an answer; their message ends it too
    receipt     seq state               the visitor's lines up to there are "delivered" or "read"
    transcript  url                     where this conversation may be saved from, for a few minutes
    error       code text [id] [retry_after]

`staff` is {name, picture} or null; `files` are {name, size, type, url}, `url` is "" while a file is looked through.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from typing import Any

from channels.context import Line
from channels.live import File, Person, Standing


def dump(type_: str, **fields: Any) -> str:
    """Write one frame to the visitor."""
    return json.dumps({"type": type_} | fields, ensure_ascii=False, separators=(",", ":"))


def person(one: Person | None, base_url: str) -> dict[str, str] | None:
    """One of the staff as pages show them."""
    if one is None:
        return None
    return {"name": one.name, "picture": f"{base_url}/chat/staff/{one.picture}" if one.picture else ""}


def status(standing: Standing, base_url: str, *, online: bool) -> dict[str, Any]:
    """How the conversation stands, as the fields of a frame."""
    return {"owner": standing.owner, "staff": person(standing.staff, base_url), "online": online}


def line(one: Line, base_url: str = "", link: Callable[[File], str] = lambda _file: "", state: str = "") -> str:
    """Write one line of the conversation as a `message` frame; what it has none of is left out.

    `link` gives the address under which a file may be had; `state` is what became of the visitor's own line.
    """
    fields: dict[str, Any] = {
        "seq": one.seq,
        "id": one.id,
        "from": one.author,
        "text": one.text,
        "citations": [dict(citation) for citation in one.citations],
        "at": one.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    if one.choices:
        fields["choices"] = list(one.choices)
    if one.staff is not None:
        fields["staff"] = person(one.staff, base_url)
    if one.files:
        fields["files"] = [_file(file, link) for file in one.files]
    if state:
        fields["state"] = state
    return dump("message", **fields)


def _file(file: File, link: Callable[[File], str]) -> Mapping[str, Any]:
    url = link(file) if file.kept else ""
    return {"name": file.name, "size": file.size, "type": file.content_type, "url": url}


def within(page: Sequence[Line], most: int) -> deque[Line]:
    """The first lines of a page with at most `most` characters of text and citations between them; at least one."""
    few: deque[Line] = deque()
    size = 0
    for one in page:
        size += len(one.text) + len(str(one.citations))
        if few and size > most:
            break
        few.append(one)
    return few


def seconds(number: int) -> str:
    """A number of seconds in words."""
    return "1 second" if number == 1 else f"{number} seconds"
