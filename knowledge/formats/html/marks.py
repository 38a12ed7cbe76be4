"""What stands before the entries of a list: counted by the list itself, or printed by Word. Pure; called by reader and
blocks.

Word saves a list as paragraphs: their style tells the depth, and a span that other programs ignore holds the mark.
"""

from __future__ import annotations

import re

_IGNORED = re.compile(r"mso-list:\s*ignore", re.IGNORECASE)
_LEVEL = re.compile(r"mso-list:[^;]*?level(\d)", re.IGNORECASE)
_HEADING = re.compile(r"mso(?:heading|title)(\d?)\Z", re.IGNORECASE)
_SYMBOL_BULLETS = {"o", "§", "·", "ü", "Ø", "v", "q", "\uf0b7", "\uf0a7"}  # as Word writes bullets of symbol fonts
_GOOGLE_LEVEL = re.compile(r"(?:^|\s)lst-kix_\S+-(\d)(?:\s|\Z)")
_BOLD = re.compile(r"font-weight:\s*(?:bold|[6-9]00)", re.IGNORECASE)
_ROMAN = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


class List:
    """An open list: how its entries are marked, and how many it had."""

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.ordered = tag == "ol"
        self.type = attributes.get("type", "1") if self.ordered else ""
        self.next = _number(attributes.get("start", ""), 1)
        google = _GOOGLE_LEVEL.search(attributes.get("class", ""))
        self.deeper = int(google[1]) if google else 0  # Google Docs writes lists within lists one after another

    def mark(self, value: str) -> str:
        """The mark of the next entry, or of one that says its number itself."""
        if not self.ordered:
            return "•"
        number = _number(value, self.next)
        self.next = number + 1
        return f"{_counted(number, self.type)}."


def is_bold(style: str) -> bool:
    """Whether a style makes words bold."""
    return bool(_BOLD.search(style))


def is_word_mark(style: str) -> bool:
    """Whether a span of this style holds a mark that Word printed."""
    return bool(_IGNORED.search(style))


def word_mark(printed: str) -> str:
    """The mark that Word printed; a bullet where it is a sign of a symbol font, or nothing."""
    mark = printed.replace("\xa0", " ").strip()
    return "•" if mark in _SYMBOL_BULLETS or not mark else mark


def word_depth(style: str) -> int | None:
    """How deep a paragraph of this style lies as an entry of Word's, from 0; None where it is none."""
    found = _LEVEL.search(style)
    return int(found[1]) - 1 if found else None


def word_heading(name: str) -> int | None:
    """The level of a heading that is a paragraph of this class of Word's; None where it is none."""
    found = _HEADING.match(name)
    return int(found[1] or 1) if found else None


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else otherwise  # noqa: PLR2004 - five digits number no clause


def _counted(number: int, make: str) -> str:
    """A number as a list of this type prints it."""
    if make.lower() == "a" and 1 <= number <= 26:  # noqa: PLR2004 - letters of the alphabet
        letter = chr(ord("a") + number - 1)
        return letter if make == "a" else letter.upper()
    if make.lower() == "i" and 1 <= number < 40:  # noqa: PLR2004 - beyond XXXIX the plain number is clearer
        roman, rest = "", number
        for value, letters in _ROMAN:
            roman, rest = roman + letters * (rest // value), rest % value
        return roman if make == "i" else roman.upper()
    return str(number)
