"""A conversation to be saved by its visitor: as plain text, as a page, or as JSON. Pure.

Only what the visitor's page showed is in it. Notes of staff never come to a channel at all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from html import escape
from typing import Any, Literal

from channels.context import Line

Form = Literal["txt", "html", "json"]
MOST = 5_000
"""Lines of one transcript; a longer one says that it is cut."""
CUT = "This is the end of what fits here. Ask us for the rest."
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 70ch; margin: 2rem auto; padding: 0 1rem }}
:root {{ color-scheme: light dark }}
article {{ margin-block: 1.25rem }} header {{ font-size: 14px; opacity: .8 }} p {{ margin: 0; white-space: pre-wrap }}
</style></head><body><h1>{title}</h1>
{lines}
</body></html>
"""
TYPES: Mapping[str, str] = {"txt": "text/plain", "html": "text/html", "json": "application/json"}


def written(lines: Sequence[Line], form: Form, site: str, *, whole: bool = True) -> str:
    """The conversation in that form; `whole` is false where more lines were left out."""
    return _FORMS[form](lines, f"Chat with {site}", "" if whole else CUT)


def _who(line: Line) -> str:
    if line.author == "staff":
        return line.staff.name if line.staff else "A person"
    return {"you": "You", "bot": "Automatic answer"}.get(line.author, "The desk")


def _at(line: Line) -> str:
    return f"{line.at.astimezone(UTC):%-d %B %Y, %H:%M} UTC"


def _words(line: Line) -> str:
    """The text, the files by their names, and the clauses that the text does not name itself."""
    files = [f"[file: {file.name}]" for file in line.files]
    cited = [f"{cite.get('label', '')} {cite.get('url', '')}".strip() for cite in line.citations]
    return "\n".join([line.text, *files, *(each for each in cited if each and each not in line.text)]).strip()


def _text(lines: Sequence[Line], title: str, end: str) -> str:
    said = [f"{_who(line)}, {_at(line)}\n{_words(line)}\n" for line in lines]
    return "\n".join([f"{title}\n", *said, *([end] if end else [])])


def _page(lines: Sequence[Line], title: str, end: str) -> str:
    said = [
        f'<article dir="auto"><header>{escape(_who(line))}, <time datetime="{line.at.astimezone(UTC).isoformat()}">'
        f"{_at(line)}</time></header><p>{escape(_words(line))}</p></article>"
        for line in lines
    ]
    return _PAGE.format(title=escape(title), lines="\n".join([*said, *([f"<p>{end}</p>"] if end else [])]))


def _json(lines: Sequence[Line], title: str, end: str) -> str:
    said: list[dict[str, Any]] = [
        {
            "number": line.seq, "from": line.author, "name": _who(line), "at": line.at.astimezone(UTC).isoformat(),
            "text": line.text, "citations": [dict(cite) for cite in line.citations],
            "files": [{"name": file.name, "size": file.size, "type": file.content_type} for file in line.files],
        }
        for line in lines
    ]  # fmt: skip
    return json.dumps({"title": title, "whole": not end, "lines": said}, ensure_ascii=False, indent=1)


_FORMS: Mapping[Form, Callable[[Sequence[Line], str, str], str]] = {"txt": _text, "html": _page, "json": _json}
