"""The HTML part of a mail: the same words as the plain one, with each quotation set apart. Pure.

Everything is escaped, and nothing is fetched from anywhere. Colours are few and stand on light and dark alike; styles
are inline, since mail programs drop style sheets.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping, Sequence

_URL = re.compile(r"https?://[^\s<>\"']{1,2000}[^\s<>\"'.,;:!?)\]]")
_BODY = "margin:0;padding:16px;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;max-width:40em"
_PARAGRAPH = "margin:0 0 16px"
_QUOTE = "margin:0 0 16px;padding:4px 14px;border-{side}:3px solid #13857b"
_CITE = "margin:8px 0 0;font-size:14px;opacity:.85"
_LINK = "color:#13857b"
"""The accent, on light and dark alike: contrast 4.5 on white, 4.2 on near-black; links are underlined as well."""


def as_html(
    text: str, only_under: str | None = None, citations: Sequence[Mapping[str, str]] = (), lang: str = ""
) -> str:
    """The words as a page: paragraphs kept, links made clickable (all, or those under one URL), and each quotation of
    `citations` (text, label, url) that stands in the text in one of the two forms the desk writes, set apart.
    """
    way = direction(text)
    body = "\n".join(_parts(text.strip("\n"), only_under, citations, way))
    said = f' lang="{html.escape(lang)}"' if lang else ""
    return (
        f'<!doctype html>\n<html{said} dir="{way}"><head><meta charset="utf-8">\n'
        '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">\n'
        f'<meta name="viewport" content="width=device-width"></head>\n<body dir="{way}" style="{_BODY}">\n'
        f"{body}\n</body></html>\n"
    )


def direction(text: str) -> str:
    """How the text runs, by its first letter that says so: "ltr" or "rtl"."""
    for char in text[:2_000]:
        kind = unicodedata.bidirectional(char)
        if kind in ("R", "AL"):
            return "rtl"
        if kind == "L":
            return "ltr"
    return "ltr"


def _parts(text: str, only_under: str | None, citations: Sequence[Mapping[str, str]], way: str) -> list[str]:
    """The text cut at its quotations: paragraphs between, and a block for each."""
    found = sorted(_places(text, citations))
    parts, end = [], 0
    for start, after, cite in found:
        if start >= end:
            parts += [*_paragraphs(text[end:start], only_under), _block(cite, only_under, way)]
            end = after
    return parts + _paragraphs(text[end:], only_under)


def _places(text: str, citations: Sequence[Mapping[str, str]]) -> list[tuple[int, int, Mapping[str, str]]]:
    """Where each citation stands whole: (start, end, citation)."""
    places = []
    for cite in citations:
        words, label, url = (str(cite.get(name, "")) for name in ("text", "label", "url"))
        if not words or not url:
            continue
        for form in (f"“{words}”\n{label}: {url}", f"“{words}” ({label}: {url})"):
            start = text.find(form)
            if start >= 0:
                places.append((start, start + len(form), cite))
                break
    return places


def _block(cite: Mapping[str, str], only_under: str | None, way: str) -> str:
    """One quotation with its clause, version and date line, which lead to the clause."""
    url, label = str(cite["url"]), html.escape(str(cite.get("label", "")))
    named = f'<a href="{html.escape(url)}" style="{_LINK}">{label}</a>' if _ours(url, only_under) else label
    words = html.escape(str(cite["text"])).replace("\n", "<br>\n")
    style = _QUOTE.format(side="right" if way == "rtl" else "left")
    return f'<blockquote style="{style}"><p style="margin:0">{words}</p>\n<p style="{_CITE}">{named}</p></blockquote>'


def _paragraphs(text: str, only_under: str | None) -> list[str]:
    parts = [part.strip("\n") for part in re.split(r"\n\s*\n", text) if part.strip()]
    return [f'<p style="{_PARAGRAPH}">{_linked(part, only_under)}</p>' for part in parts]


def _linked(text: str, only_under: str | None) -> str:
    out, end = [], 0
    for match in _URL.finditer(text):
        out.append(html.escape(text[end : match.start()]))
        url = html.escape(match[0])
        out.append(f'<a href="{url}" style="{_LINK}">{url}</a>' if _ours(match[0], only_under) else url)
        end = match.end()
    out.append(html.escape(text[end:]))
    return "".join(out).replace("\n", "<br>\n")


def _ours(url: str, only_under: str | None) -> bool:
    """The slash matters: https://desk.example@elsewhere.example is elsewhere."""
    if not url.startswith(("https://", "http://")):
        return False
    return only_under is None or f"{url}/".startswith(f"{only_under.rstrip('/')}/")
