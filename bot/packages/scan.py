"""Reads a rendered package once more, as its reader will: is anything there that was left out, or that still looks like
somebody else's? Pure; called by `building` before anything is kept.

What was left out and stands there all the same is a leak, which no reason excuses. What only looks like somebody else's
is a finding, which a person settles.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from html.parser import HTMLParser
from typing import Any, NamedTuple

from bot.packages import html, pdf, structured
from bot.packages.detection import PIECE, Kind, Own, Span, TooLong, propose, squeezed
from bot.packages.files import words_in
from bot.packages.numbers import numbers
from bot.packages.people import words_of
from bot.packages.redacting import MARKS, Folded
from bot.packages.rendering import MANIFEST, File

_BLOCKS = frozenset(
    ("p", "div", "li", "dt", "dd", "h1", "h2", "h3", "blockquote", "article", "section", "cite", "title")
)
_SURE = 0.5
MOST_FINDINGS = 500


class Finding(NamedTuple):
    """Words in a file of the package that look like somebody else's."""

    kind: Kind
    place: str
    text: str


class Passed(NamedTuple):
    """What may stand in the package: what is the person's own or the company's, and the text of the package without
    items (`frame`): our words, the policy's and the law's.

    `kept` is what was decided to be left in wherever it stands, squeezed; `both` what a person left in at one place
    although it is left out at another: that is no leak, but a finding.
    """

    own: Own
    kept: frozenset[str]
    both: frozenset[str]
    frame: str


def texts(files: Sequence[File]) -> Iterator[tuple[str, str]]:
    """Each file's name with the words that a reader finds in it; files without words are left out."""
    for file in files:
        words = words_of_file(file)
        if words.strip():
            yield file.name, words


def words_of_file(file: File) -> str:
    """The words of a file by what it is."""
    if file.name == html.NAME:
        return _Shown(file.content.decode()).text
    if file.name == structured.NAME:
        return "\n".join(_strings(json.loads(file.content)))
    if file.name == structured.CSV_NAME:
        return "\n".join(cell for row in csv.reader(io.StringIO(file.content.decode("utf-8-sig"))) for cell in row)
    if file.name in (structured.SCHEMA_NAME, MANIFEST):  # ours alone, and digests may look like any number
        return ""
    return words_in(file.content, file.content_type).text


def leaks(read: Sequence[tuple[str, str]], left_out: Mapping[str, Kind], passed: Passed) -> list[tuple[str, Kind]]:
    """Each place where words that were left out stand, with what they were. Words that are also the frame's are looked
    for among the items alone, by `building`.
    """
    frame = Folded(passed.frame)
    wanted = {
        text: kind for text, kind in left_out.items()
        if not passed.own.holds(text, kind) and squeezed(text) not in passed.both and not any(frame.find(text))
    }  # fmt: skip
    result = []
    for place, words in read:
        folded = Folded(_unmarked(words))
        result += [(place, kind) for text, kind in wanted.items() if any(True for _ in folded.find(text))]
    return result


def at_both(read: Sequence[tuple[str, str]], left_out: Mapping[str, Kind], passed: Passed) -> list[Finding]:
    """What a person left in at one place although it is left out at another, each once."""
    wanted = {text: kind for text, kind in left_out.items() if squeezed(text) in passed.both}
    folded = [(place, Folded(_unmarked(words))) for place, words in read] if wanted else []
    result = []
    for text, kind in wanted.items():
        first = next((place for place, words in folded if any(True for _ in words.find(text))), None)
        result += [] if first is None else [Finding(kind, first, text[:200])]
    return result


def findings(read: Sequence[tuple[str, str]], passed: Passed) -> list[Finding]:
    """What still looks like somebody else's, each once. In the PDF, whose lines are broken anywhere, only numbers and
    addresses are looked for; names are found in the other forms. The CSV has nothing that the JSON has not.
    """
    frame = frozenset(words_of(passed.frame))
    frame_numbers = {squeezed(passed.frame[hit.start : hit.end]) for hit in numbers(passed.frame)}
    known = frozenset(word for each in passed.own.names for word in words_of(each)) | passed.own.house_words
    seen: dict[tuple[str, str], Finding] = {}
    for place, words in read:
        if place == structured.CSV_NAME:
            continue
        shown = _unmarked(words)
        for span in _suspects(place, shown, passed.own):
            text = words_at(shown, span)
            plain = squeezed(text)
            if plain in passed.kept or plain in frame_numbers or (span.kind, plain) in seen:
                continue
            if span.kind == "name" and all(word in frame | known for word in words_of(text)):
                continue
            seen[span.kind, plain] = Finding(span.kind, place, text[:200])
            if len(seen) >= MOST_FINDINGS:
                return list(seen.values())
    return list(seen.values())


def words_at(text: str, span: Span) -> str:
    """What a span covers."""
    return text[span.start : span.end]


def _suspects(place: str, words: str, own: Own) -> Iterator[Span]:
    if place == pdf.NAME:
        for hit in numbers(words):
            if not own.holds(words[hit.start : hit.end], hit.kind):
                yield Span(hit.start, hit.end, hit.kind, hit.confidence)  # type: ignore[arg-type]  # the same words
        return
    step = 40 * PIECE
    for start in range(0, len(words), step):
        try:
            found = propose(words[start : start + step], own)
        except TooLong:  # pragma: no cover - a step is shorter than that
            continue
        for span in found:
            if span.confidence >= _SURE and span.kind != "staff":
                yield span._replace(start=span.start + start, end=span.end + start)


def _unmarked(words: str) -> str:
    """The words without the marks that stand for what was left out; lengths stay."""
    for mark in MARKS.values():
        words = words.replace(mark, "|" * len(mark))
    return words


def _strings(value: Any) -> Iterator[str]:
    """Every name and every value of a JSON document."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield str(name)
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
    elif value is not None:
        yield str(value)


class _Shown(HTMLParser):
    """The words that a browser shows, block by block on lines of their own."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self._parts: list[str] = []
        self._hidden = False
        self.feed(source)

    @property
    def text(self) -> str:
        """All of them."""
        return "".join(self._parts)

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        """A block begins a line; styles are not shown."""
        self._hidden = tag == "style"
        self._parts.append("\n" if tag in _BLOCKS else "")

    def handle_endtag(self, tag: str) -> None:
        """A block ends a line."""
        self._hidden = False
        self._parts.append("\n" if tag in _BLOCKS else "")

    def handle_data(self, data: str) -> None:
        """Words."""
        if not self._hidden:
            self._parts.append(data)
