"""The command line as an operator meets it: help with examples, one line for each error, JSON lines that go on."""

from __future__ import annotations

import asyncio
import io
import json
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest

from bot import cli
from bot.clock import utc_now
from channels.memory import MemoryChannel
from tests import processes
from tests.support import HeldClock, running, settled


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """The only line on stderr."""
        (line,) = self.err.strip().splitlines()
        return line

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The JSON lines on stdout."""
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Ended]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("ask", "…", stdin=b"")`: the command in this process, with its data in a folder of its own."""
    for name in list(processes.os.environ):
        if name.startswith("DESK_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DESK_DATA_DIR", str(tmp_path / "data"))

    def run(*words: str, stdin: bytes = b"") -> Ended:
        if words == ("serve",):
            # It sets up logging for its whole process.
            done = subprocess.run(
                [sys.executable, "-m", "bot", "serve"], capture_output=True, text=True, timeout=60, check=False
            )
            return Ended(done.returncode, done.stdout, done.stderr)
        monkeypatch.setattr(sys, "argv", ["privacydesk", *words])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return Ended(int(ended.value.code or 0), out, err)

    return run


def commands() -> Iterator[tuple[str, ...]]:
    """Every command and group, by its words."""
    context = click.Context(cli.cli)

    def below(group: click.Command, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield words
        if isinstance(group, click.Group):
            for name in group.list_commands(context):
                command = group.get_command(context, name)
                assert command is not None
                yield from below(command, (*words, name))

    yield from below(cli.cli, ())


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_every_command_has_help_with_an_example(run: Run, words: tuple[str, ...]) -> None:
    """--help ends with 0, says something, and shows how to call it."""
    ended = run(*words, "--help")
    assert (ended.code, ended.err) == (0, "")
    assert "Example" in ended.out
    assert f"privacydesk {' '.join(words)}".strip() in ended.out


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_every_command_refuses_an_option_that_it_has_not(run: Run, words: tuple[str, ...]) -> None:
    """Exit 2, one line that points to --help."""
    ended = run(*words, "--no-such-option")
    assert ended.code == 2
    assert "--help" in ended.line
    assert ended.out == ""


def test_an_unknown_command_is_one_line(run: Run) -> None:
    """Exit 2."""
    ended = run("answer")
    assert ended.code == 2
    assert "answer" in ended.line


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("ask",), 2),
        (("classify",), 2),
        (("deadline",), 2),
        (("ask", "hello", "--as-of", "yesterday"), 2),
        (("ask", "hello", "--policy", "nobody"), 1),
        (("deadline", "--received", "yesterday"), 2),
        (("audit", "verify", "--head", "nonsense"), 2),
        (("policy", "show", "nobody"), 1),
        (("policy", "import", "no-such-file.md", "--policy", "x", "--effective", "2020-01-01"), 2),
        (("staff", "add", "no-address", "--role", "agent", "--link"), 1),
        (("staff", "add", "a@example.com", "--role", "king"), 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_an_error_is_one_line_on_stderr(run: Run, words: tuple[str, ...], code: int) -> None:
    """Exit 2 for a wrong call, 1 for a failure; nothing on stdout, no traceback."""
    ended = run(*words)
    assert ended.code == code, ended
    assert ended.line.startswith("privacydesk: ")
    assert ended.out == ""


@pytest.mark.parametrize("words", [("serve",), ("doctor",), ("purge",), ("audit", "verify"), ("staff", "list")])
def test_a_wrong_setting_is_one_line_that_names_the_nearest(
    run: Run, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """A slip in a name never passes in silence."""
    monkeypatch.setenv("DESK_PUBLIC_ULR", "https://desk.example")
    ended = run(*words)
    assert ended.code == 1
    assert "DESK_PUBLIC_URL" in ended.line


@pytest.mark.parametrize("words", [("serve",), ("purge",), ("audit", "verify"), ("staff", "list")])
def test_a_data_directory_that_can_t_be_had_is_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """A file where the directory should be: exit 1, no traceback."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DESK_DATA_DIR", str(tmp_path / "file" / "data"))
    ended = run(*words)
    assert ended.code == 1
    assert ended.line


BAD = [
    b"no JSON",
    b"[1]",
    b'"text"',
    b"{}",
    b'{"text": 7}',
    b"\xff\xfe",
    b"[" * 5_000,
    b'{"text": "' + b"x" * 2_000_000,
]


def test_ask_answers_each_line_in_order_and_goes_on_after_a_bad_one(run: Run) -> None:
    """A bad line answers {"error"} in its place; the good ones beside it are answered."""
    good = json.dumps({"text": "do you sell my data?"}).encode()
    odd = [b'{"text": "do you sell my data?", "policy": "nobody"}', b'{"text": "x", "as_of": "then"}']
    ended = run("ask", "--jsonl", stdin=b"\n".join(line for bad in [*BAD, *odd] for line in (bad, good)))
    assert (ended.code, ended.err) == (0, "")
    for number, answer in enumerate(ended.objects):
        assert set(answer) == {"error"} if number % 2 == 0 else answer["outcome"] == "answered"
    assert len(ended.objects) == 2 * (len(BAD) + len(odd))
    answer = ended.objects[1]
    assert {"intent", "outcome", "passages", "reply", "confidence"} <= set(answer)
    assert answer["passages"][0]["id"] == "3.2"
    assert set(answer["passages"][0]) == {"id", "text", "policy", "effective", "url"}


def test_classify_answers_each_line_in_order_and_goes_on_after_a_bad_one(run: Run) -> None:
    """As above."""
    good = json.dumps({"text": "wot data do u hold on me"}).encode()
    ended = run("classify", "--jsonl", stdin=b"\n".join(line for bad in BAD for line in (bad, good)))
    assert (ended.code, ended.err) == (0, "")
    answers = ended.objects
    assert len(answers) == 2 * len(BAD)
    assert all(set(answer) == {"error"} for answer in answers[::2])
    assert all(answer["intent"] == "access" for answer in answers[1::2])


def test_deadline_answers_each_line_in_order_and_goes_on_after_a_bad_one(run: Run) -> None:
    """As above, and an error keeps its id."""
    case = {
        "id": "a", "regime": "uk-gdpr", "calendar": "GB-ENG", "timezone": "Europe/London",
        "events": [{"type": "received", "at": "2026-03-02T10:00:00Z"}],
    }  # fmt: skip
    good, odd = json.dumps(case).encode(), json.dumps(case | {"calendar": "MARS"}).encode()
    ended = run("deadline", "--jsonl", stdin=b"\n".join(line for bad in [*BAD, odd] for line in (bad, good)))
    assert (ended.code, ended.err) == (0, "")
    answers = ended.objects
    assert len(answers) == 2 * (len(BAD) + 1)
    assert all("error" in answer for answer in answers[::2])
    assert answers[-2]["id"] == "a"
    assert all(answer["due"] == "2026-04-02" and answer["trace"] for answer in answers[1::2])


def test_no_lines_no_answers(run: Run) -> None:
    """Empty input is no error."""
    for command in ("ask", "classify", "deadline"):
        assert run(command, "--jsonl") == Ended(0, "", "")


def test_ask_quotes_the_clause(run: Run) -> None:
    """As text, and as JSON; no database is made for it."""
    assert "clause 3.2" in run("ask", "do you sell my data?").out
    assert json.loads(run("ask", "--json", "do you sell my data?").out)["passages"][0]["id"] == "3.2"
    assert not Path("data/desk.db").exists()


def a_busy_day(folder: Path, at: HeldClock | None = None) -> None:
    """A desk that took, answered and opened something, and was stopped."""

    async def day() -> None:
        async with running(folder, at) as desk:
            channel = desk.desk.channels["memory"]
            assert isinstance(channel, MemoryChannel)
            for text in ("wot data do u hold on me", "do you sell my data?", "I want to complain"):
                await channel.receive("+447700900123", text)
            await settled(desk)

    asyncio.run(day())


def test_the_audit_of_a_real_day_is_whole_until_somebody_changes_it(run: Run, tmp_path: Path) -> None:
    """Whole, also against its own end kept elsewhere; a changed word, and a cut end, are named: exit 1."""
    a_busy_day(tmp_path / "data")
    whole = run("audit", "verify")
    assert whole.code == 0
    head = whole.out.strip().rpartition(" ")[2]
    assert run("audit", "verify", "--head", head).code == 0
    database = tmp_path / "data" / "desk.db"
    with sqlite3.connect(database) as connection:
        connection.execute("DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)")
    assert run("audit", "verify").code == 0
    cut = run("audit", "verify", "--head", head)
    assert cut.code == 1
    assert "ends with" in cut.line
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE audit SET action = 'ticket.closed' WHERE seq = 2")
    broken = run("audit", "verify")
    assert broken.code == 1
    assert "entry 2" in broken.line


def test_purge_says_first_and_removes_then(run: Run, tmp_path: Path) -> None:
    """--dry-run removes nothing; the real run empties what is old and leaves conversations and what is young."""
    a_busy_day(tmp_path / "data", HeldClock(utc_now()))
    # Last, for a desk that runs today removes what is old by itself.
    a_busy_day(tmp_path / "data", HeldClock(utc_now() - timedelta(days=91)))
    database = tmp_path / "data" / "desk.db"

    def kept() -> tuple[int, int]:
        with sqlite3.connect(database) as connection:
            payloads = connection.execute("SELECT count(*) FROM inbox WHERE length(payload) > 0").fetchone()[0]
            return payloads, connection.execute("SELECT count(*) FROM message").fetchone()[0]

    before = kept()
    said = run("purge", "--dry-run")
    assert said.code == 0
    assert "would remove 3 raw deliveries" in said.out
    assert kept() == before
    assert "removed 3 raw deliveries" in run("purge").out
    assert kept() == (before[0] - 3, before[1])
    assert "removed 0 raw deliveries" in run("purge").out
    assert run("audit", "verify").code == 0


def test_doctor_ends_with_1_while_anything_is_to_mend(run: Run) -> None:
    """With nothing set it names what is missing, each with its mend."""
    ended = run("doctor")
    assert ended.code == 1
    assert "DESK_PUBLIC_URL" in ended.out
    assert "DESK_TWILIO_ACCOUNT_SID" in ended.out
    assert "DESK_RELAY_URL" in ended.out
    assert all(line.startswith(("ok  ", "MEND")) for line in ended.out.splitlines())


def test_doctor_ends_with_0_when_all_is_well(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk for the chat alone needs its public address and free ports."""
    monkeypatch.setenv("DESK_CHANNELS", "webchat")
    monkeypatch.setenv("DESK_PUBLIC_URL", "https://desk.example")
    monkeypatch.setenv("DESK_HTTP_PORT", str(processes.free_port()))
    monkeypatch.setenv("DESK_SMTP_PORT", str(processes.free_port()))
    ended = run("doctor")
    assert ended.code == 0, ended.out


def test_doctor_sees_a_taken_port(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Named with its setting."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("DESK_HTTP_PORT", str(taken.getsockname()[1]))
        ended = run("doctor")
    assert ended.code == 1
    assert "change DESK_HTTP_PORT" in ended.out


def test_doctor_sees_a_damaged_database(run: Run, tmp_path: Path) -> None:
    """No database at all in the file: said, not raised."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "desk.db").write_bytes(b"no database" * 1_000)
    ended = run("doctor")
    assert ended.code == 1
    assert "MEND database" in ended.out
    assert run("audit", "verify").code == 1


@pytest.mark.slow
def test_the_command_is_installed_and_a_closed_pipe_is_no_trouble(tmp_path: Path) -> None:
    """`privacydesk ask --jsonl | head -1`: the real command in a real pipe."""
    command = [Path(sys.executable).with_name("privacydesk"), "classify", "--jsonl"]
    lines = b'{"text": "hello"}\n' * 3
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=processes.environment(tmp_path), cwd=tmp_path,
    ) as process:  # fmt: skip
        out, err = process.communicate(lines, timeout=60)
    assert process.returncode == 0
    assert len(out.splitlines()) == 3
    assert err == b""


def test_what_the_desk_writes_is_for_its_own_account_alone(tmp_path: Path) -> None:
    """Database and key hold customers' words and the desk's secrets: no other account of the machine reads them."""
    environment = processes.environment(tmp_path / "data")
    subprocess.run([sys.executable, "-m", "bot", "staff", "list"], env=environment, check=True, capture_output=True)
    modes = {path.name: path.stat().st_mode & 0o077 for path in (tmp_path / "data").rglob("*")}
    assert "desk.db" in modes
    assert set(modes.values()) == {0}
