"""Blocks → sections of clauses, each with its id. Called by policy.

The rule of ids, made so that a citation still makes sense when it is read alone:
- A number that the policy wrote itself is the id ("2.1", "3.1.2", "5" for Article 5); a section without numbered
  clauses is its number ("8"), a section without a number the words of its heading ("how-we-use-cookies"), text before
  the first "preamble". Where numbers or headings come again in another part, each is led by its part ("part-b-1.2").
- A paragraph that ends in a colon belongs with the list or block after it, and further paragraphs with the numbered
  clause that they follow: together they are one clause.
- Letters and numbers printed before entries name them ("3.1(a)", "3.1(a)(ii)", "5(2)"). Letters by position name the
  unnumbered parts directly beneath a number: its paragraphs, where there are several ("1(a)", "1(b)"); otherwise the
  entries of its list ("2.1(e)"), which are passages beside their whole clause ("2.1"), with the lead-in as `context`.
  Entries too short to stand alone ("Fax") are only ever quoted with their lead-in. Rows of a table and terms of a list
  of definitions are named by their first words ("6(account-data)").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from knowledge.blocks import Block
from knowledge.entries import Entry, entries_of
from knowledge.labels import letters, slug, term_of
from knowledge.outline import Group, Heading, Warned, outline

PREAMBLE = "preamble"
_BENEATH = " \u203a "


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause as it stands: its whole text, and its list, where it has one, after the lead-in. `label` is the number
    as printed; `line` is where it begins.
    """

    id: str
    text: str
    lead: str = ""
    entries: tuple[Entry, ...] = ()
    label: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its clauses, in the policy's order. `id` is "preamble" for what stands before the first; `label`
    is its number as printed, `path` its title led by those of the headings that it stands beneath.
    """

    id: str
    title: str
    clauses: tuple[Clause, ...]
    label: str = ""
    path: str = ""
    level: int = 0
    line: int = 0


def structure(found: Iterable[Block], warned: list[Warned]) -> tuple[list[Heading], tuple[Section, ...]]:
    """Headings with their groups, for checks, and the sections made of them. What looks wrong goes to `warned`."""
    headings = outline(found, warned)
    _name_headings(headings, warned)
    taken = {heading.id for heading in headings}
    running = _running(headings)
    doubled = _doubled(headings)
    sections = tuple(_section(heading, taken, running, doubled, warned) for heading in headings)
    return headings, tuple(section for section in sections if section.clauses or section.title or section.label)


def _name_headings(headings: list[Heading], warned: list[Warned]) -> None:
    """Give each heading its id, led by what it stands beneath where it would come twice."""
    names = [_name(heading) for heading in headings]
    often = Counter(names)
    taken: set[str] = set()
    for heading, name in zip(headings, names, strict=True):
        led = name
        if often[name] > 1 and heading.above and not heading.preamble:
            led = f"{heading.above[-1].id}-{name}"
        heading.id = free(led, taken)
        if heading.id != led and heading.label:
            warned.append(Warned(heading.line, f"number {heading.label.key} stands twice: here it is {heading.id}"))


def _name(heading: Heading) -> str:
    if heading.preamble:
        return PREAMBLE
    label = heading.label
    if label is None:
        return slug(heading.title) or "section"
    numbered = next((above for above in reversed(heading.above) if above.number), None)
    if label.kind == "letter" and numbered is not None:
        return f"{numbered.number}({label.key})"
    return label.key


def _running(headings: list[Heading]) -> bool:
    """Whether single numbers before clauses (1., 2., …) run on through the whole policy, so that each is unique."""
    numbers = [
        group.number for heading in headings for group in heading.groups if group.item and group.number.isdigit()
    ]
    of_headings = {heading.number for heading in headings if heading.number}
    return numbers[:1] == ["1"] and len(numbers) == len(set(numbers)) and not of_headings.intersection(numbers)


def _doubled(headings: list[Heading]) -> set[str]:
    """Clause numbers that stand in more than one part or section."""
    often = Counter(group.number for heading in headings for group in heading.groups if group.number and not group.item)
    return {number for number, count in often.items() if count > 1}


def _section(heading: Heading, taken: set[str], running: bool, doubled: set[str], warned: list[Warned]) -> Section:
    unnumbered = [group for group in heading.groups if not group.number]
    several = len(unnumbered) > 1 or len(heading.groups) > 1
    printed = {group.number for group in heading.groups if group.item}
    free_letters = (letter for letter in letters() if letter not in printed)
    taken.discard(heading.id)
    clauses = []
    for group in heading.groups:
        if group.number:
            wanted = _numbered(heading, group, running, doubled)
            key = free(wanted, taken)
            if key != wanted:
                warned.append(Warned(group.line, f"number {group.number} stands twice: here it is {key}"))
        elif several:
            term = term_of(group.blocks[0].text)
            key = free(f"{heading.id}({term or next(free_letters)})", taken)
        else:
            key = free(heading.id, taken)
        clauses.append(_clause(key, group, heading, taken, alone=bool(group.number) or not several))
    taken.add(heading.id)
    label = heading.label.printed.strip() if heading.label else ""
    return Section(heading.id, heading.title, tuple(clauses), label, _path(heading), heading.level, heading.line)


def _numbered(heading: Heading, group: Group, running: bool, doubled: set[str]) -> str:
    """The id of a clause that has a printed number or letter."""
    if group.item and not (group.number.isdigit() and running and not heading.number):
        return f"{heading.id}({group.number})"
    parts = [above for above in (*heading.above, heading) if above.label and above.label.kind != "number"]
    if group.number in doubled and parts:
        return f"{parts[-1].id}-{group.number}"
    return group.number


def _clause(key: str, group: Group, heading: Heading, taken: set[str], *, alone: bool) -> Clause:
    text = "\n".join(block.text for block in group.blocks if block.text)
    lead, found = entries_of(key, group.blocks, _path(heading), alone=alone)
    entries = tuple(entry._replace(id="") if entry.id in taken else entry for entry in found)
    taken.update(entry.id for entry in entries if entry.id)
    return Clause(key, text, lead, entries, group.label.strip(), group.line)


def _path(heading: Heading) -> str:
    return _BENEATH.join(each.title for each in (*heading.above, heading) if each.title)


def free(key: str, taken: set[str]) -> str:
    """The id, or where it is taken already the next like it ("contact-2"); each id stands for one clause."""
    found, count = key, 1
    while found in taken:
        count += 1
        found = f"{key}-{count}"
    taken.add(found)
    return found
