"""Engines: what a connection is opened with."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from bot.engines import SESSION, engine_for


class _Seen(Exception):
    """In the place of a connection."""


@pytest.mark.parametrize(
    ("asked", "options"),
    [
        ("", SESSION),
        ("?options=-csearch_path%3Ddesk", f"-csearch_path=desk {SESSION}"),
    ],
    ids=["none", "a schema"],
)
def test_options_of_a_postgresql_address_stand_beside_ours(asked: str, options: str) -> None:
    """A schema that the address names is where the tables are: they are not looked for elsewhere."""
    engine = engine_for(f"postgresql://desk@127.0.0.1:1/desk{asked}")
    seen: list[str] = []

    @event.listens_for(engine, "do_connect")
    def opened(_dialect: Any, _record: Any, _args: Any, given: dict[str, Any]) -> None:
        seen.append(given["options"])
        raise _Seen

    with pytest.raises(_Seen):
        engine.connect()
    assert seen == [options]
