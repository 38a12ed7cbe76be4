"""Versions of a small policy, for what is told of days and changes. Its clauses move, change, come and go."""

from __future__ import annotations

from datetime import date

from knowledge.base import Policy
from knowledge.policy import parse

TODAY = date(2026, 11, 24)
COOKIES = "## {}. Cookies\n\nWe use cookies on {} of our websites, and nobody else may set them there for us.\n\n"
SALE = "## {}. Sale\n\nWe will not sell your details to anybody.\n\n"
KEEPING = "## {}. Keeping\n\nWe keep your data for {} years after your account is closed.\n\n"


def version(day: str, text: str, dated: str = "in force") -> Policy:
    """A small dated version of a policy."""
    return parse(f"---\ntitle: Acme privacy\nkey: acme\neffective: {day}\ndated: {dated}\n---\n{text}").policy


FIRST = version("2008-03-01", COOKIES.format(1, "none") + SALE.format(2), "seen")
SECOND = version("2015-06-01", KEEPING.format(1, "two") + COOKIES.format(2, "some") + SALE.format(3))
THIRD = version("2020-01-01", SALE.format(1) + COOKIES.format(2, "all") + KEEPING.format(3, "three"))
COMING = version("2027-01-01", COOKIES.format(1, "many") + KEEPING.format(2, "four"))
VERSIONS = (FIRST, SECOND, THIRD)
FIRST_AGAIN = version("2021-01-01", COOKIES.format(1, "some") + SALE.format(2))
