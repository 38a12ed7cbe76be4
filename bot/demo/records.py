"""The demo's company: invented records of its customers, in a folder of exports that is searched like any other.

The customer of the demo's page is in them, by number and mailbox, under each pair that "start afresh" gives (the first
twenty). All of it is made up; numbers are Ofcom's for drama, addresses RFC 2606's.
"""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from pathlib import Path

from bot.settings import DataSourceSettings

FOLDER = Path(__file__).parent / "records"
NAME = "records"
TABLE = {
    "name": NAME,
    "title": "Customer records (invented)",
    "kind": "folder",
    "path": str(FOLDER),
    "covers": ["telephone"],
    "files": [
        {
            "title": "Customer record",
            "file": "customers.csv",
            "email": ["email"],
            "phone": ["mobile"],
            "customer": "customer_no",
            "reference": "customer_no",
            "collected": "joined",
            "match": {"name": "name", "postcode": "postcode", "birth_date": "born"},
        },
        {
            "title": "Order",
            "file": "orders.csv",
            "email": ["email"],
            "customer": "customer_no",
            "reference": "order_no",
            "collected": "ordered_on",
        },
        {
            "title": "Telephone call",
            "file": "calls.csv",
            "phone": ["number"],
            "customer": "customer_no",
            "collected": "day",
        },
    ],
}


def source() -> DataSourceSettings:
    """The data source of the demo, as desk.toml would have it."""
    return DataSourceSettings.model_validate(TABLE)


def birthday(mailbox: str) -> str:
    """The customer's date of birth as people write it, "16 April 1978"; "" beyond the twentieth."""
    born = details(mailbox).get("born", "")
    return f"{int(born[8:])} {date.fromisoformat(born):%B %Y}" if born else ""


@cache
def details(mailbox: str) -> dict[str, str]:
    """What the company knows of the demo's customer: "customer_no", "postcode"; empty beyond the twentieth."""
    with (FOLDER / "customers.csv").open(encoding="utf-8", newline="") as file:
        return next((row for row in csv.DictReader(file) if row["email"] == mailbox), {})
