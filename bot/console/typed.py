"""A form that could not be taken, as it goes back to whoever typed it: nothing of it is lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Typed(NamedTuple):
    """Where on the page the form stands ("" where there is one place only), why it was not taken, what was typed, and
    the answer's HTTP status.
    """

    place: str = ""
    problem: str = ""
    form: Mapping[str, str] = {}
    status: int = 200


NOTHING = Typed()
