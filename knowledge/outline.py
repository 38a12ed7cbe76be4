"""Blocks → headings, each with the groups of blocks that make one clause. Called by structure, which gives them ids.

Which blocks belong together is told by what leads to what (a colon, a table's caption) and by the numbers and letters
that the policy printed itself; how headings stand beneath each other, by their levels and their parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from knowledge.blocks import Block, Item, label_of, listed
from knowledge.labels import Label, clause_label, heading_label

_MOST_CAPTION_WORDS = 12
_MOST_JOINED = 1500
"""Characters of a numbered clause beyond which a further paragraph is a part of its own."""


class Warned(NamedTuple):
    """What looks wrong, and on which line."""

    line: int
    what: str


@dataclass(slots=True)
class Group:
    """Blocks that stand together as one clause. `number` is printed: "3.1" of a clause, "a" or "12" of an entry that
    stands alone (then `item` is true).
    """

    blocks: list[Block]
    label: str = ""
    number: str = ""
    item: bool = False
    line: int = 0

    @property
    def leads(self) -> bool:
        """Whether its last words lead to what comes next."""
        last = self.blocks[-1]
        text = last.entries[-1].text if last.kind == "list" else last.text if last.kind == "paragraph" else ""
        return text.endswith(":")

    @property
    def size(self) -> int:
        """Characters."""
        return sum(len(block.text) for block in self.blocks)


@dataclass(slots=True, eq=False)
class Heading:
    """A heading with the groups beneath it, and the headings that it stands beneath, outermost first."""

    title: str
    line: int
    level: int = 0
    label: Label | None = None
    above: tuple[Heading, ...] = ()
    whole: bool = False  # the title of the whole policy, which no other heading needs
    preamble: bool = False
    groups: list[Group] = field(default_factory=list)
    id: str = ""

    @property
    def number(self) -> str:
        """The printed number, "" for none or a letter."""
        return self.label.key if self.label and self.label.kind == "number" else ""


def outline(found: Iterable[Block], warned: list[Warned]) -> list[Heading]:
    """Headings with the groups beneath them; a first one without a title for what stands before. What looks wrong goes
    to `warned`.
    """
    found = list(found)
    titles = sum(block.kind == "heading" and block.level == 1 for block in found)
    headings = [Heading("", 1, preamble=True)]
    for block in found:
        if block.kind != "heading":
            _gather(headings[-1].groups, block, warned)
            continue
        _check_lead(headings[-1], warned, f"line {block.line}", block.line)
        first = len(headings) == 1
        label = heading_label(block.text)
        above = _above(headings, block.level, label)
        title = block.text[len(label.printed) :] if label else block.text
        whole = titles == 1 and label is None and block.level == 1
        preamble = whole and first and not headings[0].groups
        headings.append(Heading(title, block.line, block.level, label, above, whole=whole, preamble=preamble))
    _check_lead(headings[-1], warned, "", 0)
    return headings if headings[0].groups or len(headings) == 1 else headings[1:]


def _above(headings: list[Heading], level: int, label: Label | None) -> tuple[Heading, ...]:
    """The headings that one stands beneath. A part holds what comes after it at its own level, up to the next part."""
    last = headings[-1]
    held = [*last.above, last] if last.level else []

    def holds(other: Heading) -> bool:
        part = other.label is not None and other.label.kind == "part"
        scoped = part and (label is None or label.kind != "part") and other.level == level
        return other.level < level or scoped

    return tuple(other for other in held if holds(other) and not other.whole)


def _check_lead(heading: Heading, warned: list[Warned], where: str, line: int) -> None:
    if not heading.groups or not heading.groups[-1].leads:
        return
    if where:
        warned.append(Warned(line, "a paragraph before it ends in a colon and leads to nothing"))
    else:
        warned.append(Warned(heading.groups[-1].line, "the last paragraph ends in a colon and leads to nothing"))


def _gather(groups: list[Group], block: Block, warned: list[Warned]) -> None:
    """Add a block to the last group, or begin one with it."""
    last = groups[-1] if groups else None
    if block.kind == "list":
        _gather_list(groups, block, warned)
    elif block.kind == "paragraph":
        _gather_paragraph(groups, last, block)
    elif last and (last.leads or _is_caption(last.blocks[-1])):
        last.blocks.append(block)
    else:
        groups.append(Group([block], line=block.line))


def _is_caption(block: Block) -> bool:
    """A few words before a table that make no sentence name it."""
    short = len(block.text.split()) <= _MOST_CAPTION_WORDS
    return block.kind == "paragraph" and short and not block.text.endswith((".", "!", "?", ";"))


def _gather_paragraph(groups: list[Group], last: Group | None, block: Block) -> None:
    label = clause_label(block.text)
    if label:
        rest = block.text[len(label.printed) :]
        whole = block._replace(text=rest)
        if last and last.number and not last.item and label.key.startswith(last.number + ".") and _led(last):
            item = Item(rest, label.printed.strip(), 0, block.line)
            last.blocks.append(listed([item], block.line))
        else:
            groups.append(Group([whole], label.printed, label.key, line=block.line))
    elif last and (last.leads or (last.number and last.size < _MOST_JOINED)):
        last.blocks.append(block)
    else:
        groups.append(Group([block], line=block.line))


def _led(group: Group) -> bool:
    """Whether a clause leads to numbered parts beneath it: it ends in a colon, or has had such parts already."""
    return group.leads or (
        group.blocks[0].text.endswith(":") and "." in (group.blocks[-1].entries or (Item(""),))[0].mark
    )


def _gather_list(groups: list[Group], block: Block, warned: list[Warned]) -> None:
    last = groups[-1] if groups else None
    label = label_of(block.entries[0].mark)
    own = label and (last is None or last.item or (label.isdigit() and not last.leads))
    if last and last.item and last.leads:
        own = ""
    if not own:
        if last is None:
            warned.append(Warned(block.line, "a list stands without a sentence that leads to it"))
            groups.append(Group([block], line=block.line))
        else:
            last.blocks.append(block)
        return
    for tree in trees(block.entries):
        top, *beneath = tree
        parts = [Block("paragraph", top.text, top.line)]
        if beneath:
            parts.append(listed([item._replace(depth=item.depth - 1) for item in beneath], beneath[0].line))
        groups.append(Group(parts, top.mark, label_of(top.mark), item=bool(label_of(top.mark)), line=top.line))


def trees(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Each entry of the outermost depth with those beneath it."""
    tree: list[Item] = []
    for item in items:
        if item.depth == 0 and tree:
            yield tree
            tree = []
        tree.append(item)
    if tree:
        yield tree
