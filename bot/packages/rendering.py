"""A document in all the forms that are handed over, with a manifest of their digests. Pure, and slow for large
packages: `building` runs it in a thread of its own, outside every transaction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import NamedTuple

from bot.packages import html, pdf, structured
from bot.packages.document import Document

MANIFEST = "manifest.json"


class File(NamedTuple):
    """One file of a package."""

    name: str
    content_type: str
    content: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the content, hex."""
        return hashlib.sha256(self.content).hexdigest()


def render(document: Document) -> tuple[File, ...]:
    """Every file of the package, the manifest last; the same bytes for the same document."""
    files = [
        File(html.NAME, html.CONTENT_TYPE, html.html(document)),
        File(pdf.NAME, pdf.CONTENT_TYPE, pdf.pdf(document)),
        File(structured.NAME, structured.JSON_TYPE, structured.structured(document)),
        File(structured.SCHEMA_NAME, structured.JSON_TYPE, structured.schema()),
        File(structured.CSV_NAME, structured.CSV_TYPE, structured.table(document)),
        *(File(each.name, each.content_type, each.content) for each in document.attachments),
    ]
    return (*files, manifest(document, files))


def whole_digest(files: Sequence[File]) -> str:
    """SHA-256 over "DIGEST  NAME" and a line feed for each file, in order of names, as `sha256sum` writes them."""
    lines = "".join(f"{file.digest}  {file.name}\n" for file in sorted(files, key=lambda file: file.name))
    return hashlib.sha256(lines.encode()).hexdigest()


def manifest(document: Document, files: Sequence[File]) -> File:
    """manifest.json: each file with its size and digest, and the digest of the whole."""
    made = {
        "reference": document.reference,
        "version": document.version,
        "made_at": document.made_at.isoformat(),
        "digest": whole_digest(files),
        "how": "SHA-256 over the lines that sha256sum writes for these files, in order of their names",
        "files": [
            {"name": file.name, "type": file.content_type, "size": len(file.content), "sha256": file.digest}
            for file in files
        ],
    }
    return File(MANIFEST, "application/json", (json.dumps(made, ensure_ascii=False, indent=1) + "\n").encode())
