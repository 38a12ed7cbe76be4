"""Policies kept as Markdown files."""

from datetime import date
from pathlib import Path

from knowledge.sources.markdown import MarkdownSource, create, path_of

TEXT = "---\ntitle: Acme privacy\n---\n\n# 1. Cookies\n\nWe use none.\n"


def put(data_dir: Path, key: str, day: str, text: str) -> None:
    """A file where an import would write it."""
    path = path_of(data_dir, key, day)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def test_the_seed_policy_ships() -> None:
    """A fresh desk has iomart's policy as it was seen on 15 December 2007."""
    (policy,) = create(lambda _name: "").policies()
    assert (policy.key, policy.company, policy.effective, policy.dated) == (
        "iomart",
        "iomart Limited",
        date(2007, 12, 15),
        "seen",
    )
    assert policy.source.startswith("https://web.archive.org/web/20071215124906id_/")


def test_imported_versions_stand_beside_the_shipped(tmp_path: Path) -> None:
    """The folder and file name give key and date where front matter does not."""
    put(tmp_path, "acme", "2026-02-01", TEXT)
    found = create({"data_dir": str(tmp_path)}.__getitem__).policies()
    assert [(policy.key, policy.effective) for policy in found] == [
        ("acme", date(2026, 2, 1)),
        ("iomart", date(2007, 12, 15)),
    ]


def test_a_broken_file_leaves_the_others(tmp_path: Path) -> None:
    """One file that can't be read does not take the desk's policies away."""
    put(tmp_path, "acme", "2026-02-01", "---\nbroken\n")
    put(tmp_path, "acme", "2026-03-01", TEXT)
    path_of(tmp_path, "acme", "2026-04-01").write_bytes(b"\xff\xfe\xff")
    assert [policy.effective.month for policy in MarkdownSource(tmp_path).policies() if policy.key == "acme"] == [3]


def test_a_file_is_read_again_only_when_it_moved(tmp_path: Path) -> None:
    """Beside hundreds of versions an import costs the reading of one: the others are the same objects as before."""
    put(tmp_path, "acme", "2026-02-01", TEXT)
    put(tmp_path, "acme", "2026-03-01", TEXT)
    source = MarkdownSource(tmp_path)
    before = [policy for policy in source.policies() if policy.key == "acme"]
    put(tmp_path, "acme", "2026-03-01", TEXT.replace("none", "one only"))
    after = [policy for policy in source.checked() if policy.key == "acme"]
    assert after[0] is before[0]
    assert after[1].passages[0].text == "We use one only."
