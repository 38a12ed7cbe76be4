"""What `privacydesk policy import` takes for a hundred versions of one policy, one after another, in each format; and
how fast a desk with all of them reads them again.
"""

from __future__ import annotations

import time
from datetime import date, timedelta
from pathlib import Path

from bot.commands.policy_import import Options, bring
from knowledge.difference import compare, summary
from knowledge.sources.markdown import MarkdownSource
from tests.bench.policies import Form, versions, written
from tests.bench.report import Figure

FORMS: dict[Form, str] = {"md": "Markdown", "html": "HTML", "txt": "plain text"}
_CHARACTERS = 25_000
_MOST_SECONDS = 10.0
_WHOLE = 100


def measure(folder: Path, count: int) -> list[Figure]:
    """Import that many versions in each format; the limit is for a hundred."""
    made = versions(count, _CHARACTERS)
    figures = []
    for form, name in FORMS.items():
        files = [folder / f"{number}.{form}" for number in range(count)]
        for file, version in zip(files, made, strict=True):
            file.write_text(written(version, form), "utf-8")
        data_dir = folder / f"imported-{form}"
        began = time.perf_counter()
        for number, file in enumerate(files):
            done = bring(data_dir, file, Options("bench", date(2020, 1, 1) + timedelta(days=number)))
            if done.before is not None:
                summary(compare(done.before, done.policy, words=False))
        seconds = time.perf_counter() - began
        figures.append(
            Figure(f"import of {count} versions of 25 KB, {name}", seconds, "s", _MOST_SECONDS * count / _WHOLE, "less")
        )
    began = time.perf_counter()
    read = sum(policy.key == "bench" for policy in MarkdownSource(folder / "imported-md").policies())
    figures.append(Figure(f"reading {read} versions of 25 KB at start-up", time.perf_counter() - began, "s"))
    return figures
