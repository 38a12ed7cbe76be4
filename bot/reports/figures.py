"""The reports: from counted rows to a sentence, a plot and a table. Pure; `queries` counts, the console shows.

Each function takes what its query found and returns one `Report`. A table holds every value that its plot draws.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.reports.charts import Limit, Plot, Series
from bot.reports.periods import month_name
from bot.reports.rows import Breach, IdentityWait, Overdue, Received, Settled
from bot.reports.spread import counted, median, percentile

Cell = str | int | float | None

AGES: tuple[tuple[str, int, int | None], ...] = (
    ("Up to 7 days", 0, 7),
    ("8 to 14 days", 8, 14),
    ("15 to 21 days", 15, 21),
    ("22 to 30 days", 22, 30),
    ("31 to 60 days", 31, 60),
    ("61 to 90 days", 61, 90),
    ("Over 90 days", 91, None),
)
"""How old an open request is, in days since it came in, both ends counted; what the law allows ends about day 30."""
BREACH_HOURS = 72
"""By when the regulator must know of a breach (UK GDPR, article 33)."""


class Report(NamedTuple):
    """One report. `says` states what it shows in a sentence; `note` tells of a bound, where one was met."""

    key: str
    title: str
    says: str
    plot: Plot | None
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


def by_age(found: Iterable[tuple[int, bool, int]]) -> Report:
    """Open requests by age. `found` are (place in AGES, whether it is a rights request, how many)."""
    rights, others = [0] * len(AGES), [0] * len(AGES)
    for place, right, count in found:
        (rights if right else others)[place] += count
    labels = [label for label, _, _ in AGES]
    total, old = sum(rights) + sum(others), sum(rights[4:]) + sum(others[4:])
    says = f"{_many(total, 'request is open', 'requests are open')}; {old} came in more than 30 days ago."
    plot = Plot(
        "open", "Open requests by age", "bars", labels,
        (Series("Rights requests", rights), Series("Everything else", others)), "age", "Open requests",
    )  # fmt: skip
    rows = tuple((label, a, b, a + b) for label, a, b in zip(labels, rights, others, strict=True))
    head = ("Age", "Rights requests", "Everything else", "All")
    return Report("open", plot.title, says if total else "No request is open.", plot, head, rows)


def on_time(settled: Iterable[Settled], months: Sequence[date]) -> Report:
    """The share of rights requests that were settled by their date, month by month."""
    good, late = dict.fromkeys(months, 0), dict.fromkeys(months, 0)
    for each in settled:
        (good if each.on_time else late)[each.month] += each.many
    rates = [_share(good[month], good[month] + late[month]) for month in months]
    done, kept = sum(good.values()) + sum(late.values()), sum(good.values())
    overall = _share(kept, done)
    says = "No rights request was settled in this time."
    if overall is not None:
        says = f"{kept:,} of {_many(done, 'rights request')} were settled by their date: {overall:.1f} %."
    plot = Plot(
        "on-time", "Settled by their date, by month", "steps", [month_name(month, short=True) for month in months],
        (Series("On time", rates),), "month settled", "Share on time", unit=" %", top=100,
    )  # fmt: skip
    rows = tuple(
        (month_name(month), good[month] + late[month], good[month], late[month], rate)
        for month, rate in zip(months, rates, strict=True)
    )
    return Report("on-time", plot.title, says, plot, ("Month", "Settled", "On time", "Late", "On time, %"), rows)


def days_taken(settled: Iterable[Settled], months: Sequence[date]) -> Report:
    """How many days rights requests took from their receipt, month by month of their settling."""
    found: dict[date, dict[float, int]] = {month: {} for month in months}
    for each in settled:
        found[each.month][each.days] = found[each.month].get(each.days, 0) + each.many
    everything: dict[float, int] = {}
    for counts in found.values():
        for days, count in counts.items():
            everything[days] = everything.get(days, 0) + count
    middle = median(everything)
    says = "No rights request was settled in this time."
    if middle is not None:
        says = f"Half of the rights requests were settled within {middle:g} days; the slowest took {max(everything):g}."
    plot = Plot(
        "days", "Median days until settled, by month", "steps", [month_name(month, short=True) for month in months],
        (Series("Median", [median(found[month]) for month in months]),), "month settled", "Median days",
        limit=Limit(30, "about one month"),
    )  # fmt: skip
    rows = tuple(
        (month_name(month), sum(counts.values()), median(counts), percentile(counts, 90), max(counts, default=None))
        for month, counts in found.items()
    )
    head = ("Month", "Settled", "Median days", "Nine in ten within, days", "Longest, days")
    return Report("days", plot.title, says, plot, head, rows)


def by_kind(received: Iterable[Received], kinds: Mapping[str, str], channels: Mapping[str, str]) -> Report:
    """What came in, by kind and channel; the two mappings say their names."""
    counts: dict[str, dict[str, int]] = {}
    for each in received:
        line = counts.setdefault(each.kind, {})
        line[each.channel] = line.get(each.channel, 0) + each.many
    order = sorted(counts, key=lambda kind: (-sum(counts[kind].values()), kind))
    used = sorted({channel for line in counts.values() for channel in line}, key=lambda key: (key not in channels, key))
    total = sum(sum(line.values()) for line in counts.values())
    labels = [kinds.get(kind, kind) for kind in order]
    says = "Nothing came in in this time."
    if order:
        most = _many(sum(counts[order[0]].values()), "time")
        says = f"{_many(total, 'request')} came in; most often: {labels[0]}, {most}."
    series = [Series(channels.get(key, key), [counts[kind].get(key, 0) for kind in order]) for key in used]
    plot = Plot("kinds", "What came in, by kind and channel", "bars", labels, series, "kind", "Requests received")
    rows: list[tuple[Cell, ...]] = []
    for kind, label in zip(order, labels, strict=True):
        line = counts[kind]
        rows.append((label, *(line.get(key, 0) for key in used), sum(line.values())))
    head = ("Kind", *(channels.get(key, key) for key in used), "All")
    return Report("kinds", plot.title, says, plot if order else None, head, tuple(rows))


def overdue(found: Sequence[Overdue], all_of_them: Mapping[str, int], today: date, kinds: Mapping[str, str]) -> Report:
    """What should have been answered by now, the longest overdue first. `all_of_them` counts, by kind, also what is
    not listed.
    """
    total = sum(all_of_them.values())
    says = "Nothing is overdue."
    if total:
        worst = (today - found[0].due_on).days
        says = f"{_many(total, 'request is overdue', 'requests are overdue')}, the longest by {_many(worst, 'day')}."
    order = sorted(all_of_them, key=lambda kind: (-all_of_them[kind], kind))
    plot = Plot(
        "overdue", "Overdue now, by kind", "bars", [kinds.get(kind, kind) for kind in order],
        (Series("Overdue", [all_of_them[kind] for kind in order]),), "kind", "Requests overdue",
    )  # fmt: skip
    rows = tuple(
        (
            each.reference, kinds.get(each.kind, each.kind), each.due_on.isoformat(), (today - each.due_on).days,
            each.assignee or "Nobody",
        )
        for each in found
    )  # fmt: skip
    note = f"The {len(found)} that are longest overdue of {total:,}." if total > len(found) else ""
    head = ("Reference", "Kind", "Was due on", "Days overdue", "Who has it")
    return Report("overdue", plot.title, says, plot if total else None, head, rows, note)


def breaches(found: Sequence[Breach], now: datetime, zone: ZoneInfo, *, more: bool = False) -> Report:
    """Each breach with the hours until the regulator was told, against the 72 that the law gives. Oldest first."""
    exact = [((each.told_at or now) - each.known_at) / timedelta(hours=1) for each in found]
    words = [_breach_words(each, taken) for each, taken in zip(found, exact, strict=True)]
    late = sum(taken > BREACH_HOURS for taken in exact)
    hours = [round(taken, 1) for taken in exact]
    says = "No breach was reported in this time."
    if found:
        says = f"{_many(len(found), 'breach', 'breaches')} reported; {late} took, or have taken, more than 72 hours."
    told = [taken if each.told_at else 0 for each, taken in zip(found, hours, strict=True)]
    wait = [0 if each.told_at else taken for each, taken in zip(found, hours, strict=True)]
    plot = Plot(
        "breaches", "Hours until the regulator was told of a breach", "bars", [each.reference for each in found],
        (Series("Told", told), Series("Not told yet", wait)), "breach", "Hours since it was known", unit=" h",
        top=min(max(hours, default=0), 4 * BREACH_HOURS), limit=Limit(BREACH_HOURS, "72 hours"),
    )  # fmt: skip
    rows = tuple(
        (
            each.reference, _minute(each.known_at, zone),
            _minute(each.told_at, zone) if each.told_at else "", taken, said,
        )
        for each, taken, said in zip(found, hours, words, strict=True)
    )  # fmt: skip
    head = ("Reference", "Known at", "Regulator told at", "Hours", "In time")
    note = f"The newest {len(found)} only." if more else ""
    return Report("breaches", plot.title, says, plot if found else None, head, rows, note)


def identity(found: Iterable[IdentityWait], months: Sequence[date], *, more: bool = False) -> Report:
    """How long people took to prove who they are, by the month in which they were asked."""
    waits: dict[date, list[IdentityWait]] = {month: [] for month in months}
    for each in found:
        waits[each.asked_on.replace(day=1)].append(each)
    middles: list[float | None] = []
    rows: list[tuple[Cell, ...]] = []
    asked = proved = 0
    for month, line in waits.items():
        days = counted(each.days for each in line if each.outcome == "proved" and each.days is not None)
        middles.append(median(days))
        outcomes = [sum(each.outcome == outcome for each in line) for outcome in ("proved", "given up", "waiting")]
        rows.append((month_name(month), len(line), *outcomes, middles[-1]))
        asked, proved = asked + len(line), proved + outcomes[0]
    says = "Nobody was asked for proof of identity in this time."
    if asked:
        says = f"Identity was asked for {_many(asked, 'time')}; {proved:,} people proved it."
    plot = Plot(
        "identity", "Median days until identity was proved, by month asked", "steps",
        [month_name(month, short=True) for month in months], (Series("Median", middles),), "month asked", "Median days",
    )  # fmt: skip
    head = ("Month", "Asked", "Proved", "Given up", "Still waiting", "Median days to proof")
    note = "The newest of this time only: there are more than can be shown at once." if more else ""
    return Report("identity", plot.title, says, plot, head, tuple(rows), note)


def _share(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None


def _many(number: int, one: str, more: str = "") -> str:
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def _minute(at: datetime, zone: ZoneInfo) -> str:
    """A moment in the desk's zone, as spreadsheets read it."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _breach_words(each: Breach, hours: float) -> str:
    if each.told_at:
        return "Yes" if hours <= BREACH_HOURS else "Too late"
    return "Not told yet" if hours <= BREACH_HOURS else "Not told yet, too late"
