"""Style sheets that stand in parts are served as one, and every one of ours can be."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.web import pages, sheets

LONGEST = 360
"""Lines of a sheet that is not in parts."""
SHEETS = [sheet for folder in pages.FOLDERS.values() for sheet in sorted((folder / "static").glob("*.css"))]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sheet of two parts, and one of none."""
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "first.css").write_text("a { color: red }\n")
    (tmp_path / "page" / "then.css").write_text("a { color: blue }\n")
    (tmp_path / "page.css").write_text('/* A page. */\n@import "page/first.css";\n@import "page/then.css";\n')
    (tmp_path / "alone.css").write_text("b { margin: 0 }\n")
    return tmp_path


async def test_a_sheet_in_parts_comes_whole_and_in_order_and_only_once(folder: Path) -> None:
    """One request has all of it; asked again by its tag the answer is 304; a sheet without parts is left alone."""
    app = web.Application()
    app.router.add_routes([*sheets.routes("/static/x", folder), web.static("/static/x", folder)])
    async with TestClient(TestServer(app)) as browser:
        got = await browser.get("/static/x/page.css")
        assert (got.status, got.content_type, got.charset) == (200, "text/css", "utf-8")
        assert await got.text() == "a { color: red }\n\na { color: blue }\n"
        again = await browser.get("/static/x/page.css", headers={"If-None-Match": got.headers["ETag"]})
        assert (again.status, await again.text()) == (304, "")
        assert await (await browser.get("/static/x/alone.css")).text() == "b { margin: 0 }\n"


def test_what_cannot_be_joined_is_told_with_its_mend(folder: Path) -> None:
    """A rule beside the imports would come before them, so it is refused; a part that is not there is named."""
    (folder / "page.css").write_text('@import "page/first.css";\na { color: green }\n')
    with pytest.raises(sheets.BadSheet, match="move that into one of its parts"):
        sheets.joined(folder / "page.css")
    (folder / "page.css").write_text('@import "page/gone.css";\n')
    with pytest.raises(sheets.BadSheet, match=r"there is no .*gone\.css"):
        sheets.joined(folder / "page.css")


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: f"{sheet.parent.parent.name}/{sheet.name}")
def test_every_part_of_a_sheet_is_served_and_short(sheet: Path) -> None:
    """Each file in a sheet's folder is in it once, and no file is longer than a person reads at a sitting."""
    parts = sheets.parts(sheet)
    assert sorted(parts) == sorted(sheet.with_suffix("").glob("*.css"))
    for part in parts or [sheet]:
        assert len(part.read_text().splitlines()) <= (250 if parts else LONGEST), part
