"""What the library takes for a question, by how long the policy is. No desk runs: this is knowledge alone."""

from __future__ import annotations

import time
from collections.abc import Callable

from knowledge.library import Library
from knowledge.topics import classifier
from tests.bench.policies import Writer, policy
from tests.bench.report import Figure, middle, percentile

LIMITS = {500: 1.0, 10_000: 2.0}
"""Passages → most milliseconds for the middle question."""


def measure(questions: int) -> list[Figure]:
    """Different questions, each asked once; reading one without any policy is what the ratio compares with."""
    writer = Writer(seed=1)
    asked = [writer.question() for _ in range(questions)]
    reader = classifier()
    _timed(reader.read, asked)  # its memory of words is warm in what follows, too
    alone = middle(_timed(reader.read, asked))
    figures = [Figure("reading a question alone, p50", alone, "ms")]
    for passages, limit in LIMITS.items():
        library = Library([policy(passages)])
        began = time.perf_counter()
        library.ask(asked[0], policy="bench")
        built = time.perf_counter() - began
        taken = _timed(lambda question, library=library: library.ask(question, policy="bench"), asked)  # type: ignore[misc] # bound here
        name = f"question over {passages:,} passages"
        figures += [
            Figure(f"{name}, p50", middle(taken), "ms", limit, "less"),
            Figure(f"{name}, p99", percentile(taken, 0.99), "ms"),
            Figure(f"{name}, beside reading it alone", middle(taken) / alone, "times"),
            Figure(f"first question over {passages:,} passages, with its index", built, "s"),
        ]
    return figures


def _timed(ask: Callable[[str], object], asked: list[str]) -> list[float]:
    """Milliseconds for each."""
    taken = []
    for question in asked:
        began = time.perf_counter()
        ask(question)
        taken.append((time.perf_counter() - began) * 1e3)
    return taken
