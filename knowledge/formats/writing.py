"""Blocks → Markdown that reads back as the same blocks: how a policy of another format is kept. Called by formats."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from knowledge.blocks import BULLETS, Block, Item, label_of

_SPECIAL = re.compile(r"[\\*_\[\]|`]")
_ENTITY = re.compile(r"&(?=#?\w)")
_START = re.compile(rf"[#>:=~{re.escape(BULLETS)}(]")
_ORDERED = re.compile(r"(\d{1,3}|[A-Za-z]|[ivxIVX]{2,5})([.)])(?=[ \t\xa0])")
_BETWEEN = "***"
"""A line drawn between two lists, which would read back as one."""
_NUMBER = re.compile(r"\d{1,3}(?:\.\d{1,3})+")


def to_markdown(found: Sequence[Block]) -> str:
    """The Markdown of blocks, ending in a line break."""
    written = []
    for at, block in enumerate(found):
        if at and block.kind == found[at - 1].kind == "list":
            written.append(_BETWEEN)
        written.append(_written(block))
    return "\n\n".join(written) + "\n"


def _written(block: Block) -> str:
    if block.kind == "heading":
        return f"{'#' * block.level} {_inline(block.text).replace('#', chr(92) + '#')}".rstrip()
    if block.kind == "list":
        return "\n".join(_items(block.entries))
    if block.kind == "table":
        return "\n".join(_rows(block.entries))
    if block.kind == "definitions":
        return "\n\n".join(_definition(item) for item in block.entries)
    first, *rest = block.text.split("\n")
    return "\n".join([_start(first, number=True), *(_start(line) for line in rest)])


def _inline(text: str) -> str:
    """Words in which nothing is a mark."""
    return _SPECIAL.sub(r"\\\g<0>", _ENTITY.sub("&amp;", text)).replace("<", "&lt;")


def _start(text: str, *, number: bool = False) -> str:
    """Words at the beginning of a line; with `number` a clause's number stays what it is."""
    ordered = _ORDERED.match(text)
    if ordered:
        return f"{ordered[1]}\\{ordered[2]}{_inline(text[ordered.end() :])}"
    if not number and _NUMBER.match(text):
        return f"&#{ord(text[0])};{_inline(text[1:])}"
    if _START.match(text) and not _SPECIAL.match(text):
        return f"&#{ord(text[0])};{_inline(text[1:])}"
    return _inline(text)


def _items(items: Sequence[Item]) -> Iterator[str]:
    for at, item in enumerate(items):
        if at and label_of(item.mark):
            yield ""  # a mark that does not follow the one before is only read after a blank line
        indent = "    " * item.depth
        first, *rest = item.text.split("\n")
        yield f"{indent}{item.mark} {_start(first)}"
        yield from (f"{indent}  {_start(line)}" for line in rest)


def _rows(rows: Sequence[Item]) -> Iterator[str]:
    width = max(row.text.count(" | ") + 1 for row in rows)
    for at, row in enumerate(rows):
        yield "| " + " | ".join(_inline(cell) for cell in row.text.split(" | ")) + " |"
        if at == 0:
            yield "|" + " --- |" * width


def _definition(item: Item) -> str:
    term, *meaning = item.text.split("\n")
    return "\n".join([_start(term), *(f": {_inline(line)}" for line in meaning)])
