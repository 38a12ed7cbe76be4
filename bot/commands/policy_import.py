"""What `privacydesk policy import` does: read a file, check it, and keep it as a version. Called by policy."""

from __future__ import annotations

import os
import tempfile
from datetime import date
from pathlib import Path
from typing import NamedTuple

import click

from knowledge.base import Policy
from knowledge.formats import SUFFIXES, Format, Read, read
from knowledge.front_matter import PolicyError, front_matter
from knowledge.policy import MAX_CHARACTERS, parse
from knowledge.sources.markdown import MarkdownSource, path_of


class Usage(click.ClickException):
    """The command was called wrongly: one line on stderr, exit 2."""

    exit_code = 2


class Options(NamedTuple):
    """What the command line says of a version; None where it says nothing. `named` is the date of the file's own name,
    which counts where neither the command line nor the file says another.
    """

    key: str
    effective: date | None = None
    seen: date | None = None
    title: str | None = None
    company: str | None = None
    source: str | None = None
    form: Format | None = None
    named: date | None = None


class Brought(NamedTuple):
    """The version as it is kept, the one before it, and what looks wrong, each warning naming its line."""

    policy: Policy
    before: Policy | None
    warnings: tuple[str, ...]


def bring(data_dir: Path, file: Path, options: Options) -> Brought:
    """Keep a file as a version of a policy. Raises ClickException, whose one line names the mend; then nothing has
    changed.
    """
    source = MarkdownSource(data_dir)
    dates = source.dates(options.key)
    latest = source.version(options.key, dates[-1]) if dates else None
    try:
        found = read(_content(file), file.name, options.form)
        facts = _facts(file, found, options, latest)
        stored = front_matter(facts) + found.markdown.lstrip("\n")
        policy, _sections, warnings = parse(stored, first_line=found.first_line or None)
    except PolicyError as error:
        raise click.ClickException(f"{file}: {error}") from None
    key, day = policy.key, policy.effective.isoformat()
    known = source.version(key, day) if day in dates else None
    if known is not None and known.markdown.strip() != policy.markdown.strip():
        raise click.ClickException(
            f"Policy {key} has another text of {day} already, and a published version is evidence: give another day."
        )
    if found.format != "markdown":
        _write(path_of(data_dir, key, day, SUFFIXES[found.format]), found.given)
    _write(path_of(data_dir, key, day), stored)
    earlier = [each for each in dates if each < day]
    before = latest if earlier == dates else source.version(key, earlier[-1]) if earlier else None
    return Brought(policy, before, found.warnings + (warnings if found.format == "markdown" else ()))


def _facts(file: Path, found: Read, options: Options, latest: Policy | None) -> dict[str, str]:
    """Front matter for the version: options, then the file's own, then what can be told."""
    dated = {"effective": options.effective, "seen": options.seen}
    given = {
        "title": options.title,
        "company": options.company,
        "source": options.source,
        "key": options.key,
        **next(
            (
                {"effective": day.isoformat(), "dated": name.replace("effective", "in force")}
                for name, day in dated.items()
                if day
            ),
            {},
        ),
    }
    facts = {**found.front, **{name: _line(value) for name, value in given.items() if value}}
    if options.named and not facts.get("effective"):
        facts["effective"] = options.named.isoformat()
    if not facts.get("effective"):
        raise Usage(f"{file} has no date: add --effective 2026-11-01, or --seen where the policy's own is not known.")
    facts.setdefault("title", _line(found.title) or f"{options.key} privacy policy")
    facts.setdefault("company", latest.company if latest else options.key)
    return facts


def _line(value: str) -> str:
    """A value as front matter can hold it: on one line."""
    return " ".join(value.split())


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(4 * MAX_CHARACTERS + 1)
    except FileNotFoundError:
        raise Usage(f"{file} is not there: name a file of Markdown, HTML or plain text.") from None
    except OSError as error:
        raise click.ClickException(f"{file} can't be read: {error.strerror}.") from None


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
