"""`privacydesk policy`: bring in a version of a policy, list them, show one, compare two. Needs no database; a running
desk sees a new version after its next start.
"""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

import click

from bot.errors import SettingsError
from bot.settings import load
from knowledge.base import Policy
from knowledge.front_matter import PolicyError, front_matter, split_front_matter
from knowledge.markdown import blocks
from knowledge.policy import MAX_CHARACTERS, in_force, parse
from knowledge.sources.markdown import MarkdownSource, path_of

_DAY = click.DateTime(["%Y-%m-%d"])
_IMPORT = "\b\nExample:\n  privacydesk policy import privacy.md --policy iomart --effective 2026-11-01"
_LIST = "\b\nExample:\n  privacydesk policy list"
_SHOW = "\b\nExample:\n  privacydesk policy show iomart --as-of 2008-06-30"
_DIFF = "\b\nExample:\n  privacydesk policy diff iomart 2007-12-15 2026-11-01"


class _Usage(click.ClickException):
    """The command was called wrongly: one line on stderr, exit 2."""

    exit_code = 2


@click.group(epilog=_LIST)
def policy() -> None:
    """The policies that the desk answers from, with all their dated versions."""


@policy.command("import", epilog=_IMPORT)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--policy", "key", required=True, metavar="KEY", help="Which policy this is a version of: iomart.")
@click.option("--effective", required=True, type=_DAY, help="The day from which it counts.")
@click.option("--title", help="What people call it; else the file's own title.")
def import_(file: Path, key: str, effective: datetime, title: str | None) -> None:
    """Bring in a version of a policy from a Markdown FILE.

    Headings and numbered clauses become clauses that can be quoted. What looks wrong is named with its line; a file
    that can't be read changes nothing.
    """
    text = _text(file)
    day = effective.date().isoformat()
    try:
        front, body = split_front_matter(text)
        facts = {"title": title or front.get("title") or _own_title(body) or f"{key} privacy policy"}
        facts = {"company": _company(key), **front, **facts, "key": key, "effective": day}
        stored = front_matter(facts) + body.lstrip("\n")
        warnings = parse(text, defaults=facts).warnings  # of the file as it was given: they name its own lines
        parsed = parse(stored)
    except PolicyError as error:
        raise click.ClickException(f"{file}: {error}") from None
    known = [each for each in _versions() if (each.key, each.effective) == (key, effective.date())]
    if known and known[0].markdown.strip() != parsed.policy.markdown.strip():
        raise click.ClickException(
            f"Policy {key} has another text of {day} already, and a published version is evidence: give another day."
        )
    _write(path_of(_data_dir(), key, day), stored)
    for warning in warnings:
        click.echo(f"{file}: {warning}", err=True)
    click.echo(f"{key} {day}: {len(parsed.policy.passages)} clauses, {facts['title']}")


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
    changed = False
    for line in _compared(before, after):
        changed = True
        click.echo(line)
    if not changed:
        click.echo("The two versions say the same.")


def _compared(before: Policy, after: Policy) -> Iterator[str]:
    """A unified diff with one line for each line of each clause, led by its id."""
    names = [f"{each.key} {each.effective}" for each in (before, after)]
    return difflib.unified_diff(_lines(before), _lines(after), names[0], names[1], lineterm="", n=1)


def _lines(version: Policy) -> list[str]:
    whole = [passage for passage in version.passages if not passage.context]
    return [f"{passage.id}  {line}" for passage in whole for line in passage.text.splitlines()]


def _data_dir() -> Path:
    try:
        return load().data_dir
    except SettingsError as error:
        raise _Usage(str(error)) from None


def _versions() -> list[Policy]:
    return list(MarkdownSource(_data_dir()).policies())


def _company(key: str) -> str:
    """Whose policy it is: as the latest version says, else the key."""
    return next((each.company for each in reversed(_versions()) if each.key == key), key)


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


def _text(file: Path) -> str:
    try:
        with file.open("rb") as source:
            content = source.read(4 * MAX_CHARACTERS + 1)
        return content.decode("utf-8-sig")
    except FileNotFoundError:
        raise _Usage(f"{file} is not there: name a Markdown file.") from None
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise click.ClickException(f"{file}: line {line} is not UTF-8: save the file as UTF-8.") from None
    except OSError as error:
        raise click.ClickException(f"{file} can't be read: {error.strerror}.") from None


def _own_title(body: str) -> str:
    """The first heading of the first level."""
    return next((block.text for block in blocks(body) if block.kind == "heading" and block.level == 1), "")


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all, and durably."""
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, suffix=".new", delete=False) as file:
            temporary = Path(file.name)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise click.ClickException(f"{path} can't be written: {error.strerror}; free space or give rights.") from None
