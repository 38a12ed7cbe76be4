"""The evidence bundle of one request as a ZIP: a page to read, the facts as JSON, files, and a manifest of digests.

The same input gives the same bytes. `manifest.json` has the SHA-256 and size of every other file; its own digest is
what the audit keeps of the bundle (action "evidence.bundled"), so that a bundle can be proved to be the one made then.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.audit.chain import Head
from bot.audit.receipts import Receipt
from bot.bundles.collecting import Found
from bot.bundles.timeline import moments, said

FORMAT = "privacydesk-evidence-1"
MANIFEST = "manifest.json"
_UNSAFE = re.compile(r"[^\w.-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Bundle:
    """The ZIP, the digest of its manifest (64 hex digits), and the name to keep it by."""

    content: bytes
    digest: str
    name: str


def bundle(found: Found, head: Head, clock: Mapping[str, Any], now: datetime, reason: str) -> Bundle:
    """Make it. `head` is the audit's end when it was read, `clock` how the due date is counted now, `reason` why the
    bundle is made.
    """
    files = _files(found, head, clock, now, reason)
    listed = {name: {"sha256": _sha(content), "bytes": len(content)} for name, content in sorted(files.items())}
    about = {"format": FORMAT, "reference": found.reference, "made_at": _iso(now), "files": listed}
    manifest = _json(about)
    packed = io.BytesIO()
    stamp = now.astimezone(UTC).timetuple()[:6]
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in [(MANIFEST, manifest), *sorted(files.items())]:
            archive.writestr(zipfile.ZipInfo(name, stamp), content, zipfile.ZIP_DEFLATED)
    return Bundle(packed.getvalue(), _sha(manifest), f"evidence-{found.reference}.zip")


def _files(found: Found, head: Head, clock: Mapping[str, Any], now: datetime, reason: str) -> dict[str, bytes]:
    happened = moments(found)
    attachments = {f"files/{each.id}-{safe_name(each.name)}": each.content for each in found.files if each.content}
    files = {
        "ticket.json": _json({"ticket": found.ticket, "person": found.person, "addresses": found.addresses}),
        "clock.json": _json({"events": found.events, "counted": clock}),
        "messages.json": _json({"conversation": found.conversation, "lines": found.lines}),
        "arrivals.json": _json(found.arrivals),
        "deliveries.json": _json(found.deliveries),
        "records.json": _json(found.kept_rows),
        "timeline.json": _json([each._asdict() for each in happened]),
        "audit.json": _json(
            {"head": {"count": head.count, "hash": head.hash}, "entries": [each._asdict() for each in found.entries]}
        ),
        "files.json": _json([{**each._asdict(), "content": each.content is not None} for each in found.files]),
        **attachments,
    }
    page = _page().render(
        found=found, receipt=_receipt(found), moments=happened,
        lines=said(found.lines), head=head, clock=clock, made_at=_iso(now),
        reason=reason, digests={name: _sha(content) for name, content in sorted(files.items())},
    )  # fmt: skip
    return {**files, "index.html": page.encode()}


def _receipt(found: Found) -> str:
    """The receipt for the opening of the request; "" where its entry is not among those read."""
    opened = next((row for row in found.entries if row.action == "ticket.opened"), None)
    return str(Receipt(opened.seq, opened.hash)) if opened else ""


def safe_name(name: str) -> str:
    """A file's name for the archive: no folders, no surprises, at most 80 characters."""
    return _UNSAFE.sub("_", name.replace("\\", "/").rpartition("/")[2]).strip("._")[-80:] or "file"


@cache
def _page() -> Any:
    loader = FileSystemLoader(Path(__file__).parent / "templates")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("bundle.html")


def _json(value: Mapping[str, Any] | Sequence[Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=str).encode()


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
