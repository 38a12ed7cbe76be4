"""The package for another system to take up: JSON with a documented, versioned structure, and the same as CSV. Pure.

package.schema.json (JSON Schema, draft 2020-12) describes data.json and goes with each package.
"""

from __future__ import annotations

import csv
import io
import json
from importlib.resources import files
from typing import Any

from bot.packages.document import Document, Entry
from bot.packages.information import Information

SCHEMA = "privacydesk.package/1"
"""The version of the structure: a change that a reader must know of has the next number."""
NAME, SCHEMA_NAME, CSV_NAME = "data.json", "package.schema.json", "data.csv"
JSON_TYPE, CSV_TYPE = "application/json", "text/csv; charset=utf-8"
COLUMNS = ("item", "source", "title", "kind", "collected_on", "field", "value", "file")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def structured(document: Document) -> bytes:
    """data.json, UTF-8; the same bytes for the same document."""
    made = {
        "schema": SCHEMA,
        "title": document.title,
        "reference": document.reference,
        "version": document.version,
        "kind": document.kind,
        "company": document.company,
        "language": document.language,
        "made_at": document.made_at.isoformat(),
        "note": [
            {"heading": part.heading, "paragraphs": list(part.paragraphs), "list": list(part.entries)}
            | ({"quoted": part.quoted} if part.quoted else {})
            for part in document.cover.parts
        ],
        "information": [_information(each) for each in document.information],
        "left_out": dict(sorted(document.left_out.items())),
        "items": [_entry(section.title, entry) for section in document.sections for entry in section.entries],
    }
    return (json.dumps(made, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")


def table(document: Document) -> bytes:
    """data.csv: a row for each value of each item, with a byte order mark, so that spreadsheets read it as UTF-8.

    What a spreadsheet would take for a formula begins with an apostrophe; data.json has it as it is.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for section in document.sections:
        for entry in section.entries:
            day = entry.collected_on.isoformat() if entry.collected_on else ""
            head = (entry.number, section.title, entry.title, entry.kind, day)
            file = entry.file.name if entry.file else ""
            for value in entry.values or ((),):
                label, text = (value.label, value.text) if value else ("", "")
                writer.writerow([_harmless(each) for each in (*head, label, text, file)])
    return out.getvalue().encode("utf-8-sig", "replace")


def schema() -> bytes:
    """package.schema.json."""
    return files("bot.packages").joinpath("package.schema.json").read_bytes()


def _harmless(value: object) -> str:
    text = str(value)
    return "'" + text if text.lstrip(" \u00a0\ufeff").startswith(_FORMULA) else text


def _entry(source: str, entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "source": source,
        "title": entry.title,
        "kind": entry.kind,
        "provided_by_you": entry.provided,
        "collected_on": entry.collected_on.isoformat() if entry.collected_on else None,
        "policy": entry.policy,
        "content": entry.content,
        "file": {"name": entry.file.name, "title": entry.file.title, "type": entry.file.content_type}
        if entry.file
        else None,
    }


def _information(info: Information) -> dict[str, Any]:
    return {
        "policy": info.policy,
        "title": info.title,
        "company": info.company,
        "effective": info.effective.isoformat(),
        "dated": info.dated,
        "headings": [
            {
                "key": told.key,
                "title": told.title,
                "policy_says": [{"clause": each.id, "text": each.text, "url": each.url} for each in told.quotes],
                "policy_is_silent": list(told.silent),
                "clauses_disagree": told.disagree,
                "law_says": {"text": told.law.text, "source": told.law.source} if told.law else None,
            }
            for told in info.told
        ],
    }
