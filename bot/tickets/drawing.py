"""The machine of a ticket drawn from its own table, as a Mermaid diagram and a list of steps: neither grows old.

python -m bot.tickets.drawing        writes both into ARCHITECTURE.md, between its two marks
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from bot.tickets.preconditions import PRECONDITIONS
from bot.tickets.table import ANYBODY, BOT, CUSTOMER, LEADS, STAFF, TRANSITIONS, Transition
from bot.tickets.vocabulary import (
    COPY,
    DONE_FOR_THEM,
    ENDS,
    KINDS,
    LIVE,
    NOT_RIGHTS,
    OWED,
    RIGHTS,
    STATES,
    UNDER_WAY,
    Kind,
    Role,
    State,
)

BEGIN = "<!-- drawn by python -m bot.tickets.drawing -->"
END = "<!-- to here -->"
DOCUMENT = Path(__file__).parents[2] / "ARCHITECTURE.md"

_ONWARD: tuple[State, ...] = ("awaiting_identity", "awaiting_authority", "awaiting_fee", "searching", "received")
_BEFORE: Mapping[str, tuple[str, ...]] = {
    "customer_wrote": ("received", "searching"),
    "unmerge": ("under_way", "suspected"),
}
_WHO: Mapping[frozenset[Role], str] = {
    STAFF: "staff", LEADS: "lead", BOT: "bot", CUSTOMER: "customer", ANYBODY: "anybody", STAFF | BOT: "bot, staff",
    STAFF | CUSTOMER: "customer, staff",
}  # fmt: skip
_KINDS: Mapping[tuple[Kind, ...], str] = {
    KINDS: "all", RIGHTS: "rights", COPY: "copies", DONE_FOR_THEM: "other rights", NOT_RIGHTS: "the rest",
}  # fmt: skip
_GROUPS: tuple[tuple[tuple[State, ...], str], ...] = (
    (STATES, "any"), (LIVE, "any that has not ended"), (OWED, "suspected, under way"), (UNDER_WAY, "under way"),
    (ENDS, "any end"),
)  # fmt: skip


def diagram() -> str:
    """The states and the steps between them; steps that change no state are in the table only."""
    lines = ["stateDiagram-v2", "    [*] --> suspected", "    [*] --> received", "    state under_way {"]
    edges = _edges()
    lines += [f"    {line}" for line in _drawn(edges, inside=True)]
    lines += ["    }", *_drawn(edges, inside=False)]
    return "\n".join([*lines, *(f"    {state} --> [*]" for state in ENDS)])


def steps() -> str:
    """Every row of the table, as Markdown."""
    lines = [
        "| event | from | to | kinds | who | needs | told | audit |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.event} | {_sources(row.sources)} | {row.target.replace('_', ' ')} | "
        f"{_KINDS.get(row.kinds, ', '.join(row.kinds))} | {_WHO[row.who]} | "
        f"{', '.join(need.replace('_', ' ') for need in row.needs)} | {row.told} | {row.action.partition('.')[2]} |"
        for row in TRANSITIONS
    ]
    return "\n".join(lines)


def needs() -> str:
    """What each precondition asks for: the first paragraph of its own words."""
    return "\n".join(
        f"- **{name.replace('_', ' ')}**: {' '.join((rule.__doc__ or '').split())}"
        for name, rule in PRECONDITIONS.items()
    )


def section() -> str:
    """All that stands between the two marks."""
    return f"{BEGIN}\n\n```mermaid\n{diagram()}\n```\n\n{steps()}\n\n{needs()}\n\n{END}"


def written(document: str) -> str:
    """The document with its section drawn anew.

    Raises:
        ValueError: it has not both marks.
    """
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the document has no place for the drawing: write {BEGIN} and {END} into it")
    return before + section() + after


def _edges() -> dict[tuple[str, str], list[str]]:
    """The events by the pair of states that they connect, in the table's order."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in TRANSITIONS:
        whole = row.sources in (UNDER_WAY, OWED)
        sources: tuple[str, ...] = row.sources if not whole else ("under_way", *row.sources[: row.sources == OWED])
        for source in sources:
            for target in _targets(row):
                if target != source and row.event not in found.setdefault((source, target), []):
                    found[source, target].append(row.event)
    return {pair: events for pair, events in found.items() if events}


def _targets(row: Transition) -> Iterable[str]:
    if row.target == "same":
        return ()
    if row.target == "onward":
        return _ONWARD
    if row.target == "before":
        return _BEFORE[row.event]
    return (row.target,)


def _drawn(edges: Mapping[tuple[str, str], list[str]], *, inside: bool) -> list[str]:
    """The edges within what is under way, or all others."""
    return [
        f"    {source} --> {target}: {', '.join(events)}"
        for (source, target), events in edges.items()
        if (source in UNDER_WAY and target in UNDER_WAY) == inside
    ]


def _sources(states: tuple[State, ...]) -> str:
    for group, name in _GROUPS:
        if states == group:
            return name
    others = [state.replace("_", " ") for state in STATES if state not in states]
    if len(others) <= 2:  # noqa: PLR2004  a longer list says less than what it leaves out
        return f"any but {', '.join(others)}"
    return ", ".join(state.replace("_", " ") for state in states)


def main() -> None:
    """Write the drawing into ARCHITECTURE.md."""
    DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"{DOCUMENT.name} shows the machine as it is.\n")


if __name__ == "__main__":
    main()
