"""Renders a composed document and scans what was rendered: the slow part of building. Pure; called by `building`.

A large one is made in a process of its own that ends with it: rendering thousands of messages takes minutes of a
processor, during which no customer should wait for an answer, and hundreds of megabytes, which a desk would keep.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from bot.errors import DeskError, TemporaryError
from bot.packages import html, rendering, scan, structured
from bot.packages.detection import Kind, Own, squeezed
from bot.packages.document import Document
from bot.packages.errors import Leaks
from bot.packages.rendering import File
from bot.packages.scan import Finding, Passed

MOST_PLACES = 10
"""Places that an error names."""
SMALL = 60_000
"""Characters and bytes of a package that is made here, which takes half a second; starting a process takes longer."""
LIMIT = 900.0
"""Seconds that making one may take in a process of its own."""


class NotMade(TemporaryError):
    """The process that makes it ended or took too long."""


class Work(NamedTuple):
    """What is to be made: the document, the same without items, the words that are left out anywhere, those that are
    left in (squeezed), and what is the person's own.
    """

    document: Document
    bare: Document
    left_out: Mapping[str, Kind]
    kept: frozenset[str]
    own: Own


class Files(NamedTuple):
    """The rendered files, which leak nothing, with what a person must still settle."""

    files: tuple[File, ...]
    findings: tuple[Finding, ...]


def make(work: Work) -> Files:
    """Render and scan, here or apart.

    Raises:
        Leaks: something that was left out stands in a file all the same; the text says where.
        NotMade: it could not be made now.
    """
    return made(work) if size(work.document) <= SMALL else apart(work)


def size(document: Document) -> int:
    """Characters of all values, and bytes of all files."""
    values = sum(len(part.text) for entry in document.entries for value in entry.values for part in value.parts)
    return values + sum(len(each.content) for each in document.attachments)


def made(work: Work) -> Files:
    """Render and scan in this process. Raises Leaks."""
    files = rendering.render(work.document)
    read = list(scan.texts(files))
    left_out = frozenset(map(squeezed, work.left_out))
    passed = Passed(work.own, work.kept - left_out, work.kept & left_out, _words(work.bare))
    _refuse_leaks(work.document, read, work.left_out, passed)
    return Files(files, (*scan.at_both(read, work.left_out, passed), *scan.findings(read, passed)))


def apart(work: Work) -> Files:
    """Render and scan in a process that ends afterwards; in a thread, for it waits. Raises as `make`."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), name="desk-package", daemon=True)
    try:
        process.start()
        theirs.close()
        ours.send(work)
        result: Any = ours.recv() if ours.poll(LIMIT) else NotMade(f"making it took more than {LIMIT:g} seconds")
    except (EOFError, OSError) as error:
        raise NotMade(
            "the process that makes the package ended: build it again, and see that the machine has memory to spare"
        ) from error
    finally:
        ours.close()
        if process.pid is not None:
            process.kill()
            process.join()
    if isinstance(result, Files):
        return result
    raise result


def _serve(pipe: Connection) -> None:
    """The process: take the work, answer with what was made or with the error, end.

    A signal to the whole group (Ctrl-C, a service's stop) is for the desk.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    result: Files | Exception
    try:
        result = made(pipe.recv())
    except DeskError as error:
        result = error
    except Exception as error:  # noqa: BLE001  its words may repeat a customer's data
        result = RuntimeError(f"making a package failed ({type(error).__name__})")
    pipe.send(result)


def _words(bare: Document) -> str:
    """The words of a document without items, in every form that has words of its own."""
    files = (
        File(html.NAME, html.CONTENT_TYPE, html.html(bare)),
        File(structured.NAME, structured.JSON_TYPE, structured.structured(bare)),
    )
    return "\n".join(words for _name, words in scan.texts(files))


def _refuse_leaks(
    document: Document, read: Sequence[tuple[str, str]], left_out: Mapping[str, Kind], passed: Passed
) -> None:
    """Refuse what was left out and stands there: in the items' own words, then in the files as they will be read."""
    own = [(f"item {entry.number}", "\n".join(f"{value.label}\n{value.text}" for value in entry.values))
           for entry in document.entries]  # fmt: skip
    # A file is none of our words: a name that our greeting has, as its writer gave it, may stand in none.
    own += [(place, words) for place, words in read if place.startswith("attachments/")]
    leaks = scan.leaks(own, left_out, passed._replace(frame=""))
    leaks = leaks or scan.leaks(read, left_out, passed)
    if leaks:
        places = ", ".join(sorted({_in_words(place) for place, _kind in leaks})[:MOST_PLACES])
        raise Leaks(
            f"words that are left out elsewhere stand in {places}: leave them out there too, or withhold that item; a "
            "file is replaced by uploading a redacted copy"
        )


def _in_words(place: str) -> str:
    """A place of a package as the list of items names it: an attachment's file is that of its item."""
    number = place.removeprefix("attachments/").split(".")[0]
    return f"the file of item {number} ({place})" if place.startswith("attachments/") else place
