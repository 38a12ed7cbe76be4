"""Checks an evidence bundle: its files against its manifest, its audit entries against themselves and the chain.

A bundle may come from anywhere, so reading it is bounded.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.chain import Row, entry_hash
from bot.audit.models import AuditEntry
from bot.bundles.archive import FORMAT, MANIFEST
from bot.errors import PermanentError

MOST_BYTES = 400_000_000
MOST_FILES = 20_000


@dataclass(frozen=True, slots=True)
class Content:
    """What a bundle holds: its files' digests as they are, those of its manifest, and its audit entries."""

    files: Mapping[str, str]
    listed: Mapping[str, str]
    entries: tuple[Row, ...]
    digest: str
    reference: str


def read(path: Path) -> Content:
    """Read a bundle.

    Raises:
        PermanentError: it is no bundle, or too large.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.infolist()
            if len(names) > MOST_FILES or sum(each.file_size for each in names) > MOST_BYTES:
                raise PermanentError(f"{path.name} is larger than any bundle of ours: it was not made by this desk")
            manifest = archive.read(MANIFEST)
            about = json.loads(manifest)
            if len({each.filename for each in names}) < len(names):
                raise PermanentError(f"{path.name} has two files of one name, of which one would hide the other")
            files = {each.filename: _digest(archive, each) for each in names if each.filename != MANIFEST}
            kept = json.loads(archive.read("audit.json"))
            return Content(
                files,
                {name: str(each["sha256"]) for name, each in about["files"].items()},
                tuple(_row(each) for each in kept["entries"]),
                hashlib.sha256(manifest).hexdigest(),
                str(about["reference"]) if about.get("format") == FORMAT else "",
            )
    except (OSError, zipfile.BadZipFile, KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise PermanentError(
            f"{path.name} is no evidence bundle ({type(error).__name__}): take the ZIP as the desk made it"
        ) from None


def _row(each: Mapping[str, Any]) -> Row:
    return Row(int(each["seq"]), *(str(each[name]) for name in Row._fields[1:]))


def _digest(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> str:
    found = hashlib.sha256()
    with archive.open(info) as file:
        while block := file.read(1_000_000):
            found.update(block)
    return found.hexdigest()


def flaws(content: Content) -> list[str]:
    """What is wrong with a bundle by itself; empty where it is whole."""
    if not content.reference:
        return ["it is no bundle of this format"]
    found = [f"{name} is missing" for name in sorted(content.listed.keys() - content.files.keys())]
    found += [f"{name} is not in the manifest" for name in sorted(content.files.keys() - content.listed.keys())]
    found += [
        f"{name} is not as it was"
        for name, digest in sorted(content.listed.items())
        if name in content.files and content.files[name] != digest
    ]
    found += [
        f"audit entry {row.seq} does not fit its hash"
        for row in content.entries
        if entry_hash(row.previous, row._asdict()) != row.hash
    ]
    return found


def against_chain(session: Session, content: Content) -> list[str]:
    """What is wrong with it, also against the desk's own audit: each entry stands there, and so does its making."""
    found = flaws(content)
    seqs = [row.seq for row in content.entries]
    stored: dict[int, str] = {}
    for start in range(0, len(seqs), 500):
        query = select(AuditEntry.seq, AuditEntry.hash).where(AuditEntry.seq.in_(seqs[start : start + 500]))
        stored.update((seq, digest) for seq, digest in session.execute(query))
    found += [
        f"audit entry {row.seq} is not in the chain" for row in content.entries if stored.get(row.seq) != row.hash
    ]
    made = select(AuditEntry.data).where(
        AuditEntry.subject == f"ticket:{content.reference}", AuditEntry.action == "evidence.bundled"
    )
    if not any(json.loads(data).get("manifest") == content.digest for data in session.scalars(made)):
        found.append("the audit knows of no bundle with this manifest")
    return found
