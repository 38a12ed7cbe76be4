"""`privacydesk policy` through the command line's own runner."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.commands.policy import policy
from knowledge.sources.markdown import path_of

TEXT = "# Acme privacy\n\n## 1. Cookies\n\nWe use none.\n\n## 2. Contact\n\nWrite to us.\n"


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder that the command uses."""
    monkeypatch.setenv("DESK_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "var"


def run(*arguments: str) -> Result:
    """One call of the command."""
    return CliRunner().invoke(policy, list(arguments))


def bring(text: str, day: str, *more: str, key: str = "acme") -> Result:
    """Write a file and import it."""
    Path("policy.md").write_text(text, "utf-8")
    return run("import", "policy.md", "--policy", key, "--effective", day, *more)


def test_an_imported_version_is_listed_and_shown(data_dir: Path) -> None:
    """Import keeps the text, and list and show find it."""
    assert bring(TEXT, "2026-02-01").output == "acme 2026-02-01: 2 clauses, Acme privacy\n"
    assert TEXT in path_of(data_dir, "acme", "2026-02-01").read_text("utf-8")
    assert "acme  in force 2026-02-01  2 clauses  Acme privacy" in run("list").output
    assert "  1  We use none." in run("show", "acme").output


def test_show_takes_the_version_of_the_day(data_dir: Path) -> None:
    """--as-of gives the terms that counted then."""
    bring(TEXT, "2025-01-01")
    bring(TEXT.replace("none", "some"), "2026-01-01")
    assert "We use none." in run("show", "acme", "--as-of", "2025-12-31").output
    assert "We use some." in run("show", "acme").output


def test_diff_names_what_changed(data_dir: Path) -> None:
    """Two versions are compared by clause."""
    bring(TEXT, "2025-01-01")
    bring(TEXT.replace("none", "some"), "2026-01-01")
    shown = run("diff", "acme", "2025-01-01", "2026-01-01").output
    assert "changed  1  Cookies" in shown
    assert "We use [-none.-]{+some.+}" in shown
    assert run("diff", "acme", "2025-01-01", "2025-01-01").output == "The two versions say the same.\n"


def test_what_looks_wrong_is_said_with_its_line(data_dir: Path) -> None:
    """Warnings go to stderr and name the file's own line."""
    done = bring("## 1. One\n\nWe may:\n\n## 1. Two\n\nText.\n", "2026-02-01")
    assert done.exit_code == 0
    assert "policy.md: line 5: number 1 comes after 1" in done.stderr


@pytest.mark.parametrize(
    ("text", "key", "message"),
    [
        ("", "acme", "has no clauses"),
        ("---\nnothing closes this\n", "acme", "end it with a line of three hyphens"),
        (TEXT, "../evil", "use a-z, 0-9 and hyphens"),
    ],
)
def test_what_cannot_be_read_changes_nothing(data_dir: Path, text: str, key: str, message: str) -> None:
    """A refused file is one line on stderr, exit 1, and leaves no file behind."""
    done = bring(text, "2026-02-01", key=key)
    assert done.exit_code == 1
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert not data_dir.exists()


def test_a_published_version_is_not_written_over(data_dir: Path) -> None:
    """The same text again is harmless; another text of the same day is refused, the shipped policy's too."""
    assert bring(TEXT, "2026-02-01").exit_code == 0
    assert bring(TEXT, "2026-02-01").exit_code == 0
    assert bring(TEXT.replace("none", "some"), "2026-02-01").exit_code == 1
    done = bring(TEXT, "2007-12-15", key="iomart")
    assert done.exit_code == 1
    assert "a published version is evidence" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("show", "nope"), 1),
        (("diff", "iomart", "2007-12-15", "2008-01-01"), 1),
        (("import", "missing.md", "--policy", "acme", "--effective", "2026-01-01"), 2),
        (("import", "missing.md", "--policy", "acme"), 2),
        (("show", "iomart", "--as-of", "yesterday"), 2),
    ],
)
def test_errors_end_with_their_code(data_dir: Path, arguments: tuple[str, ...], code: int) -> None:
    """Usage is 2, failure is 1."""
    assert run(*arguments).exit_code == code


@pytest.mark.parametrize("command", ["import", "list", "show", "diff"])
def test_help_has_an_example(command: str) -> None:
    """Each command shows how it is used."""
    shown = run(command, "--help").output
    assert f"privacydesk policy {command}" in shown


PAGE = (
    "<html><head><title>Acme</title></head><body><h1>Acme privacy</h1><h2>Cookies</h2><p>We use none.</p></body></html>"
)


def test_a_page_and_a_text_file_come_in_beside_markdown(data_dir: Path) -> None:
    """HTML and plain text are told by their ending, and the file as it was given is kept beside the version."""
    Path("privacy.html").write_text(PAGE, "utf-8")
    done = run("import", "privacy.html", "--policy", "acme", "--seen", "2019-03-04", "--source", "an archive")
    assert done.output == "acme 2019-03-04: 1 clauses, Acme privacy\n"
    assert path_of(data_dir, "acme", "2019-03-04", "html").read_text("utf-8") == PAGE
    assert "acme  seen 2019-03-04" in run("list").output
    Path("privacy.txt").write_text("ACME PRIVACY\n\n1. COOKIES\n\nWe use none of them.\n", "utf-8")
    done = run("import", "privacy.txt", "--policy", "acme", "--effective", "2020-01-01")
    assert done.output == "acme 2020-01-01: 1 clauses, ACME PRIVACY\nSince 2019-03-04: 1 changed\n"
    forced = run("import", "privacy.html", "--policy", "other", "--effective", "2020-01-01", "--format", "text")
    assert "&lt;" in path_of(data_dir, "other", "2020-01-01").read_text("utf-8"), forced.stderr


def test_front_matter_gives_what_options_do_not(data_dir: Path) -> None:
    """Title, company, date and source may stand in the file; an option counts before them."""
    front = "---\ntitle: Terms\ncompany: Acme plc\neffective: 2024-05-06\ndated: seen\nsource: a friend\n---\n"
    Path("a.md").write_text(front + TEXT, "utf-8")
    assert run("import", "a.md", "--policy", "acme", "--title", "Privacy").exit_code == 0
    assert "acme  seen 2024-05-06  2 clauses  Privacy (Acme plc)" in run("list").output


def test_a_version_has_one_date(data_dir: Path) -> None:
    """--seen and --effective exclude each other, and one of them or the front matter is needed: exit 2."""
    both = bring(TEXT, "2025-01-01", "--seen", "2025-01-01")
    assert (both.exit_code, both.stderr.count("\n")) == (2, 1)
    none = run("import", "policy.md", "--policy", "acme")
    assert (none.exit_code, none.stderr.count("\n")) == (2, 1)
    assert "--seen" in none.stderr


def test_diff_tells_what_was_added_removed_and_moved(data_dir: Path) -> None:
    """A clause that is only renumbered is moved, not removed and added."""
    bring(TEXT, "2025-01-01")
    done = bring(
        "# Acme privacy\n\n## 1. Post\n\nWe write letters to nobody.\n\n## 2. Cookies\n\nWe use none.\n", "2026-01-01"
    )
    assert "Since 2025-01-01: 1 added, 1 removed, 1 moved" in done.output
    shown = run("diff", "acme", "2025-01-01", "2026-01-01").output
    assert "moved    1 → 2  Cookies" in shown
    assert "added    1  Post" in shown
    assert "removed  2  Contact\n  [-Write to us.-]" in shown


def test_a_file_that_is_no_policy_is_refused_in_one_line(data_dir: Path) -> None:
    """A PDF, a file that is too large: one line names the mend, and nothing is written."""
    for content in (b"%PDF-1.7", b"x" * 2_000_001, b"\x00\x01\x02" * 99):
        Path("a.txt").write_bytes(content)
        done = run("import", "a.txt", "--policy", "acme", "--effective", "2026-01-01")
        assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert not data_dir.exists()


def test_several_files_are_versions_named_by_their_dates(data_dir: Path) -> None:
    """They come in by their dates, whatever their order; what a file says itself counts before its name."""
    Path("2025-01-01.md").write_text(TEXT, "utf-8")
    Path("2024-01-01.html").write_text("<h1>Acme</h1><h2>1. Cookies</h2><p>We use some.</p>", "utf-8")
    Path("2026-01-01.md").write_text(f"---\neffective: 2026-06-01\n---\n{TEXT}", "utf-8")
    done = run("import", "2026-01-01.md", "2025-01-01.md", "2024-01-01.html", "--policy", "acme")
    assert done.exit_code == 0
    listed = [line.split()[3] for line in run("list").output.splitlines() if line.startswith("acme")]
    assert listed == ["2024-01-01", "2025-01-01", "2026-06-01"]
    assert "Since 2024-01-01: 1 added, 1 changed" in done.output


def test_several_files_need_dates_of_their_own(data_dir: Path) -> None:
    """One date for all, or a name that is none: exit 2, one line, and what came before is kept."""
    Path("2025-01-01.md").write_text(TEXT, "utf-8")
    Path("policy.md").write_text(TEXT, "utf-8")
    one = run("import", "2025-01-01.md", "policy.md", "--policy", "acme", "--effective", "2025-01-01")
    assert (one.exit_code, one.stderr.count("\n"), data_dir.exists()) == (2, 1, False)
    none = run("import", "2025-01-01.md", "policy.md", "--policy", "acme")
    assert (none.exit_code, none.stderr.count("\n")) == (2, 1)
    assert "policy.md" in none.stderr
    assert "acme  in force 2025-01-01" in run("list").output


@pytest.mark.slow
def test_a_hundred_versions_come_in(data_dir: Path) -> None:
    """100 versions of a policy of 300 clauses and 31 KB, through the command: all are kept."""
    text = (Path(__file__).parents[1] / "knowledge/policies/border-coast-railway.txt").read_text("utf-8")
    for number in range(100):
        Path("a.txt").write_text(text.replace("twelve", str(number)), "utf-8")
        day = date(2000, 1, 1) + timedelta(days=number)
        assert run("import", "a.txt", "--policy", "acme", "--effective", day.isoformat()).exit_code == 0
    assert run("list").stdout.count("acme") >= 100
