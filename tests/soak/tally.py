"""What a soak counts: what was done, what came of it, and what should not have come of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Tally:
    """Outcomes by kind of input. `wrong` keeps the first few surprises of each kind in words."""

    seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: dict[str, list[str]] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)
    """Dedupe keys, or as much of them as the sender knows, of whatever was answered 200, 250 or with an ack."""

    def note(self, kind: str, outcome: object, *expected: object) -> None:
        """One more; an outcome that is none of the expected is a surprise."""
        self.seen[kind, str(outcome)] += 1
        if expected and outcome not in expected:
            self.wrong.setdefault(kind, []).append(f"{outcome} where {' or '.join(map(str, expected))} was due")

    def table(self) -> str:
        """A line for each kind and outcome."""
        return "\n".join(f"  {kind:<44}{outcome:<24}{count:>8}" for (kind, outcome), count in sorted(self.seen.items()))
