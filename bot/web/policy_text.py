"""A policy as it is shown: sections of clauses in safe HTML, and what changed between two versions. Called by
policy_pages.

The words are the policy's own. Markdown gives them their lists, emphasis and links; where the HTML would not read word
for word like the clause that the desk quotes, the clause is shown plainly instead.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from knowledge.base import Policy
from knowledge.difference import Difference, compare
from knowledge.policy import Clause, Section, parse

# HTML in a policy is shown as text, and indented lines are prose: only what a policy uses is switched on.
_MARKDOWN = MarkdownIt("zero", {"html": False}).enable(
    ["emphasis", "link", "autolink", "newline", "escape", "entity", "list", "table", "backticks"]
)
_TAGS = {"p", "ul", "ol", "li", "strong", "em", "br", "a", "code", "table", "thead", "tbody", "tr", "th", "td"}
_ATTRIBUTES = {"li": {"id"}, "a": {"href"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto"}
_BULLET = re.compile(r"^([ \t]*)[•‣◦·][ \t]+", re.MULTILINE)
_BREAK = re.compile(r"<br\s*/?>\n?", re.IGNORECASE)
_ENTRY = re.compile(r'<li id="([^"]+)">(?:<p>)?')
_PART = re.compile(r"<(?:li|p|t[dh])\b")
_MARKS = re.compile(r"^[ \t]*[•‣◦·*+-][ \t]+", re.MULTILINE)


class ShownClause(NamedTuple):
    """One clause: its id, and its words as safe HTML without its own number."""

    id: str
    html: Markup


class ShownSection(NamedTuple):
    """A section: `number` as the policy wrote it, "" where it has none."""

    id: str
    number: str
    title: str
    clauses: tuple[ShownClause, ...]


def day(moment: date) -> str:
    """A full date: 15 December 2007."""
    return f"{moment.day} {moment:%B %Y}"


def dated(policy: Policy) -> str:
    """What a version's date means: an archive's copy was only seen on that day."""
    return f"{'seen on' if policy.dated == 'seen' else 'in force from'} {day(policy.effective)}"


def anchor(clause_id: str) -> str:
    """A clause's id as the fragment of an address."""
    return quote(clause_id, safe="().-")


@lru_cache(maxsize=64)
def sections(policy: Policy) -> tuple[ShownSection, ...]:
    """The policy's sections in its order, ready to be shown; a title that the page shows itself is left out."""
    source = policy.markdown.split("\n")
    found = _parsed(policy)
    starts = sorted({section.line for section in found} | {clause.line for each in found for clause in each.clauses})
    ends = dict(zip(starts, [*starts[1:], len(source) + 1], strict=True))
    return tuple(
        ShownSection(
            section.id,
            section.label.rstrip(".:"),
            section.title,
            tuple(
                ShownClause(clause.id, _clause(clause, "\n".join(source[clause.line - 1 : ends[clause.line] - 1])))
                for clause in section.clauses
            ),
        )
        for section in found
        if section.clauses or section.title != policy.title
    )


@lru_cache(maxsize=64)
def _parsed(policy: Policy) -> tuple[Section, ...]:
    facts = {"title": policy.title, "key": policy.key, "effective": policy.effective.isoformat()}
    return parse(policy.markdown, defaults=facts).sections


def _clause(clause: Clause, source: str) -> Markup:
    """Show the Markdown lines that a clause was read from, or where they would read otherwise, its plain words."""
    marks = r"\\?".join(re.escape(character) for character in clause.label)
    number = re.compile(rf"[ \t]*(?:\*\*)?{marks}[.):]?(?:\*\*)?[ \t]+")
    unnumbered = number.sub("", source, count=1) if clause.label and number.match(source) else source
    shown = _html(_BULLET.sub(r"\1- ", unnumbered), clause)
    if _words(shown) != _words(str(escape(clause.text))):
        shown = "<p>" + str(escape(clause.text)).replace("\n", "<br>") + "</p>"
    return Markup(_with_anchors(shown, clause))  # noqa: S704  nh3 or escape made every character of it safe


def _html(markdown: str, clause: Clause) -> str:
    tokens = _MARKDOWN.parse(_BREAK.sub("  \n", markdown))
    items = [token for token in tokens if token.type == "list_item_open" and token.level == 1]
    _name(items, clause)
    made = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return nh3.clean(
        made, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel="noopener noreferrer nofollow"
    )


def _name(items: Sequence[Token], clause: Clause) -> None:
    """Give the list's items the ids of the clause's entries, where they are the same list."""
    if len(items) == len(clause.entries):
        for item, entry in zip(items, clause.entries, strict=True):
            if entry.id:
                item.attrSet("id", entry.id)


def _words(markup: str) -> list[str]:
    """The words that a reader sees, to compare two ways of showing them."""
    text = html.unescape(nh3.clean(_PART.sub(r"\n\g<0>", _BREAK.sub("\n", markup)), tags=set()))
    return [word for word in _MARKS.sub("", text).split() if word != "|"]


def _with_anchors(shown: str, clause: Clause) -> str:
    """Letter links before the entries; a bare anchor for an entry that is not shown as one."""
    missing = [entry.id for entry in clause.entries if entry.id and f'<li id="{escape(entry.id)}">' not in shown]
    bare = "".join(f'<span id="{escape(key)}"></span>' for key in missing)
    return bare + _ENTRY.sub(_letter, shown)


def _letter(found: re.Match[str]) -> str:
    key = html.unescape(found[1])
    letter = key[key.rfind("(") :] if "(" in key else key
    link = f'<a class="clause-link" href="#{anchor(key)}" data-copy>{escape(letter)}</a>'
    return f"{found[0]}{link} "


def changes(old: Policy, new: Policy) -> tuple[Difference, ...]:
    """What differs between two versions, clause by clause, in the newer one's order; what went away comes last."""
    return compare(old, new)
