"""Reports as CSV for spreadsheets, in which no cell is ever run as a formula. Pure."""

from __future__ import annotations

import csv
import io

from bot.reports.figures import Cell, Report

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a cell begins that a spreadsheet may run (OWASP, CSV injection); some also run the full-width signs."""


def sheet(report: Report) -> str:
    """The report's table with its head, comma-separated, lines ended by CR LF (RFC 4180)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([harmless(cell) for cell in report.head])
    writer.writerows([[harmless(cell) for cell in row] for row in report.rows])
    return out.getvalue()


def harmless(cell: Cell) -> Cell:
    """The cell, with an apostrophe before what might be run; numbers stay numbers, and None is empty."""
    if cell is None:
        return ""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" \u00a0").startswith(RISKY) else cell
