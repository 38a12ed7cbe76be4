"""Runs the desk for minutes under mixed load, and tells whether it stayed well.

    python -m tests.soak [--minutes 10] [--seed 1] [--pause 0.1]

It fails where a good input was not answered as it should be, where something that was accepted is not handled, where
the log holds an error, or where memory kept growing.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import sys
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path
from random import Random

import aiohttp

from tests import processes
from tests.contract.mail_outside import Relay
from tests.soak.drivers import Outside
from tests.soak.tally import Tally

GROWTH = 0.10
"""By how much the last third may hold more memory than the middle third, on the median."""
EACH = {"text": 4, "bad_text": 1, "mail": 2, "bad_mail": 1, "chat": 3, "bad_chat": 1, "page": 1}
"""How many of each kind write at the same time."""


async def soak(folder: Path, minutes: float, seed: int, pause: float) -> list[str]:
    """Run it; prints what was done and returns what was wrong."""
    relay, tally, random = Relay(), Tally(), Random(seed)
    server = await relay.listen()
    outside = {"relay_url": f"smtp+plain://127.0.0.1:{server.sockets[0].getsockname()[1]}"}
    async with processes.recording_twilio(folder / "sent.jsonl") as twilio:
        desk = processes.Served(folder / "desk", **processes.twilio_settings(twilio), **outside, trusted_peers="")
        desk.environ["DESK_PUBLIC_URL"] = desk.base
        async with desk, aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as http:
            until = asyncio.get_running_loop().time() + 60 * minutes
            there = Outside(desk.base, desk.smtp_port, http, tally, random, until, pause)
            watching = asyncio.create_task(memory(desk.pid, until))
            jobs = [there.go_on(getattr(there, kind)) for kind, number in EACH.items() for _ in range(number)]
            await asyncio.gather(*jobs)
            held = await watching
            await desk.idle()
    server.close()
    sys.stdout.write(f"\n{tally.table()}\n\n")
    wrong = [f"{kind}: {said} ({len(all_)} times)" for kind, all_ in tally.wrong.items() for said in all_[:1]]
    return [*wrong, *unhandled(desk.database, tally), *logged(folder / "desk" / "serve.log"), *grown(held)]


async def memory(pid: int, until: float) -> list[float]:
    """MB that the process holds, every five seconds."""
    held = []
    while asyncio.get_running_loop().time() < until:
        held.append(resident(pid))
        await asyncio.sleep(5)
    return held


def resident(pid: int) -> float:
    """MB that a process holds now."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))


def unhandled(database: Path, tally: Tally) -> list[str]:
    """What was accepted and is not there, or is there and was not handled."""
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT channel, dedupe_key, state FROM inbox").fetchall()
        out = connection.execute("SELECT channel, state, count(*) FROM outbox GROUP BY 1, 2").fetchall()
    counted = Counter((channel, state) for channel, _, state in rows)
    sys.stdout.write(f"  inbox: {dict(counted)}\n  outbox: {out}\n")
    keys = "\n".join(key for _, key, _ in rows)
    lost = [key for key in tally.accepted if key not in keys]
    wrong = [f"{len(lost)} accepted and not stored, {lost[0]} first"] if lost else []
    wrong += [
        f"{number} of {channel} are {state}" for (channel, state), number in counted.items() if state != "handled"
    ]
    return wrong + [
        f"{number} to {channel} are {state}" for channel, state, number in out if state in ("waiting", "failed")
    ]


def logged(log: Path) -> list[str]:
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
    sys.stdout.write(f"  memory: {held[0]:.0f} MB first, {middle:.0f} MB middle, {last:.0f} MB last\n")
    return [f"memory grew from {middle:.0f} to {last:.0f} MB"] if last > middle * (1 + GROWTH) else []


def main() -> None:
    """Run it, say what was wrong, exit 1 for anything."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pause", type=float, default=0.1, help="seconds between two inputs of one writer")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wrong = asyncio.run(soak(Path(folder), options.minutes, options.seed, options.pause))
    sys.stdout.write("\n".join(["", *(f"WRONG  {each}" for each in wrong), "" if wrong else "all was well", ""]))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
