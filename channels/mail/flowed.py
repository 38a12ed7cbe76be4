"""format=flowed (RFC 3676): paragraphs that wrap for old readers and flow again for new ones."""

from __future__ import annotations

import textwrap

WIDTH = 72
SIGNATURE = "-- "


def flow(text: str) -> str:
    """Plain text, a paragraph a line, wrapped for sending as format=flowed."""
    out: list[str] = []
    for line in text.split("\n"):
        out.extend(_wrap(line.rstrip()))
    return "\n".join(out)


def _wrap(line: str) -> list[str]:
    stuffed = f" {line}" if line.startswith((" ", ">", "From ")) else line
    if len(stuffed) <= WIDTH:
        return [stuffed]
    pieces = textwrap.wrap(
        stuffed,
        WIDTH - 1,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=False,
        expand_tabs=False,
        replace_whitespace=False,
    )
    return _stuff(pieces)


def _stuff(pieces: list[str]) -> list[str]:
    """Each piece but the last ends in the space that says it flows; none begins like a quote or an old mailbox."""
    out = []
    for index, each in enumerate(pieces):
        # A blank at which the line was full begins the next piece; it is the one that says that it flows.
        piece = each.lstrip(" ") if index else each
        line = piece.rstrip(" ") + " " if index + 1 < len(pieces) else piece
        out.append(f" {line}" if index and line.startswith((" ", ">", "From ")) else line)
    return out


def unflow(text: str, *, delsp: bool) -> str:
    """Join what was wrapped as format=flowed; quote depth is kept as ``> `` before each line."""
    out: list[str] = []
    joined, depth = "", -1
    for raw in text.split("\n"):
        level, line = _depth(raw)
        if depth >= 0 and (level != depth or line == SIGNATURE):
            out.append(_quoted(depth, joined))
            joined, depth = "", -1
        soft = line.endswith(" ") and line != SIGNATURE
        joined += line[:-1] if soft and delsp else line
        depth = level
        if not soft:
            out.append(_quoted(depth, joined))
            joined, depth = "", -1
    if depth >= 0:
        out.append(_quoted(depth, joined))
    return "\n".join(out)


def _depth(raw: str) -> tuple[int, str]:
    line = raw.lstrip(">")
    return len(raw) - len(line), line.removeprefix(" ")


def _quoted(depth: int, line: str) -> str:
    return f"{'>' * depth} {line}" if depth else line
