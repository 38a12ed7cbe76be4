"""Bank holidays as gov.uk lists them (and Ireland's), weekdays only, written down by hand: the tests' own calendar.

Independent of the library that the product uses, so that a fault of either shows.
"""

from datetime import date

_ALL = """
2024-01-01 2024-03-29 2024-05-06 2024-05-27 2024-12-25 2024-12-26
2025-01-01 2025-04-18 2025-05-05 2025-05-26 2025-12-25 2025-12-26
2026-01-01 2026-04-03 2026-05-04 2026-05-25 2026-12-25 2026-12-28
2027-01-01 2027-03-26 2027-05-03 2027-05-31 2027-12-27 2027-12-28
"""
_ENGLAND = """
2024-04-01 2024-08-26 2025-04-21 2025-08-25 2026-04-06 2026-08-31 2027-03-29 2027-08-30
"""
_SCOTLAND = """
2024-01-02 2024-08-05 2024-12-02 2025-01-02 2025-08-04 2025-12-01
2026-01-02 2026-06-15 2026-08-03 2026-11-30 2027-01-04 2027-08-02 2027-11-30
"""
_NORTHERN_IRELAND = """
2024-03-18 2024-07-12 2025-03-17 2025-07-14 2026-03-17 2026-07-13 2027-03-17 2027-07-12
"""

# Ireland: citizensinformation.ie; a public holiday at a weekend brings no other day off by law.
_IRELAND = """
2024-01-01 2024-02-05 2024-04-01 2024-05-06 2024-06-03 2024-08-05 2024-10-28 2024-12-25 2024-12-26
2025-01-01 2025-02-03 2025-03-17 2025-04-21 2025-05-05 2025-06-02 2025-08-04 2025-10-27 2025-12-25 2025-12-26
2026-01-01 2026-02-02 2026-03-17 2026-04-06 2026-05-04 2026-06-01 2026-08-03 2026-10-26 2026-12-25
2027-01-01 2027-02-01 2027-03-17 2027-03-29 2027-05-03 2027-06-07 2027-08-02 2027-10-25
"""


def _days(*lists: str) -> frozenset[date]:
    return frozenset(date.fromisoformat(day) for text in lists for day in text.split())


BANK_HOLIDAYS = {
    "GB-ENG": _days(_ALL, _ENGLAND),
    "GB-WLS": _days(_ALL, _ENGLAND),
    "GB-SCT": _days(_ALL, _SCOTLAND),
    "GB-NIR": _days(_ALL, _ENGLAND, _NORTHERN_IRELAND),
    "IE": _days(_IRELAND),
}
YEARS = range(2024, 2028)
