"""What tests of sources share: a setting, a database of a company, a person."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from bot.sources.base import Setting, Subject

SAM = Subject(
    addresses=(("mail", "sam@example.com"), ("sms", "+447700900123")),
    names=("Sam Carter",),
    details={"reference": "C-1001"},
    contacts=(1,),
)


def setting(
    options: Mapping[str, Any],
    *,
    secrets: Mapping[str, str] | None = None,
    look: Callable[[Callable[[Session], Any]], Any] = lambda work: work(None),  # type: ignore[arg-type]
) -> Setting:
    """The setting of a source "crm"."""
    known = secrets or {}
    return Setting("crm", "Customer database", ("telephone",), options, lambda name: known.get(name, ""), look)


def company(path: Path) -> str:
    """A database of a company with four customers, as a URL of SQLAlchemy."""
    file = path / "company.db"
    with sqlite3.connect(file) as database:
        database.executescript(
            """
            CREATE TABLE customer (id TEXT, full_name TEXT, email TEXT, mobile TEXT, postcode TEXT, joined TEXT);
            INSERT INTO customer VALUES
              ('C-1001', 'Mr Sam Carter', 'SAM@example.com', '07700 900123', 'G2 4JR', '2007-03-02'),
              ('C-1002', 'Robin Okafor', 'robin@example.com', '07700900456', 'EH1 1YZ', '2012-11-20'),
              ('C-1003', 'Sam Carter', 'other.sam@example.com', '07700900789', 'AB1 2CD', '2009-01-01'),
              ('C-1004', 'Kim Doyle', 'kim@example.com', '07700900123', 'G2 4JR', 'long ago');
            CREATE TABLE call (number TEXT, at TEXT, note TEXT);
            INSERT INTO call VALUES ('07700900123', '2008-05-06', 'Asked about an invoice'),
              ('07700900123', '2008-05-06', 'Asked about an invoice'), ('07700900456', '2013-01-01', 'Complained');
            """
        )
    database.close()
    return f"sqlite:///{file}"
