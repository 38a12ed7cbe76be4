"""`make bench`: the desk's speed and memory, as ratios measured in one run wherever there is something to compare with.

A ratio holds on any machine; a rate holds on this one, as busy as it was.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
from pathlib import Path

from tests.bench import accepting, asking, consoles, importing, records, working
from tests.bench.report import Figure, table


async def measure(folder: Path, *, quick: bool) -> list[Figure]:
    """Everything, in one run."""
    share = 10 if quick else 1
    figures = await accepting.measure(folder, rounds=1 if quick else 3, texts=5_000 // share, mails=1_000 // share)
    work = {"texts": 3_000 // share, "questions": 300 // share, "visitors": 1_000 // share}
    figures += await working.at_work(folder, **work, paced=1 if quick else 5)
    figures += await consoles.measure(folder, tries=2 if quick else 7)
    figures += asking.measure(1_000 // share)
    figures += importing.measure(folder, 100 // share)
    figures += await records.measure(folder, entries=20_000 if quick else 1_000_000, messages=100 if quick else 2_000)
    return figures + await working.start_up(folder, 1 if quick else 5)


def main() -> None:
    """Measure, print, and write the figures where asked; a missed limit is shown and fails nothing."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of everything: does the bench itself work?")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(measure(Path(folder), quick=options.quick))
    machine = {"python": platform.python_version(), "processors": os.cpu_count(), "load before": round(load, 2)}
    sys.stdout.write(f"\n{machine}\n\n{table(figures)}\n\n")
    if options.json:
        stored = {"machine": machine, "figures": [figure.stored() for figure in figures]}
        options.json.write_text(json.dumps(stored, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
