"""`python -m tests.bench.tuning FILE…` finds the ranking's weights (`knowledge.index.Weights`) again from development
data, and shows what each view is worth.

A file holds a policy a line, {"policy": name, "passages": [[id, text], …], "questions": [{"question", "gold": [ids]},
…]}, which may come again with other questions. No such data ships: questions belong to whoever labelled them. Weights
are found by climbing one at a time from those that ship; to see whether they hold, they are also found without a fifth
of the policies and measured on that fifth.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from knowledge.index import Index, Weights

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

FOLDS = 5
_STEPS = (0.5, 0.7, 0.85, 1.2, 1.5, 2.0)
_FROM_NOTHING = (0.1, 0.3)
_MOST_ROUNDS = 4
_LEAST_GAIN = 0.0002
_ABSENT = -1e9


class Recall(NamedTuple):
    """Shares of questions that have a right passage first, and among the first three."""

    first: float
    third: float

    def __str__(self) -> str:
        return f"R@1 {100 * self.first:5.1f} %  R@3 {100 * self.third:5.1f} %"


@dataclass(frozen=True, slots=True)
class Cases:
    """All questions. `views` has the shape (views, questions, passages of the longest policy), `absent` is far below
    any score where a policy has no such passage, `gold` marks the right ones, `policy` numbers each question's.
    """

    views: Floats
    absent: Floats
    gold: Mask
    policy: NDArray[np.intp]

    def recall(self, weights: Sequence[float], chosen: Mask | None = None) -> Recall:
        """How often the weights put a right passage first, of the chosen questions."""
        scores = np.tensordot(np.array(weights, dtype=np.float32), self.views, 1) + self.absent
        best = np.where(self.gold, scores, _ABSENT).max(axis=1, keepdims=True)
        before = ((scores >= best) & ~self.gold).sum(axis=1)  # a tie is no merit
        before = before if chosen is None else before[chosen]
        return Recall(float((before < 1).mean()), float((before < 3).mean()))


def cases(policies: Sequence[dict[str, Any]], *, repair: bool = True) -> Cases:
    """Every question's views, with or without its words mended."""
    longest = max(len(policy["passages"]) for policy in policies)
    numbers_of = {name: number for number, name in enumerate(dict.fromkeys(policy["policy"] for policy in policies))}
    rows = [row for each in policies for row in _of_policy(numbers_of[each["policy"]], each, longest, repair=repair)]
    views, absent, gold, numbers = zip(*rows, strict=True)
    return Cases(np.stack(views, axis=1), np.stack(absent), np.stack(gold), np.array(numbers, dtype=np.intp))


def _of_policy(
    number: int, policy: dict[str, Any], longest: int, *, repair: bool
) -> Iterator[tuple[Floats, Floats, Mask, int]]:
    pairs = [(str(key), str(text)) for key, text in policy["passages"]]
    index = Index(pairs, repair=repair)
    missing = longest - len(pairs)
    absent = np.pad(np.zeros(len(pairs), dtype=np.float32), (0, missing), constant_values=_ABSENT)
    for asked in policy["questions"]:
        right = {str(key) for key in asked["gold"]}
        gold = np.array([key in right for key, _text in pairs] + [False] * missing)
        yield np.pad(index.views(asked["question"]), ((0, 0), (0, missing))), absent, gold, number


def climb(found: Cases, start: Weights, chosen: Mask | None = None) -> Weights:
    """Change one weight at a time as long as both recalls together gain."""

    def worth(weights: Weights) -> float:
        return sum(found.recall(weights, chosen))

    best, most = start, worth(start)
    for _ in range(_MOST_ROUNDS):
        before = most
        for name in Weights._fields:
            value = getattr(best, name)
            for other in [value * step for step in _STEPS] if value else _FROM_NOTHING:
                tried = best._replace(**{name: round(other, 3)})
                reached = worth(tried)
                if reached > most + _LEAST_GAIN:
                    best, most = tried, reached
        if most == before:
            break
    return best


def held_out(found: Cases, start: Weights, seed: int) -> Recall:
    """The recall of weights on policies that they were not found on."""
    policies = np.random.default_rng(seed).permutation(int(found.policy.max()) + 1)
    parts = []
    for fold in range(FOLDS):
        left_out = np.isin(found.policy, policies[fold::FOLDS])
        if left_out.any() and not left_out.all():
            parts.append((found.recall(climb(found, start, ~left_out), left_out), int(left_out.sum())))
    counts = [count for _recall, count in parts]
    if not counts:
        raise ValueError("Held-out policies need two policies at least: give more lines.")
    return Recall(*(float(np.average([part[at] for part, _count in parts], weights=counts)) for at in (0, 1)))


def ablations(found: Cases, unmended: Cases, weights: Weights) -> Iterator[tuple[str, Recall]]:
    """The recall with all of it, then with each part off in turn; `unmended` are the cases without repair."""
    yield "everything", found.recall(weights)
    for name in Weights._fields:
        yield f"without {name}", found.recall(weights._replace(**{name: 0.0}))
    yield "without mending words", unmended.recall(weights)


def read(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """The policies of files of JSON lines."""
    return [json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines() if line.strip()]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the weights that ship, find others, and show what each view is worth."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.tuning", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--seed", type=int, default=1, help="which policies are held out together")
    options = parser.parse_args(arguments)
    policies = read(options.files)
    found = cases(policies)
    shipped = Weights()
    best = climb(found, shipped)
    sys.stdout.write(f"{len(found.policy)} questions on {int(found.policy.max()) + 1} policies\n\n")
    sys.stdout.write(f"weights that ship       {found.recall(shipped)}\n")
    sys.stdout.write(f"weights found           {found.recall(best)}  {best}\n")
    sys.stdout.write(f"the same, on policies held out from finding them  {held_out(found, shipped, options.seed)}\n\n")
    for name, recall in ablations(found, cases(policies, repair=False), shipped):
        sys.stdout.write(f"{name:<24}{recall}\n")


if __name__ == "__main__":
    main()
