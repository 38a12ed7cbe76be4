"""Whether the desk stayed well in a soak: what it lost, what it logged, and what it holds in memory."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

from tests.processes import Served
from tests.soak.outside import Outside
from tests.soak.tally import Tally

GROWTH = 0.10
"""By how much the last third may hold more memory than the middle third, on the median."""
EVERY = 10
"""Seconds between two looks at the memory."""


def of(tally: Tally, desk: Served, held: list[float]) -> list[str]:
    """Print what was done and what is there; returns what was wrong."""
    sys.stdout.write(f"\n{tally.table()}\n\n")
    wrong = [f"{kind}: {said} ({len(all_)} times)" for kind, all_ in tally.wrong.items() for said in all_[:1]]
    return [*wrong, *_unhandled(desk.database, tally), *_logged(desk.folder / "serve.log"), *grown(held)]


async def watch(there: Outside, pid: int) -> list[float]:
    """MB that the process holds, every ten seconds; each is printed, with what waits at the desk."""
    held: list[float] = []
    while not there.over():
        held.append(_resident(pid))
        seconds = (len(held) - 1) * EVERY
        sys.stdout.write(f"  {seconds:>5} s {held[-1]:>7.1f} MB {there.waiting:>6.0f} waiting\n")
        sys.stdout.flush()
        await asyncio.sleep(EVERY)
    return held


def _resident(pid: int) -> float:
    """MB that a process holds now."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))


def _unhandled(database: Path, tally: Tally) -> list[str]:
    """What was accepted and is not there, or is there and was not handled."""
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT channel, dedupe_key, state, error FROM inbox").fetchall()
        out = connection.execute(
            "SELECT channel, state, provider_state, count(*) FROM outbox GROUP BY 1, 2, 3"
        ).fetchall()
        files = connection.execute("SELECT state, count(*) FROM attachment GROUP BY 1").fetchall()
    counted = Counter((channel, state) for channel, _, state, _ in rows)
    sys.stdout.write(f"  inbox: {dict(counted)}\n  outbox: {out}\n  files: {files}\n")
    keys = "\n".join(key for _, key, _, _ in rows)
    lost = [key for key in tally.accepted if key not in keys]
    wrong = [f"{len(lost)} accepted and not stored, {lost[0]} first"] if lost else []
    undone = [(channel, state, error) for channel, _, state, error in rows if state != "handled"]
    wrong += [f"{number} of {channel} are {state}: {why}" for (channel, state, why), number in Counter(undone).items()]
    # What failed by a report or a bounce was made to; who has hung up hears nothing more.
    undelivered = [
        row for row in out if row[1] == "waiting" or (row[1] == "failed" and not row[2] and row[0] != "voice")
    ]
    return wrong + [f"{number} to {channel} are {state}" for channel, state, _, number in undelivered]


def _logged(log: Path) -> list[str]:
    """Errors in the log. Warnings are counted and shown."""
    lines = log.read_text(errors="replace").splitlines()
    warnings = Counter(line.split("action=")[1].split()[0] for line in lines if "warning" in line and "action=" in line)
    sys.stdout.write(f"  warnings in the log: {dict(warnings)}\n")
    bad = [line for line in lines if "Traceback" in line or "[error" in line or "exception" in line.casefold()]
    return [f"{len(bad)} errors in the log, the first: {bad[0][:300]}"] if bad else []


def grown(held: list[float]) -> list[str]:
    """Whether memory kept growing, by the medians of the middle and of the last third."""
    third = max(1, len(held) // 3)
    middle, last = (sorted(part)[len(part) // 2] for part in (held[third : 2 * third] or held, held[-third:]))
    sys.stdout.write(
        f"  memory: {held[0]:.0f} MB first, {middle:.1f} MB in the middle third, {last:.1f} MB in the last "
        f"({last / middle - 1:+.1%}; {GROWTH:+.0%} is the most), {max(held):.1f} MB at most\n"
    )
    return [f"memory grew from {middle:.1f} to {last:.1f} MB"] if last > middle * (1 + GROWTH) else []
