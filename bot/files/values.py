"""A file as the desk hands it from room to room."""

from __future__ import annotations

from typing import NamedTuple


class File(NamedTuple):
    """A file as it is kept; `content_type` is what was found in it, not what its name says."""

    name: str
    content_type: str
    content: bytes
