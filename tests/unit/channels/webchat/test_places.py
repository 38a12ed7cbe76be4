"""Places for files that come in: one that ends by itself can't be asked to end once more."""

from __future__ import annotations

import asyncio

import pytest

from channels.webchat import uploads
from channels.webchat.uploads import Place


async def test_a_file_whose_time_is_over_gives_its_place_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the moment between its time's end and its task's hearing of that, nobody else ends it, which would fail."""
    monkeypatch.setattr(uploads, "SECONDS", 0.0)
    monkeypatch.setattr(uploads, "FAIR_SECONDS", 0.0)
    place, seen = Place("somebody"), []

    async def read() -> None:
        async with place.reading():
            seen.append(place.yields)
            try:
                await asyncio.Event().wait()
            finally:
                seen.append(place.yields)

    with pytest.raises(TimeoutError):
        await read()
    assert [*seen, place.yields] == [True, False, False]
