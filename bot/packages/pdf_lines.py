"""Breaks a text into the lines of a page, as fpdf2 does: at spaces, and within a word only where it fills a line.

fpdf2 measures the whole line anew with each letter, which takes minutes for a long package; here each letter is
measured once. Pure; called by `pdf_pages`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import accumulate

_SPACE = re.compile("[ \u2000-\u2006\u2008-\u200b\u205f\u3000]")
"""Where a line may end; the space itself is then dropped. U+2007 and U+00A0 hold words together."""
_TOLERANCE = 1e-6


def broken(text: str, room: float, wide: Callable[[str], float]) -> Iterator[str]:
    """The lines of a text that each fit into so much room, at least one; `wide` measures one letter, in the unit of
    `room`. A letter that is wider than the room stands alone.
    """
    for paragraph in text.replace("\r", "").split("\n"):
        for line in _of_paragraph(paragraph, room, wide):
            yield line.replace("\u00a0", " ")  # readers don't stretch the other, and some show it as a mark


def _of_paragraph(text: str, room: float, wide: Callable[[str], float]) -> Iterator[str]:
    ends = [0.0, *accumulate(map(wide, text))]
    spaces = [found.start() for found in _SPACE.finditer(text)]
    start = 0
    while start < len(text) or not start:
        fits = bisect_right(ends, ends[start] + room + _TOLERANCE) - 1
        if fits >= len(text):
            yield text[start:]
            return
        last = bisect_right(spaces, fits) - 1
        if last >= 0 and spaces[last] >= start:
            yield text[start : spaces[last]]
            start = spaces[last] + 1
        else:
            fits = max(fits, start + 1)
            yield text[start:fits]
            start = fits
