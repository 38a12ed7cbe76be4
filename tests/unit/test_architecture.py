"""ARCHITECTURE.md stays true: each file that it names is there, each room is named, and each file says what it does."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parents[2]
DOCUMENT = (HERE / "ARCHITECTURE.md").read_text("utf-8")
ROOMS = DOCUMENT[DOCUMENT.index("## The rooms") : DOCUMENT.index("## The ranking")]
SHORTEST = len("A file.")


def named() -> list[tuple[str, str]]:
    """Each file of the rooms' chapter, with the room that it is named in: by its heading, or its row of the table."""
    found = []
    for chapter in re.split(r"^### ", ROOMS, flags=re.MULTILINE)[1:]:
        heading = chapter.split()[0].strip("/")
        for line in chapter.splitlines()[1:]:
            row = re.match(r"\| `(bot/\w+)/`", line)
            in_heading = heading if (HERE / heading).is_dir() else "bot"
            room = row.group(1) if row else in_heading
            found += [(room, name) for name in re.findall(r"`([\w/]+\.py)`", line)]
    return found


@pytest.mark.parametrize(("room", "name"), named(), ids=str)
def test_each_file_that_is_named_is_there(room: str, name: str) -> None:
    """In its room, in a package of its room, or where its whole path says."""
    rooms = [HERE, HERE / room, *(folder for folder in (HERE / room).iterdir() if folder.is_dir())]
    assert any((folder / name).is_file() for folder in rooms)


def test_each_room_is_named() -> None:
    """A new folder of the desk gets its sentence."""
    rooms = {folder.name for folder in (HERE / "bot").iterdir() if (folder / "__init__.py").exists()}
    rooms |= {folder.name for folder in (HERE / "bot").iterdir() if any(folder.glob("*.py"))} - {"__pycache__"}
    assert {room for room in rooms if f"bot/{room}/" not in ROOMS and f"`{room}/`" not in ROOMS} == set()


def test_the_first_line_of_each_file_says_what_it_does() -> None:
    """By that a newcomer finds the files that no document names."""
    silent = []
    for folder in ("bot", "channels", "knowledge"):
        for file in (HERE / folder).rglob("*.py"):
            words = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
            if (
                file.name != "__init__.py"
                and "versions" not in file.parts
                and len(words.split("\n")[0]) < len("A file.")
            ):
                silent.append(str(file.relative_to(HERE)))
    assert silent == []
