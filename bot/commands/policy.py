"""`privacydesk policy`: bring in a version of a policy, list them, show one, compare two. Needs no database; a running
desk sees a new version within seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from bot.commands.policy_import import Options, Usage, bring
from bot.errors import SettingsError
from bot.settings import load
from knowledge.base import Policy
from knowledge.difference import Difference, compare, summary
from knowledge.formats import FORMATS
from knowledge.policy import in_force
from knowledge.sources.markdown import MarkdownSource

_DAY = click.DateTime(["%Y-%m-%d"])
_IMPORT = """\b
Examples:
  privacydesk policy import privacy.md --policy iomart --effective 2026-11-01
  privacydesk policy import snapshot.html --policy iomart --seen 2019-03-04 --source https://archive.example/iomart
  privacydesk policy import 2019-03-04.html 2024-01-31.html --policy iomart"""
_LIST = "\b\nExample:\n  privacydesk policy list"
_SHOW = "\b\nExample:\n  privacydesk policy show iomart --as-of 2008-06-30"
_DIFF = "\b\nExample:\n  privacydesk policy diff iomart 2007-12-15 2026-11-01"
_WIDE = 160
_MARKED = {"same": "{}", "del": "[-{}-]", "ins": "{{+{}+}}"}


@click.group(epilog=_LIST)
def policy() -> None:
    """The policies that the desk answers from, with all their dated versions."""


@policy.command("import", epilog=_IMPORT)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--policy", "key", required=True, metavar="KEY", help="Which policy this is a version of: iomart.")
@click.option("--effective", type=_DAY, help="The day from which it counts.")
@click.option("--seen", type=_DAY, help="Instead: the day on which it was seen, where its own date is not known.")
@click.option("--title", help="What people call it; else the file's own title.")
@click.option("--company", help="Whose policy it is; else as in the latest version.")
@click.option("--source", help="Where it comes from: an address or a few words.")
@click.option("--format", "form", type=click.Choice(FORMATS), help="Else by the file's ending, or what it holds.")
def import_(files: tuple[Path, ...], key: str, effective: datetime | None, seen: datetime | None, **given: Any) -> None:
    """Bring in a version of a policy from each FILE of Markdown, HTML or plain text.

    Headings, numbered clauses, entries of lists, rows of tables and definitions become clauses that can be quoted. What
    looks wrong is named with its line; a file that can't be read changes nothing. Front matter in the file (title,
    company, effective, dated, source) stands in for options. Several files are named by their dates: 2026-11-01.html.
    """
    if effective and seen:
        raise Usage("--effective and --seen can't both be given: --seen is for a version whose own date is not known.")
    if len(files) > 1 and (effective or seen):
        raise Usage("Several files can't have one date: name each by its own, 2026-11-01.html, or give one file.")
    options = Options(key, effective and effective.date(), seen and seen.date(), **given)
    for file in sorted(files, key=lambda each: each.stem):
        _bring(file, options._replace(named=_day_of(file) if len(files) > 1 else None))


def _day_of(file: Path) -> date | None:
    """The date that a file is named by."""
    try:
        return date.fromisoformat(file.stem)
    except ValueError:
        return None


def _bring(file: Path, options: Options) -> None:
    done = bring(_data_dir(), file, options)
    for warning in done.warnings:
        click.echo(f"{file}: {warning}", err=True)
    policy_, since = done.policy, done.before
    click.echo(f"{policy_.key} {policy_.effective}: {len(policy_.passages)} clauses, {policy_.title}")
    if since is not None:
        click.echo(f"Since {since.effective}: {summary(compare(since, policy_, words=False))}")


@policy.command("list", epilog=_LIST)
def list_() -> None:
    """List the policies and their versions, oldest first."""
    for each in _versions():
        count = len(each.passages)
        click.echo(f"{each.key}  {each.dated} {each.effective}  {count} clauses  {each.title} ({each.company})")


@policy.command(epilog=_SHOW)
@click.argument("key")
@click.option("--as-of", type=_DAY, help="The version in force on this day; else the latest.")
def show(key: str, as_of: datetime | None) -> None:
    """Show the clauses of a policy, each with its id."""
    each = in_force(_of(key), as_of.date() if as_of else None)
    click.echo(f"{each.title}, {each.company}, {each.dated} {each.effective}")
    heading = None
    for passage in each.passages:
        if passage.heading != heading:
            heading = passage.heading
            click.echo(f"\n{heading}")
        indent = "      " if passage.context else "  "
        first, *rest = passage.text.splitlines()
        click.echo("\n".join([f"{indent}{passage.id}  {first}", *(f"{indent}    {line}" for line in rest)]))


@policy.command(epilog=_DIFF)
@click.argument("key")
@click.argument("older", metavar="FROM", type=_DAY)
@click.argument("newer", metavar="TO", type=_DAY)
def diff(key: str, older: datetime, newer: datetime) -> None:
    """Compare two versions of a policy, clause by clause."""
    versions = _of(key)
    before, after = (_exactly(versions, day.date()) for day in (older, newer))
    differences = compare(before, after)
    if not differences:
        click.echo("The two versions say the same.")
        return
    click.echo(f"{key} {before.effective} to {after.effective}: {summary(differences)}")
    for difference in differences:
        for line in _described(difference):
            click.echo(line)


def _described(difference: Difference) -> Iterator[str]:
    """A line that says what happened to the clause, then its words: [-struck out-], {+put in+}."""
    place = f"{difference.was} → {difference.id}" if difference.was not in ("", difference.id) else difference.id
    yield f"\n{difference.kind:<8} {place}  {difference.heading}".rstrip()
    text = "".join(_MARKED[kind].format(words) for kind, words in difference.pieces)
    if difference.kind == "moved" and len(text) > _WIDE:
        text = text[:_WIDE].rsplit(maxsplit=1)[0] + " …"
    yield from (f"  {line}" for line in text.splitlines())


def _data_dir() -> Path:
    try:
        return load().data_dir
    except SettingsError as error:
        raise Usage(str(error)) from None


def _versions() -> list[Policy]:
    return list(MarkdownSource(_data_dir()).policies())


def _of(key: str) -> list[Policy]:
    everything = _versions()
    versions = [each for each in everything if each.key == key]
    if not versions:
        known = ", ".join(sorted({each.key for each in everything}))
        raise click.ClickException(f"There is no policy {key!r}: give one of {known}, or import it first.")
    return versions


def _exactly(versions: Sequence[Policy], day: date) -> Policy:
    for each in versions:
        if each.effective == day:
            return each
    dates = ", ".join(each.effective.isoformat() for each in versions)
    raise click.ClickException(f"Policy {versions[0].key} has no version of {day}: give one of {dates}.")
