"""What the person wrote, apart from what is quoted below, above or between. Nothing is discarded, only folded.

Own rules rather than a library's: they keep indentation and order, know where a reply continues under a quotation,
and run in linear time on hostile text.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from channels.mail import quote_words as words
from channels.mail.quote_words import any_of

SIGNATURE_LINES = 12
"""Filled lines that may still be a signature."""
FOOTER_LINES = 8
"""Filled lines that may still be a mailing list's footer."""
ATTRIBUTION_LINES = 4
"""Lines over which "On … wrote:" may be wrapped."""
HEADER_WINDOW = 10
LINE_LIMIT = 500
"""Characters of a line that are looked at."""


class Split(NamedTuple):
    """A body in two: the writer's own words, and the rest in its order."""

    text: str
    quoted: str


_WROTE = re.compile(rf"(?:\b|\W|>|\d)(?:{any_of(words.WROTE)})[^\n]{{0,80}}[:\uff1a]\s*\Z", re.IGNORECASE)
_DATED = re.compile(r"\d{1,2}[:.]\d{2}|\b(?:19|20)\d{2}\b|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|@|\d{1,4}\u5e74")
_TIME = re.compile(r"\d{1,2}[:.]\d{2}")
_ENDS_IN_ADDRESS = re.compile(r"<[^<>\s@]{1,64}@[^<>\s@]{1,200}>[^\n]{0,20}[:\uff1a]\s*\Z")
TIME_BEFORE = 205
"""Characters before an attribution's address that may hold its time."""
_OPENS = re.compile(r"(?:On|Am|Le|El|Il|Op|Den|Dne|Dnia|Em|W dniu|\d{1,4}[./-]\d{1,2}[./-]\d{1,4})\b")
_TIMED = re.compile(r"\d{1,2}[:.]\d{2}|\b(?:19|20)\d{2}\b")
_SHORT = re.compile(r"\s*\S[^\n]{0,80}\b(?:wrote|schrieb|a \u00e9crit|ha scritto)\s?:\s*\Z", re.IGNORECASE)

_SEPARATOR = re.compile(
    rf"\s*(?:-{{2,}}|_{{2,}}|={{2,}})\s*(?:{any_of(words.SEPARATORS)})[^\n]{{0,40}}\Z|\s*Begin forwarded message:\s*\Z",
    re.IGNORECASE,
)
_HEADER = re.compile(
    rf"\s*\*{{0,2}}(?:(?P<who>{any_of(words.FROM)})|(?P<when>{any_of(words.WHEN)})|"
    rf"(?P<to>{any_of(words.TO)})|(?P<about>{any_of(words.ABOUT)}))\s?\*{{0,2}}[:\uff1a]",
    re.IGNORECASE,
)
_RULE = re.compile(r"\s*[_\-=\u2500*]{5,}\s*\Z")
_FOOTER = re.compile(r"\s*_{20,}\s*\Z")
_DELIMITER = re.compile(r"\s?(?:-- ?|\u2014|__)\s*\Z")
_SENT_FROM = re.compile(
    rf"\s*(?:(?:Sent from|Sent from my) \w{{1,30}}(?:[ ]\w{{1,30}}){{0,3}}[ ]?|Sent (?:with|via|using) \S[^\n]{{0,60}}|"
    rf"(?:{any_of(words.DEVICES)}) [\w ]{{1,60}})\.?\s*\Z",
    re.IGNORECASE,
)


def split(body: str) -> Split:
    """Fold what is quoted. `body` is clean text with bare newlines."""
    lines = body.split("\n")
    own = [not line.lstrip().startswith(">") for line in lines]
    _fold_attributions(lines, own)
    _fold_from(lines, own, _cut(lines, own))
    _fold_signature(lines, own)
    text = "\n".join(line for line, kept in zip(lines, own, strict=True) if kept)
    quoted = "\n".join(line for line, kept in zip(lines, own, strict=True) if not kept)
    return Split(_tidy(text), _tidy(quoted))


def _tidy(text: str) -> str:
    return re.sub(r"\n(?:[ \t]*\n){2,}", "\n\n", text).strip()


def _fold_from(lines: list[str], own: list[bool], start: int) -> None:
    for index in range(start, len(lines)):
        own[index] = False


def _fold_attributions(lines: list[str], own: list[bool]) -> None:
    """Fold "On … wrote:" above a block of ``>`` lines, however it is wrapped; what stands under the block stays."""
    for index, line in enumerate(lines):
        if own[index] and line.rstrip().endswith((":", "\uff1a")):
            after = _next_filled(lines, index + 1)
            if after < len(lines) and not own[after]:
                start = _attribution_start(lines, index)
                if start < 0 and _SHORT.match(line[:LINE_LIMIT]):
                    start = index
                if start >= 0:
                    own[start : index + 1] = [False] * (index + 1 - start)


def _cut(lines: list[str], own: list[bool]) -> int:
    """The line from which everything is quoted without marks; the number of lines when there is none."""
    for index, line in enumerate(lines):
        if not own[index] or not line.strip():
            continue
        if _SEPARATOR.match(line[:LINE_LIMIT]) or _header_block(lines, index):
            return _over_rules(lines, index)
        if line.rstrip().endswith((":", "\uff1a")):
            start = _attribution_start(lines, index)
            if start >= 0:
                return start
    return len(lines)


def _attribution_start(lines: list[str], end: int) -> int:
    """The first line of the attribution that ends on line `end`; -1 when that line ends none."""
    joined = ""
    for index in range(end, max(-1, end - ATTRIBUTION_LINES), -1):
        line = lines[index].strip()[:LINE_LIMIT]
        if not line or (index < end and line.endswith((":", ".", "!", "?"))):
            break
        joined = f"{line} {joined}".strip()
        if _is_attribution(joined):
            return _above(lines, index)
    return -1


def _above(lines: list[str], index: int) -> int:
    """The line above belongs to the attribution when it opens it ("On Tue, 1 March 2011, A. Person")."""
    above = lines[index - 1].strip()[:LINE_LIMIT] if index else ""
    if _OPENS.match(lines[index].strip()[:LINE_LIMIT]) or above.endswith((":", ".", "!", "?")):
        return index
    return index - 1 if _OPENS.match(above) and _TIMED.search(above) else index


def _is_attribution(joined: str) -> bool:
    return bool(_WROTE.search(joined) and _DATED.search(joined)) or _ends_dated(joined)


def _ends_dated(joined: str) -> bool:
    """Ends in ``12:05 … <ann@example.net>:`` and such. Two looks, since one pattern for both takes quadratic time."""
    address = _ENDS_IN_ADDRESS.search(joined)
    return bool(address and _TIME.search(joined[max(0, address.start() - TIME_BEFORE) : address.start()]))


def _header_block(lines: list[str], start: int) -> bool:
    """Three of From, Date, To and Subject near together, From among them: how Outlook and others quote."""
    if not _HEADER.match(lines[start][:LINE_LIMIT]):
        return False
    kinds: set[str] = set()
    for line in lines[start : start + HEADER_WINDOW]:
        found = _HEADER.match(line[:LINE_LIMIT])
        if found and found.lastgroup:
            kinds.add(found.lastgroup)
    return "who" in kinds and len(kinds) >= 3  # noqa: PLR2004 - the rule itself, said above


def _over_rules(lines: list[str], index: int) -> int:
    """Drawn lines and blank lines right above a quoted header belong to it."""
    start = index
    while start and (not lines[start - 1].strip() or _RULE.match(lines[start - 1])):
        start -= 1
    return start


def _fold_signature(lines: list[str], own: list[bool]) -> None:
    """Fold a signature or a list's footer at the end of the own words, unless nothing else would be left."""
    mine = [index for index, kept in enumerate(own) if kept and lines[index].strip()]
    if not mine:
        return
    start = len(mine)
    if _SENT_FROM.match(lines[mine[-1]][:LINE_LIMIT]):
        start = len(mine) - 1
    for place in range(len(mine) - 1, max(-1, len(mine) - SIGNATURE_LINES - 2), -1):
        line = lines[mine[place]]
        short_footer = len(mine) - place <= FOOTER_LINES
        if _DELIMITER.match(line) or (_FOOTER.match(line) and short_footer):
            start = place
    if 0 < start < len(mine):
        for index in mine[start:]:
            own[index] = False


def _next_filled(lines: list[str], index: int) -> int:
    while index < len(lines) and not lines[index].strip():
        index += 1
    return index
