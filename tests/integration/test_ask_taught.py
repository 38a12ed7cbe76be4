"""`privacydesk ask` beside a desk: what staff taught counts there too, and the desk does not notice."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot import migrations
from bot.commands.ask import ask
from bot.engines import engine_for
from tests.integration.test_learning import QUESTION, WORDS, draft, publish
from tests.integration.whole_desk import world

TAUGHT = f"In our privacy team's own words: {WORDS}"


@pytest.fixture(autouse=True)
def _at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings of the machine that runs the tests; the data of the desk in `tmp_path`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DESK_DATA_DIR", str(tmp_path))


def asked(*arguments: str, given: str = "") -> Result:
    result = CliRunner().invoke(ask, arguments, input=given)
    assert result.exit_code == 0, result.output
    return result


def files(folder: Path) -> dict[str, str]:
    """Every file with its digest, but for the shared memory in which readers of SQLite stand."""
    return {
        file.name: sha256(file.read_bytes()).hexdigest()
        for file in folder.iterdir()
        if file.is_file() and not file.name.endswith("-shm")
    }


async def test_what_staff_taught_is_answered_beside_the_desk_and_without_it(tmp_path: Path) -> None:
    """By hand, as JSON and as JSON lines, the same as the desk says; nothing of the desk's is touched."""
    async with world(tmp_path) as desk:
        assert "doesn't say" in asked(QUESTION).stdout
        actor = await desk.staff()
        await draft(desk, actor, "curated", questions=[QUESTION], text=WORDS, clauses=["5"])
        assert "doesn't say" in asked(QUESTION).stdout
        await publish(desk, actor)
        before = files(tmp_path)
        result = asked(QUESTION)
        assert result.stdout.startswith(TAUGHT)
        assert result.stderr == ""
        assert json.loads(asked("--json", QUESTION).stdout)["passages"][0]["id"] == "5"
        (line,) = asked("--jsonl", given=json.dumps({"text": QUESTION})).stdout.splitlines()
        assert json.loads(line)["reply"].startswith(TAUGHT)
        assert files(tmp_path) == before
        assert WORDS in await desk.texted(QUESTION)
    assert asked(QUESTION).stdout.startswith(TAUGHT)


@pytest.mark.parametrize("kind", ["none", "empty", "older"])
def test_a_desk_that_was_never_taught_is_no_error(tmp_path: Path, kind: str) -> None:
    """No database, an empty file, or one of before there were lessons, which stays at its revision."""
    file = tmp_path / "desk.db"
    if kind == "empty":
        file.touch()
    if kind == "older":
        engine = engine_for(f"sqlite:///{file}")
        migrations.upgrade(engine)
        engine.dispose()
        with sqlite3.connect(file) as connection:
            connection.execute("DROP TABLE knowledge_version")
            connection.execute("UPDATE alembic_version SET version_num = '0003'")
    result = asked(QUESTION)
    assert "doesn't say" in result.stdout
    assert result.stderr == ""
    if kind == "older":
        with sqlite3.connect(file) as connection:
            assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("0003",)]


@pytest.mark.parametrize("stored", ["no database at all, for sure", '"lessons"', '[{"policy": 7}]', "[[]]", "{", "7"])
def test_what_cannot_be_read_is_a_warning(tmp_path: Path, stored: str) -> None:
    """One line on stderr that names the mend; the answer is given without lessons."""
    file = tmp_path / "desk.db"
    if stored.startswith("no"):
        file.write_text(stored * 500)
    else:
        engine = engine_for(f"sqlite:///{file}")
        migrations.upgrade(engine)
        engine.dispose()
        with sqlite3.connect(file) as connection:
            connection.execute(
                "INSERT INTO knowledge_version (number, digest, classifier, policies, lessons, lesson_ids, note,"
                " created_at) VALUES (1, '', '', '[]', ?, '[]', '', '2026-11-20')", [stored]
            )  # fmt: skip
    result = asked(QUESTION)
    assert "doesn't say" in result.stdout
    assert result.stderr.startswith("privacydesk: warning: what staff taught can't be read (")
    assert result.stderr.count("\n") == 1
    assert "DESK_DATA_DIR" in result.stderr


def test_without_a_database_none_is_loaded(tmp_path: Path) -> None:
    """The start of the command stays short."""
    code = (
        "import sys; from click.testing import CliRunner; from bot.commands.ask import ask;"
        "print(CliRunner().invoke(ask, ['do you sell my data']).exit_code, 'sqlalchemy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.split() == ["0", "False"]
